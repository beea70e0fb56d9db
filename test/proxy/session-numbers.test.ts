/**
 * Random sessions with broken and cancelled answers, repetitions, compactions, switches and restarts of the proxy: every
 * number is the upstream's or marked as an estimate, the sums agree in every place, and a budget is exceeded by at most
 * one turn, and by compactions, which may always finish.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UsageSum } from '../../src/ledger/sum.ts';
import { bundledModels } from '../../src/models/catalogue.ts';
import { receiptLine } from '../../src/session/format.ts';
import { receiptJson } from '../../src/session/receipt-file.ts';
import { LedgerFile, scanLedger } from '../../src/storage/ledger-file.ts';
import { SpendingLedger } from '../../src/storage/spending-ledger.ts';
import * as up from '../support/events.ts';
import { ask, startProxy, type TestProxy, testControl } from '../support/proxy.ts';
import { openStream, type SeenRequest, StrictUpstream } from '../support/strict-upstream.ts';
import { SwiftClock } from '../support/swift-clock.ts';
import { until } from '../support/until.ts';

type Step =
  | { readonly do: 'turn' | 'compact'; readonly input: number; readonly cachedShare: number; readonly output: number }
  /** The answer is cancelled after its first words, or breaks off once or for good. */
  | { readonly do: 'cancel' | 'cut once' | 'cut'; readonly input: number }
  | { readonly do: 'switch' | 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('turn' as const, 'compact' as const),
      input: fc.integer({ min: 1_000, max: 200_000 }),
      cachedShare: fc.double({ min: 0, max: 1, noNaN: true }),
      output: fc.integer({ min: 1, max: 5_000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('cancel' as const, 'cut once' as const, 'cut' as const),
      input: fc.integer({ min: 1_000, max: 200_000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('switch' as const, 'restart' as const) }) },
);

const limitMicroUsd = 3_000_000;
/** No turn of these sessions costs more: 200,000 input and 5,000 output tokens at the highest price. */
const maxTurnMicroUsd = 200_000 * 20 + 5_000 * 100;
const models = ['gpt-5.5', 'gpt-6-luna'] as const;
const rowOf = (id: string) => bundledModels.find((one) => one.upstream === 'openai' && one.id === id);
const compaction = { role: 'user', content: 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.' };

class Session {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ccp-numbers-'));
  readonly #upstream: StrictUpstream;
  #ledger = new LedgerFile(this.#folder);
  #today = new SpendingLedger(this.#folder, 'example.org/team/project');
  #proxy: TestProxy | undefined;
  #model = 0;
  #history = 'word '.repeat(2_000);
  /** Every usage that the upstream has reported, as `input cached output`. */
  readonly #reported: string[] = [];

  constructor(upstream: StrictUpstream) {
    this.#upstream = upstream;
  }

  get proxy(): TestProxy {
    if (!this.#proxy) throw new Error('not started');
    return this.#proxy;
  }

  async start(): Promise<void> {
    const before = this.#proxy?.proxy.state;
    await this.#proxy?.stop();
    const views = before?.spending?.budgets ?? [];
    const name = models[this.#model] ?? '';
    const target = { upstream: 'openai', model: name, row: rowOf(name) };
    this.#proxy = await startProxy(this.#upstream.url, {
      routes: { routes: { main: { target, effort: undefined } }, slots: { slot: 'main' } },
      budgets: { limits: [{ name: 'session', limitMicroUsd }], warnAtPercent: 80, onLimit: 'ask' },
      state: before,
      // The waits between attempts are skipped.
      clock: new SwiftClock(),
      timeouts: { pingIntervalMs: 60_000, headersTimeoutMs: 60_000, idleTimeoutMs: 60_000 },
      spentMicroUsd: before?.totals.costMicroUsd.metered ?? 0,
      allowances: Object.fromEntries(views.map((view) => [view.name, view.allowedMicroUsd])),
      spent: () => this.#today.sums(),
      appendLedger: (entry) => this.#ledger.append(entry),
    });
  }

  async run(one: Step): Promise<void> {
    if (one.do === 'restart') return this.start();
    if (!('input' in one)) {
      this.#model = 1 - this.#model;
      const model = `openai/${models[this.#model]}`;
      const answer = await this.proxy.post({ model }, { path: '/ccp/route', headers: { 'x-ccp-secret': testControl } });
      return expect(answer.status).toBe(200);
    }
    this.#history += ` next ${this.#reported.length} ${'word '.repeat(50)}`;
    const messages = [{ role: 'user', content: this.#history }, ...(one.do === 'compact' ? [compaction] : [])];
    let attempts = 0;
    this.#upstream.script = (request, response) => {
      attempts += 1;
      if ((one.do === 'cut once' && attempts === 1) || one.do === 'cut') return this.#breakOff(request, response);
      if (one.do === 'cancel') {
        openStream(response);
        for (const event of [up.created(), ...up.textItem(0, 'Begun.')]) response.write(up.frame(event));
        return undefined;
      }
      return this.#answer('output' in one ? one : { input: one.input, cachedShare: 0.5, output: 10 });
    };
    const body = { ...ask({ model: 'slot', messages, max_tokens: 5_000 }), stream: true };
    if (one.do !== 'cancel') {
      await (await this.proxy.post(body)).text();
      return;
    }
    const abort = new AbortController();
    const ended = this.proxy.events.length;
    const answer = await this.proxy.post(body, { signal: abort.signal });
    if (answer.status === 200) await answer.body?.getReader().read();
    abort.abort();
    await until(() => this.proxy.events.slice(ended).some(({ type }) => type === 'cancelled' || type === 'failed'));
  }

  /** The stream ends before the answer, with nothing that was forwarded: a held call. */
  #breakOff(_request: SeenRequest, response: Parameters<typeof openStream>[0]): undefined {
    openStream(response);
    response.write(up.frame(up.created()));
    response.end();
  }

  #answer({ input, cachedShare, output }: { input: number; cachedShare: number; output: number }) {
    const cached = Math.floor(input * cachedShare);
    this.#reported.push(`${input - cached} ${cached} ${output}`);
    const usage = { input_tokens: input, input_tokens_details: { cached_tokens: cached }, output_tokens: output };
    const details = { output_tokens_details: { reasoning_tokens: 0 } };
    return [up.created(), ...up.textItem(0, 'Fine.'), up.completed({ ...usage, ...details })];
  }

  async check(): Promise<void> {
    await until(() => this.proxy.proxy.state.running.length === 0);
    const { state } = this.proxy.proxy;
    const rows = readdirSync(this.#folder)
      .flatMap((name) => readFileSync(join(this.#folder, name), 'utf8').trim().split('\n'))
      .map((line) => JSON.parse(line));
    const measured = rows.filter((row) => row.measured);
    // Measured numbers are the upstream's own, each once.
    expect(measured.map((row) => `${row.inputTokens} ${row.cacheReadTokens} ${row.outputTokens}`).sort()).toEqual(
      [...this.#reported].sort(),
    );
    const sum = (pick: (row: any) => number) => rows.reduce((total, row) => total + pick(row), 0);
    const metered = sum((row) => (row.costKind === 'metered' ? (row.costMicroUsd ?? 0) : 0));
    const { totals } = state;
    for (const name of ['inputTokens', 'cacheReadTokens', 'outputTokens'] as const)
      expect(totals.tokens[name], name).toBe(sum((row) => row[name]));
    expect(totals.costMicroUsd.metered ?? 0).toBe(metered);
    // An estimate is marked wherever it is part of a sum.
    const hasEstimate = rows.some((row) => !row.measured && row.inputTokens > 0);
    expect(totals.estimated > 0).toBe(hasEstimate);
    expect(receiptLine(state, state.startedAt).includes('≈')).toBe(hasEstimate);
    const receipt = JSON.parse(receiptJson(state, { session: 's', endedAt: 1, exitCode: 0 }));
    expect(receipt.costMicroUsd.metered ?? 0).toBe(metered);
    expect(receipt.estimatedRequests).toBe(totals.estimated);
    const usage = new UsageSum('model', () => 'day');
    await scanLedger(this.#folder, { since: undefined, until: undefined }, (row) => usage.add(row));
    expect(usage.total.costMicroUsd ?? 0).toBe(metered);
    const today = await this.#today.sums();
    expect(today).toMatchObject({ meteredMicroUsd: metered, isEstimated: hasEstimate });
    // A compaction may always finish, so compactions alone may go further.
    const compactions = sum((row) => (row.requestClass === 'compaction' ? (row.costMicroUsd ?? 0) : 0));
    expect(metered - compactions).toBeLessThanOrEqual(limitMicroUsd + maxTurnMicroUsd);
  }

  async end(): Promise<void> {
    await this.#proxy?.stop();
    this.#ledger.close();
    this.#today.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

it('every number of a random session is measured or marked, and all sums agree', { timeout: 120_000 }, async () => {
  const upstream = await StrictUpstream.start(() => up.saying('x'), 'openai');
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const session = new Session(upstream);
        try {
          await session.start();
          for (const one of steps) await session.run(one);
          await session.check();
        } finally {
          await session.end();
        }
      }),
      { numRuns: 20 },
    );
  } finally {
    await upstream.stop();
  }
});
