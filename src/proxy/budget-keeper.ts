/**
 * Enforces budgets. A metered turn reserves its maximum cost before it is sent. Near a limit, turns are admitted one at
 * a time, so that any number of subagents exceeds the limit by at most one turn.
 */
import { CcpError } from '../errors/ccp-error.ts';
import { type BudgetName, type BudgetView, budgetNames, budgetOrder } from '../ledger/budget.ts';
import { budgetViews, type SpendingSums } from '../ledger/spending.ts';
import type { SessionEvent } from '../session/events.ts';
import { usd } from '../session/format.ts';
import { isCharged, isEnded, meteredCost } from '../session/paid.ts';
import type { ProxyDeps } from './deps.ts';

type Deps = Pick<ProxyDeps, 'money'> & { readonly ports: Pick<ProxyDeps['ports'], 'clock'> };

export interface Admission {
  readonly id: string;
  /** Maximum cost in micro-dollars; `undefined` when the request is not metered or has no known price. */
  readonly maxMicroUsd: number | undefined;
  /** The request is admitted regardless of the budgets. Set for compactions, which may always finish. */
  readonly isExempt: boolean;
  readonly signal: AbortSignal;
}

/** `unanswered`: no answer arrived in time, or no turn waits for it any more. */
type QuestionResult = 'yes' | 'no' | 'unanswered';

interface Question {
  readonly name: BudgetName;
  readonly answer: Promise<QuestionResult>;
  readonly resolve: (answer: QuestionResult) => void;
  /** Number of turns that wait for the answer. */
  waiting: number;
}

/** Rejects with the abort reason when the client disconnects. */
const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/** When a budget begins anew. */
const periodOf: Readonly<Record<BudgetName, 'day' | 'week' | 'month' | undefined>> = {
  session: undefined,
  day: 'day',
  week: 'week',
  month: 'month',
  repository: 'day',
};

const answerTimeoutMs = 10 * 60_000;

