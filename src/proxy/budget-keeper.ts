/**
 * Budgets that act. A turn that an API key pays for reserves the most it can cost before it is sent; near a limit turns
 * go one by one, so that any number of subagents oversteps it by one turn at most.
 */
import { CcpError } from '../errors/ccp-error.ts';
import { type BudgetName, type BudgetView, budgetNames } from '../ledger/budget.ts';
import type { SessionEvent } from '../session/events.ts';
import { usd } from '../session/format.ts';
import { isEnded, meteredCost } from '../session/paid.ts';
import type { ProxyDeps, Today } from './deps.ts';

type Deps = Pick<ProxyDeps, 'money'> & { readonly ports: Pick<ProxyDeps['ports'], 'clock'> };

export interface Admission {
  readonly id: string;
  /** The most it can cost, in micro-dollars; `undefined` when nobody pays per token, or no price is known. */
  readonly maxMicroUsd: number | undefined;
  /** A compaction may always finish. */
  readonly exempt: boolean;
  readonly signal: AbortSignal;
}

/** `nobody` answered in time, or waits for it any more. */
type Answered = 'yes' | 'no' | 'nobody';

interface Question {
  readonly name: BudgetName;
  readonly answer: Promise<Answered>;
  readonly resolve: (answer: Answered) => void;
  /** Turns that wait for it. */
  waiting: number;
}

/** Rejects when the client leaves. */
const leaving = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

const answerTimeoutMs = 10 * 60_000;

export class BudgetKeeper {
  readonly #deps: Deps;
  readonly #publish: (event: SessionEvent) => void;
  readonly #reserved = new Map<string, number>();
  readonly #allowed = new Map<BudgetName, number>();
  readonly #warned = new Set<BudgetName>();
  #session: number;
  #today: Today = { day: '', meteredMicroUsd: 0, planMicroUsd: 0, repositoryMicroUsd: 0 };
  #settled: (() => void)[] = [];
  #asking: Question | undefined;
  #refused = false;
  /** Turns are let in one after the other: two must not see the same free rest. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: Deps, publish: (event: SessionEvent) => void) {
    this.#deps = deps;
    this.#session = deps.money.spentMicroUsd;
    this.#publish = publish;
  }

  /** @throws CcpError `budget_exceeded`; the abort reason when the client leaves while it waits. */
  admit(admission: Admission): Promise<void> {
    const { maxMicroUsd, exempt, id, signal } = admission;
    if (maxMicroUsd === undefined || this.#deps.money.budgets.limits.length === 0) return Promise.resolve();
    if (exempt) {
      this.#reserved.set(id, maxMicroUsd);
      return Promise.resolve();
    }
    const turn = this.#queue.then(() => this.#admitted(id, maxMicroUsd, signal));
    this.#queue = turn.catch(() => {});
    return Promise.race([turn, leaving(signal)]);
  }

  /** Every event of the session: what ended gives its reservation back, and counts what it cost. */
  onEvent(event: SessionEvent): void {
    if (!isEnded(event)) return;
    this.#reserved.delete(event.id);
    this.#session += meteredCost(event);
    for (const wake of this.#settled.splice(0)) wake();
    void this.refresh();
  }

  /** Tells what is spent, today and of each budget. */
  async refresh(): Promise<void> {
    await this.#lookAtToday();
    this.#tell();
    for (const view of this.views()) this.#warn(view);
  }

  /** The user's answer: what is used up may be spent once more, or not. They may change their mind later. */
  answer(yes: boolean): void {
    this.#refused = !yes;
    if (this.#asking) return this.#asking.resolve(yes ? 'yes' : 'no');
    if (!yes) return;
    for (const { name, limitMicroUsd, spentMicroUsd } of this.views())
      if (spentMicroUsd >= limitMicroUsd) this.#allow(name);
    this.#tell();
  }

  /** As much again, from what is spent now. */
  #allow(name: BudgetName): void {
    this.#allowed.set(name, this.views().find((view) => view.name === name)?.spentMicroUsd ?? 0);
    this.#warned.delete(name);
  }

  views(): BudgetView[] {
    const spent: Readonly<Record<BudgetName, number>> = {
      session: this.#session,
      day: this.#today.meteredMicroUsd,
      repository: this.#today.repositoryMicroUsd,
    };
    return this.#deps.money.budgets.limits.map(({ name, limitMicroUsd }) => ({
      name,
      limitMicroUsd: limitMicroUsd + (this.#allowed.get(name) ?? 0),
      spentMicroUsd: spent[name],
    }));
  }

  /** What was allowed beyond a day's budget ends with the day. */
  async #lookAtToday(): Promise<void> {
    const { day } = this.#today;
    this.#today = await this.#deps.money.today();
    if (this.#today.day === day) return;
    for (const name of ['day', 'repository'] as const) {
      this.#allowed.delete(name);
      this.#warned.delete(name);
    }
  }

  async #admitted(id: string, maxMicroUsd: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      await this.#lookAtToday();
      signal.throwIfAborted();
      const used = this.views().find(({ limitMicroUsd, spentMicroUsd }) => spentMicroUsd >= limitMicroUsd);
      if (used) {
        await this.#ask(used, signal);
        continue;
      }
      const reserved = [...this.#reserved.values()].reduce((sum, one) => sum + one, 0);
      const tight = this.views().some(({ limitMicroUsd, spentMicroUsd }) => spentMicroUsd + reserved >= limitMicroUsd);
      if (!tight || this.#reserved.size === 0) break;
      await this.#until(signal);
    }
    this.#reserved.set(id, maxMicroUsd);
  }

  /** The next request that ends. */
  #until(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      this.#settled.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async #ask(view: BudgetView, signal: AbortSignal): Promise<void> {
    // Nothing is nothing, however often it is allowed.
    const limit = this.#deps.money.budgets.limits.find((one) => one.name === view.name)?.limitMicroUsd ?? 0;
    if (!this.#deps.money.asksUser || this.#refused || limit === 0) throw exceeded(view, this.#refused);
    const asking = this.#asking ?? this.#newQuestion(view.name);
    asking.waiting += 1;
    try {
      const answer = await Promise.race([asking.answer, leaving(signal)]);
      if (answer !== 'yes') throw exceeded(view, answer === 'no');
    } finally {
      asking.waiting -= 1;
      // A question that nobody waits for any more is not asked.
      if (asking.waiting === 0 && this.#asking === asking) asking.resolve('nobody');
    }
  }

  #newQuestion(name: BudgetName): Question {
    let resolve: (answer: Answered) => void = () => {};
    const answered = new Promise<Answered>((settle) => {
      resolve = settle;
    });
    const cancel = this.#deps.ports.clock.after(answerTimeoutMs, () => resolve('nobody'));
    const answer = answered.then((given) => {
      cancel();
      this.#asking = undefined;
      if (given === 'yes') this.#allow(name);
      this.#refused = given === 'no';
      this.#tell();
      return given;
    });
    this.#asking = { name, answer, resolve, waiting: 0 };
    this.#tell();
    return this.#asking;
  }

  #warn({ name, limitMicroUsd, spentMicroUsd }: BudgetView): void {
    const percent = limitMicroUsd === 0 ? 100 : (spentMicroUsd / limitMicroUsd) * 100;
    if (percent < this.#deps.money.budgets.warnAtPercent || this.#warned.has(name)) return;
    this.#warned.add(name);
    const at = this.#deps.ports.clock.now();
    const message = `${Math.round(percent)} % of the budget ${budgetNames[name]} is spent (${usd(spentMicroUsd)} of ${usd(limitMicroUsd)})`;
    this.#publish({ type: 'warning', at, id: `budget_${at}`, message });
  }

  #tell(): void {
    const at = this.#deps.ports.clock.now();
    const { meteredMicroUsd, planMicroUsd } = this.#today;
    this.#publish({
      type: 'spending',
      at,
      id: `spending_${at}`,
      today: { meteredMicroUsd, planMicroUsd },
      budgets: this.views(),
      asking: this.#asking?.name,
    });
  }
}

const exceeded = ({ name, limitMicroUsd, spentMicroUsd }: BudgetView, refused: boolean): CcpError =>
  new CcpError(
    'budget_exceeded',
    `The budget of ${usd(limitMicroUsd)} ${budgetNames[name]} is used up (${usd(spentMicroUsd)} spent)${refused ? ', and more was not allowed' : ''}.`,
  );