export class BudgetKeeper {
  readonly #deps: Deps;
  readonly #publish: (event: SessionEvent) => void;
  readonly #reservations = new Map<string, number>();
  readonly #allowances: Map<BudgetName, number>;
  readonly #warnedBudgets = new Set<BudgetName>();
  #sessionMicroUsd: number;
  /** `undefined` until they have been read. */
  #sums: SpendingSums | undefined;
  #settleListeners: (() => void)[] = [];
  #question: Question | undefined;
  #isRefused = false;
  /** Admissions run one after the other, so that two turns cannot reserve the same remaining amount. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: Deps, publish: (event: SessionEvent) => void) {
    this.#deps = deps;
    this.#sessionMicroUsd = deps.money.spentMicroUsd;
    this.#allowances = new Map(budgetOrder.map((name) => [name, deps.money.allowances[name] ?? 0]));
    this.#publish = publish;
  }

  /** @throws CcpError `budget_exceeded`; the abort reason when the client disconnects while the request waits. */
  admit(admission: Admission): Promise<void> {
    const { maxMicroUsd, isExempt, id, signal } = admission;
    // A request that moves on to another candidate gives back what it had reserved for the one before.
    this.release(id);
    if (maxMicroUsd === undefined || this.#deps.money.budgets.limits.length === 0) return Promise.resolve();
    if (isExempt) {
      this.#reservations.set(id, maxMicroUsd);
      return Promise.resolve();
    }
    const turn = this.#queue.then(() => this.#waitForBudget(id, maxMicroUsd, signal));
    this.#queue = turn.catch(() => {});
    return Promise.race([turn, rejectOnAbort(signal)]);
  }

  /** Handles every session event. A request that ended releases its reservation, and its cost is counted. */
  onEvent(event: SessionEvent): void {
    if (!isCharged(event)) return;
    this.#sessionMicroUsd += meteredCost(event);
    // A repeated attempt keeps the reservation of its request.
    if (isEnded(event)) this.release(event.id);
    void this.refresh();
  }

  /** Gives back what a request had reserved: it ended, waits, or moves on to another candidate. */
  release(id: string): void {
    this.#reservations.delete(id);
    for (const resolve of this.#settleListeners.splice(0)) resolve();
  }

  /** Reads the totals again and publishes what is spent, today and of each budget. */
  async refresh(): Promise<void> {
    await this.#readSums();
    this.#publishSpending();
    for (const view of this.views()) this.#warn(view);
  }

  /** The user's answer: each exhausted budget may be spent once more, or not. A later answer replaces it. */
  answer(isAllowed: boolean): void {
    this.#isRefused = !isAllowed;
    if (this.#question) return this.#question.resolve(isAllowed ? 'yes' : 'no');
    if (!isAllowed) return;
    for (const { name, limitMicroUsd, spentMicroUsd } of this.views())
      if (spentMicroUsd >= limitMicroUsd) this.#allow(name);
    this.#publishSpending();
  }

  /** Raises the limit: the budget's amount can be spent once more, counted from what is spent now. */
  #allow(name: BudgetName): void {
    this.#allowances.set(name, this.views().find((view) => view.name === name)?.spentMicroUsd ?? 0);
    this.#warnedBudgets.delete(name);
  }

  views(): BudgetView[] {
    const spent = { sessionMicroUsd: this.#sessionMicroUsd, sums: this.#sums, allowances: this.#allowances };
    return budgetViews(this.#deps.money.budgets.limits, spent, this.#deps.ports.clock.now());
  }

  /** Reads the ledger's totals. A new period removes what the user allowed beyond the budgets of the one before. */
  async #readSums(): Promise<void> {
    const before = this.#sums;
    const sums = await this.#deps.money.spent();
    this.#sums = sums;
    // A proxy that was restarted continues the allowances of the one before.
    if (before === undefined) return;
    for (const name of budgetOrder) {
      const period = periodOf[name];
      if (period === undefined || sums[period] === before[period]) continue;
      this.#allowances.delete(name);
      this.#warnedBudgets.delete(name);
    }
  }

  async #waitForBudget(id: string, maxMicroUsd: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      await this.#readSums();
      signal.throwIfAborted();
      const exhaustedBudget = this.views().find(({ limitMicroUsd, spentMicroUsd }) => spentMicroUsd >= limitMicroUsd);
      if (exhaustedBudget) {
        await this.#askUser(exhaustedBudget, signal);
        continue;
      }
      const reservedMicroUsd = [...this.#reservations.values()].reduce((sum, microUsd) => sum + microUsd, 0);
      const isTight = this.views().some(
        ({ limitMicroUsd, spentMicroUsd }) => spentMicroUsd + reservedMicroUsd >= limitMicroUsd,
      );
      if (!isTight || this.#reservations.size === 0) break;
      await this.#waitForSettlement(signal);
    }
    this.#reservations.set(id, maxMicroUsd);
  }

  /** Resolves when the next request ends, or on abort. */
  #waitForSettlement(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      this.#settleListeners.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async #askUser(view: BudgetView, signal: AbortSignal): Promise<void> {
    // A limit of 0 stays 0 however often it is allowed again, so the user is not asked.
    const limit = this.#deps.money.budgets.limits.find((one) => one.name === view.name)?.limitMicroUsd ?? 0;
    const { budgets, canAskUser } = this.#deps.money;
    const isAtCeiling = view.ceiling !== undefined && view.limitMicroUsd >= view.ceiling.microUsd;
    if (!canAskUser || budgets.onLimit !== 'ask' || this.#isRefused || limit === 0 || isAtCeiling)
      throw budgetExceededError(view, this.#isRefused);
    const question = this.#question ?? this.#openQuestion(view.name);
    question.waiting += 1;
    try {
      const answer = await Promise.race([question.answer, rejectOnAbort(signal)]);
      if (answer !== 'yes') throw budgetExceededError(view, answer === 'no');
    } finally {
      question.waiting -= 1;
      // The question is withdrawn when no turn waits for it any more.
      if (question.waiting === 0 && this.#question === question) question.resolve('unanswered');
    }
  }

  #openQuestion(name: BudgetName): Question {
    let resolve: (answer: QuestionResult) => void = () => {};
    const userAnswer = new Promise<QuestionResult>((settle) => {
      resolve = settle;
    });
    const cancel = this.#deps.ports.clock.after(answerTimeoutMs, () => resolve('unanswered'));
    const answer = userAnswer.then((result) => {
      cancel();
      this.#question = undefined;
      if (result === 'yes') this.#allow(name);
      this.#isRefused = result === 'no';
      this.#publishSpending();
      return result;
    });
    this.#question = { name, answer, resolve, waiting: 0 };
    this.#publishSpending();
    return this.#question;
  }

  #warn({ name, limitMicroUsd, spentMicroUsd }: BudgetView): void {
    const percent = limitMicroUsd === 0 ? 100 : (spentMicroUsd / limitMicroUsd) * 100;
    if (percent < this.#deps.money.budgets.warnAtPercent || this.#warnedBudgets.has(name)) return;
    this.#warnedBudgets.add(name);
    const at = this.#deps.ports.clock.now();
    const message = `${Math.round(percent)} % of the budget ${budgetNames[name]} is spent (${usd(spentMicroUsd)} of ${usd(limitMicroUsd)})`;
    this.#publish({ type: 'warning', at, id: `budget_${at}`, message });
  }

  #publishSpending(): void {
    const at = this.#deps.ports.clock.now();
    const { meteredMicroUsd = 0, planMicroUsd = 0, isEstimated = false } = this.#sums ?? {};
    this.#publish({
      type: 'spending',
      at,
      id: `spending_${at}`,
      today: { meteredMicroUsd, planMicroUsd, isEstimated },
      budgets: this.views(),
      asking: this.#question?.name,
    });
  }
}

const budgetExceededError = ({ name, limitMicroUsd, spentMicroUsd, ceiling }: BudgetView, refused: boolean): CcpError =>
  new CcpError(
    'budget_exceeded',
    `The budget of ${usd(limitMicroUsd)} ${budgetNames[name]} is used up (${usd(spentMicroUsd)} spent)${refused ? ', and you did not allow more' : ''}.${ceiling && limitMicroUsd >= ceiling.microUsd ? ` It is a ceiling of the policy ${ceiling.path}.` : ''}`,
  );
