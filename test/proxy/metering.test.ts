/** Events for the meter: cache misses, budgets, switches, and sums that match the usage reported by the upstream. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageSum } from '../../src/ledger/sum.ts';
import { bundledModels } from '../../src/models/catalogue.ts';
import type { ModelRow } from '../../src/models/types.ts';
import { receiptJson } from '../../src/session/receipt-file.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState, type SessionState } from '../../src/session/state.ts';
import { whatIf } from '../../src/session/what-if.ts';
import { scanLedger } from '../../src/storage/ledger-file.ts';
import { SpendingLedger } from '../../src/storage/spending-ledger.ts';
import * as up from '../support/events.ts';
import { appendEntry } from '../support/ledger.ts';
import { ask, readTool, startProxy, type TestProxy, testControl, testRoutes, writeTool } from '../support/proxy.ts';
import { sampleHealth, sampleSums } from '../support/samples.ts';
import { openStream, StrictUpstream } from '../support/strict-upstream.ts';
import { until } from '../support/until.ts';

let upstream: StrictUpstream;
let proxy: TestProxy;
let usage: Partial<up.Usage>;

const saying = (text: string) => [up.created(), ...up.textItem(0, text), up.completed(usage)];

const row = (upstreamName: string, id: string): ModelRow => {
  const found = bundledModels.find((one) => one.upstream === upstreamName && one.id === id);
  if (!found) throw new Error(`no ${upstreamName}/${id}`);
  return found;
};

/** Metered: $5 input and $30 output per million tokens. */
const meteredRoutes = () => {
  const target = { upstream: 'openai', model: 'gpt-5.5', row: row('openai', 'gpt-5.5') };
  return { routes: { main: { target, effort: undefined } }, slots: { 'openai/gpt-5.5': 'main' as const } };
};

async function start(overrides: Parameters<typeof startProxy>[1] = {}, profile: 'codex' | 'openai' = 'codex') {
  upstream = await StrictUpstream.start(() => saying('Hi.'), profile);
  proxy = await startProxy(upstream.url, overrides);
}

beforeEach(() => {
  usage = {};
});

afterEach(async () => {
  await proxy.stop();
  await upstream.stop();
});

const control = async (path: string, body?: unknown) => {
  const answer = await fetch(proxy.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-ccp-secret': testControl, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
};

const eventsOf = (type: string) => proxy.events.filter((event) => event.type === type);

const tokens = (input: number, cached: number, output = 10): Partial<up.Usage> => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached },
  output_tokens: output,
});

describe('a cache miss', () => {
  const turn = async (body: Record<string, unknown>, total: number, cached: number) => {
    usage = tokens(total, cached);
    await proxy.stream(ask(body));
    return eventsOf('cache_missed').at(-1);
  };
  const system = ['You are a test.', 'Work here.', 'Today it rains.'].map((text) => ({ type: 'text', text }));
  const messages = [{ role: 'user', content: 'one' }];
  const more = [...messages, { role: 'assistant', content: 'Hi.' }, { role: 'user', content: 'two' }];

  it('is explained by the first block that changed', async () => {
    await start();
    await turn({ system, messages }, 40_000, 0);
    expect(await turn({ system, messages: more }, 41_000, 39_000)).toBeUndefined();
    const changed = [system[0], system[1], { type: 'text', text: 'Today the sun shines.' }];
    expect(await turn({ system: changed, messages: more }, 42_000, 1_000)).toMatchObject({
      reason: 'system[2] changed: 41k tokens re-sent',
    });
    const otherTool = { ...writeTool, description: 'Writes a file differently' };
    await turn({ system, tools: [readTool, writeTool], messages: more }, 42_000, 41_000);
    expect(await turn({ system, tools: [readTool, otherTool], messages: more }, 42_000, 0)).toMatchObject({
      reason: 'tools[1] (Write) changed: 42k tokens re-sent',
    });
    await turn({ system, tools: [readTool, otherTool], messages: more }, 42_000, 41_000);
    const added = [{ ...readTool, name: 'mcp__new__tool' }, readTool, otherTool];
    expect(await turn({ system, tools: added, messages: more }, 42_000, 0)).toMatchObject({
      reason: 'tools[0] (mcp__new__tool) added: 42k tokens re-sent',
    });
    expect(proxy.proxy.state.recent.at(-1)?.cacheMiss).toContain('mcp__new__tool');
    expect(proxy.proxy.state.incidents.at(-1)?.message).toContain('cache missed: tools[0] (mcp__new__tool) added');
  });

  it('is not attributed to changes that do not affect the prompt', async () => {
    await start();
    await turn({ system, messages }, 40_000, 39_000);
    const marked = system.map((block) => ({ ...block, cache_control: { type: 'ephemeral' } }));
    const asBlocks = [{ role: 'user', content: [{ type: 'text', text: 'one', cache_control: { type: 'ephemeral' } }] }];
    const billed = [{ type: 'text', text: 'x-anthropic-billing-header: cc_version=1; cch=abc;' }, ...marked];
    expect(await turn({ system: billed, messages: asBlocks }, 40_000, 0)).toMatchObject({
      reason: 'nothing changed in the prompt, the upstream did not use its cache: 40k tokens re-sent',
    });
  });

  it('is not reported when the prompt grew, or shrank with its cache', async () => {
    await start();
    await turn({ system, messages }, 40_000, 39_000);
    // A large file was read: the old prompt came from the cache.
    expect(await turn({ system, messages: more }, 140_000, 40_000)).toBeUndefined();
    // After /clear the prompt is short, and all of it was cached.
    expect(await turn({ system, messages }, 16_000, 15_000)).toBeUndefined();
  });

  it.each([
    ['tools in another order', { tools: [writeTool, readTool] }, 'tools[0] (Write) moved'],
    ['a removed tool and another system prompt', { tools: [readTool], system: 'Else.' }, 'tools[1] (Write) removed'],
    [
      'an added tool and another system prompt',
      { tools: [readTool, writeTool, { ...readTool, name: 'New' }], system: 'Else.' },
      'tools[2] (New) added',
    ],
    [
      'an empty system block',
      { system: [...system, { type: 'text', text: '' }] },
      'nothing changed in the prompt, the upstream did not use its cache',
    ],
  ])('is explained by %s', async (_name, change, expected) => {
    await start();
    await turn({ system, messages }, 40_000, 39_000);
    expect(await turn({ system, messages, ...change }, 40_000, 0)).toMatchObject({
      reason: `${expected}: 40k tokens re-sent`,
    });
  });

  it('is not attributed to another form of a tool result', async () => {
    await start();
    const withResult = (content: unknown) => [
      { role: 'user', content: 'one' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Read', input: { file_path: 'a' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content }] },
    ];
    await turn({ system, messages: withResult('alpha') }, 40_000, 39_000);
    const blocks = [{ type: 'text', text: 'alpha', cache_control: { type: 'ephemeral' } }];
    expect(await turn({ system, messages: withResult(blocks) }, 40_000, 0)).toMatchObject({
      reason: expect.stringContaining('nothing changed'),
    });
  });

  it('is explained by a rewritten history and by a changed route', async () => {
    await start();
    await turn({ system, messages: more }, 40_000, 39_000);
    const summary = [{ role: 'user', content: 'This session is being continued.' }];
    expect(await turn({ system, messages: summary }, 20_000, 1_000)).toMatchObject({
      reason: 'messages[0] changed: 19k tokens re-sent',
    });
    await turn({ system, messages: summary }, 20_000, 19_000);
    await control('/ccp/route', { model: 'gpt-6-luna' });
    expect(await turn({ system, messages: summary }, 20_000, 0)).toMatchObject({
      reason: 'the route changed from gpt-5.5, and gpt-6-luna had no cache yet: 20k tokens re-sent',
    });
  });

  it('is detected separately for subagents and the main conversation', async () => {
    await start();
    await turn({ system, messages }, 40_000, 39_000);
    const agent = async (id: string, words: string, cached: number) => {
      usage = tokens(30_000, cached);
      const headers = { 'x-claude-code-agent-id': id };
      const answer = await proxy.post({ ...ask({ system: words, messages }), stream: true }, { headers });
      await answer.text();
    };
    await agent('a1', 'One agent.', 29_000);
    await agent('a2', 'Another agent.', 0);
    await agent('a1', 'One agent.', 29_000);
    expect(eventsOf('cache_missed')).toEqual([]);
    await agent('a1', 'One agent, changed.', 0);
    expect(eventsOf('cache_missed')).toMatchObject([{ reason: 'system[0] changed: 30k tokens re-sent' }]);
  });
});

describe('a budget', () => {
  const limits = (usd: number) => ({
    limits: [{ name: 'session' as const, limitMicroUsd: usd * 1e6 }],
    warnAtPercent: 80,
    onLimit: 'ask' as const,
  });
  const metered = (overrides: Parameters<typeof startProxy>[1]) =>
    start({ routes: meteredRoutes(), ...overrides }, 'openai');
  const body = (extra: Record<string, unknown> = {}) => ask({ model: 'openai/gpt-5.5', max_tokens: 1_000, ...extra });

  it('warns at its threshold, rejects new turns with a remedy when used up, and allows a compaction', async () => {
    await metered({ budgets: limits(1) });
    usage = tokens(170_000, 0, 0);
    expect((await proxy.stream(body())).status).toBe(200);
    await expect
      .poll(() => eventsOf('warning'))
      .toMatchObject([{ message: '85 % of the budget for this session is spent ($0.8500 of $1.00)' }]);
    expect((await proxy.stream(body())).status).toBe(200);
    const refused = await proxy.stream(body());
    expect(refused.status).toBe(402);
    expect(refused.text).toMatch(
      /billing_error.*budget of \$1\.00 for this session is used up \(\$1\.70 spent\)\. Allow as much again/,
    );
    const compaction = body({
      messages: [{ role: 'user', content: 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.' }],
    });
    expect((await proxy.stream(compaction)).status).toBe(200);
    expect(eventsOf('warning')).toHaveLength(1);
  });

  it('includes today’s cost of all sessions and of this repository', async () => {
    await metered({
      budgets: {
        limits: [
          { name: 'day', limitMicroUsd: 5e6 },
          { name: 'repository', limitMicroUsd: 2e6 },
        ],
        warnAtPercent: 80,
        onLimit: 'ask',
      },
      spent: async () => sampleSums({ meteredMicroUsd: 3e6, planMicroUsd: 9e6, repositoryMicroUsd: 2e6 }),
    });
    expect((await proxy.stream(body())).text).toContain('The budget of $2.00 for this repository today is used up');
    expect(proxy.proxy.state.spending).toMatchObject({
      today: { meteredMicroUsd: 3e6 },
      budgets: [{ name: 'day', spentMicroUsd: 3e6 }, { name: 'repository' }],
    });
  });

  it('is exceeded by one turn at most, with any number of concurrent subagents', async () => {
    await metered({ budgets: limits(1) });
    // Each costs $0.30 and could cost a little more.
    usage = tokens(54_000, 0, 1_000);
    let running = 0;
    let maxRunning = 0;
    upstream.script = async (_request, response, count) => {
      running += 1;
      maxRunning = Math.max(maxRunning, running);
      // The first runs alone, because its cost is not known. The second runs until another one runs as well.
      if (count > 1) await until(() => maxRunning > 1);
      running -= 1;
      openStream(response);
      for (const event of saying('Done.')) response.write(up.frame(event));
      response.end();
      return undefined;
    };
    const content = 'word '.repeat(40_000);
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => proxy.stream(body({ messages: [{ role: 'user', content }] }))),
    );
    const good = answers.filter(({ status }) => status === 200);
    expect(good).toHaveLength(4);
    expect(answers.filter(({ status }) => status === 402)).toHaveLength(8);
    expect(proxy.proxy.state.totals.costMicroUsd.metered).toBe(1.2e6);
    // The requests ran concurrently while the budget allowed it.
    expect(maxRunning).toBeGreaterThan(1);
  });

  it('does not apply to a plan', async () => {
    await start({ budgets: limits(0.000_001) });
    expect((await proxy.stream(ask())).status).toBe(200);
    expect((await proxy.stream(ask())).status).toBe(200);
  });

  it('asks the user: the turn waits, continues when allowed, and fails when denied', async () => {
    await metered({ budgets: limits(0.1), canAskUser: true });
    usage = tokens(30_000, 0, 0);
    await proxy.stream(body());
    const waiting = proxy.stream(body());
    await expect.poll(() => proxy.proxy.state.spending?.asking).toBe('session');
    expect(upstream.requests).toHaveLength(1);
    await control('/ccp/budget', { allow: true });
    expect((await waiting).status).toBe(200);
    expect(proxy.proxy.state.spending).toMatchObject({ asking: undefined, budgets: [{ limitMicroUsd: 250_000 }] });
    const again = proxy.stream(body());
    await expect.poll(() => proxy.proxy.state.spending?.asking).toBe('session');
    await control('/ccp/budget', { allow: false });
    expect((await again).status).toBe(402);
    // The user is not asked again, but can still allow it.
    expect((await proxy.stream(body())).status).toBe(402);
    await control('/ccp/budget', { allow: true });
    expect((await proxy.stream(body())).status).toBe(200);
  });

  it('of zero does not ask the user', async () => {
    await metered({ budgets: limits(0), canAskUser: true });
    expect((await proxy.stream(body())).status).toBe(402);
    expect(proxy.proxy.state.spending?.asking).toBeUndefined();
  });

  it('resets at midnight together with its extra allowance', async () => {
    let today = sampleSums({ day: 'one', meteredMicroUsd: 6e6 });
    await metered({
      budgets: { limits: [{ name: 'day', limitMicroUsd: 5e6 }], warnAtPercent: 80, onLimit: 'ask' },
      spent: async () => today,
      canAskUser: true,
    });
    const waiting = proxy.stream(body());
    await expect.poll(() => proxy.proxy.state.spending?.asking).toBe('day');
    await control('/ccp/budget', { allow: true });
    expect((await waiting).status).toBe(200);
    today = { ...today, day: 'two', meteredMicroUsd: 0 };
    expect((await proxy.stream(body())).status).toBe(200);
    expect(proxy.proxy.state.spending?.budgets).toMatchObject([{ limitMicroUsd: 5e6, spentMicroUsd: 0 }]);
  });

  it('counts failed and cancelled responses, because the upstream charges for them', async () => {
    await metered({ budgets: limits(1) });
    upstream.script = () => {
      const broken = up.failed('server_error', 'broken by the script');
      const usage = { input_tokens: 60_000, input_tokens_details: { cached_tokens: 0 }, output_tokens: 1_000 };
      return [up.created(), ...up.textItem(0, 'So'), { ...broken, response: { ...Object(broken.response), usage } }];
    };
    await proxy.stream(body());
    expect(proxy.ledger.at(-1)).toMatchObject({
      inputTokens: 60_000,
      outputTokens: 1_000,
      measured: true,
      costMicroUsd: 330_000,
      costKind: 'metered',
    });
    upstream.script = (_request, response) => {
      openStream(response);
      for (const event of [up.created(), ...up.textItem(0, 'Begun.')]) response.write(up.frame(event));
      return undefined;
    };
    const abort = new AbortController();
    const content = 'word '.repeat(20_000);
    const answer = await proxy.post(
      { ...body({ messages: [{ role: 'user', content }] }), stream: true },
      { signal: abort.signal },
    );
    await answer.body?.getReader().read();
    abort.abort();
    await expect.poll(() => eventsOf('cancelled').length).toBe(1);
    expect(proxy.ledger.at(-1)).toMatchObject({ measured: false, costKind: 'metered', verdict: 'cancelled' });
    expect(proxy.ledger.at(-1)?.inputTokens).toBeGreaterThan(15_000);
    const { totals, spending } = proxy.proxy.state;
    expect(totals.estimated).toBe(1);
    expect(totals.costMicroUsd.metered).toBeGreaterThan(400_000);
    await expect.poll(() => proxy.proxy.state.spending?.budgets[0]?.spentMicroUsd).toBe(totals.costMicroUsd.metered);
    expect(spending).toBeDefined();
  });

  it('estimates a cancelled turn of a warm conversation with the cached share of the turn before', async () => {
    await metered({ budgets: limits(10) });
    usage = tokens(100_000, 99_000, 50);
    const messages = [{ role: 'user', content: 'word '.repeat(20_000) }];
    await proxy.stream(body({ messages }));
    const warm = proxy.ledger.at(-1)?.costMicroUsd ?? 0;
    upstream.script = (_request, response) => {
      openStream(response);
      for (const event of [up.created(), ...up.textItem(0, 'Begun.')]) response.write(up.frame(event));
      return undefined;
    };
    const abort = new AbortController();
    const answer = await proxy.post({ ...body({ messages }), stream: true }, { signal: abort.signal });
    await answer.body?.getReader().read();
    abort.abort();
    await expect.poll(() => eventsOf('cancelled').length).toBe(1);
    const cancelled = proxy.ledger.at(-1);
    expect(cancelled).toMatchObject({ measured: false, inputTokens: 1_000, cacheReadTokens: 99_000 });
    const share = (cancelled?.costMicroUsd ?? 0) / warm;
    expect([share > 0.9, share < 1.1]).toEqual([true, true]);
  });

  it('does not count a wait for a budget as silence of the upstream', async () => {
    await metered({ budgets: limits(0.1), canAskUser: true });
    usage = tokens(30_000, 0, 0);
    await proxy.stream(body());
    const held = proxy.stream(body());
    await expect.poll(() => proxy.proxy.state.spending?.asking).toBe('session');
    expect(proxy.proxy.state.running[0]).toMatchObject({ sentAt: undefined });
    const from = Date.now();
    await expect.poll(() => Date.now() - from > 300).toBe(true);
    await control('/ccp/budget', { allow: true });
    await held;
    const { sentMs = 0, durationMs, ...health } = proxy.ledger.at(-1)?.health ?? sampleHealth;
    expect(sentMs).toBeGreaterThanOrEqual(300);
    expect(durationMs).toBeGreaterThanOrEqual(sentMs);
    expect(health.longestSilenceMs + (health.firstTokenMs ?? 0)).toBeLessThanOrEqual(2 * (durationMs - sentMs) + 2);
  });

  it('warns about a model without a price, whose cost it cannot count', async () => {
    const target = { upstream: 'openai', model: 'gpt-99', row: undefined };
    await start(
      {
        budgets: limits(1),
        routes: { routes: { main: { target, effort: undefined } }, slots: { 'openai/gpt-99': 'main' } },
      },
      'openai',
    );
    await proxy.stream(ask({ model: 'openai/gpt-99' }));
    expect(eventsOf('warning')).toMatchObject([
      { message: 'no price is known for openai/gpt-99: its cost is not counted in the budget' },
    ]);
  });

  it('counts a response without usage as an estimate', async () => {
    await metered({ budgets: limits(1) });
    upstream.script = () => [
      up.created(),
      ...up.textItem(0, 'Hi.'),
      { type: 'response.completed', response: { id: 'r', status: 'completed', output: [] } },
    ];
    await proxy.stream(body({ messages: [{ role: 'user', content: 'word '.repeat(20_000) }] }));
    expect(proxy.ledger.at(-1)).toMatchObject({ measured: false, verdict: 'complete', costKind: 'metered' });
    expect(proxy.ledger.at(-1)?.costMicroUsd).toBeGreaterThan(50_000);
  });

  it('withdraws its question when no request waits for it, and asks again for the next request', async () => {
    await metered({ budgets: limits(0.1), canAskUser: true });
    usage = tokens(30_000, 0, 0);
    await proxy.stream(body());
    const [first, second] = [new AbortController(), new AbortController()];
    const asked = proxy.post({ ...body(), stream: true }, { signal: first.signal });
    await expect.poll(() => proxy.proxy.state.spending?.asking).toBe('session');
    const queued = proxy.post({ ...body(), stream: true }, { signal: second.signal });
    await expect.poll(() => proxy.proxy.state.running.length).toBe(2);
    // A request queued behind another is released as well.
    second.abort();
    await expect(queued).rejects.toThrow();
    await expect.poll(() => proxy.proxy.state.running.length).toBe(1);
    first.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => proxy.proxy.state.spending?.asking).toBeUndefined();
    const next = proxy.stream(body());
    await expect.poll(() => proxy.proxy.state.spending?.asking).toBe('session');
    await control('/ccp/budget', { allow: true });
    expect((await next).status).toBe(200);
  });

  it('releases a waiting request when its client disconnects', async () => {
    await metered({ budgets: limits(0.1), canAskUser: true });
    usage = tokens(30_000, 0, 0);
    await proxy.stream(body());
    const abort = new AbortController();
    const waiting = proxy.post({ ...body(), stream: true }, { signal: abort.signal });
    await expect.poll(() => proxy.proxy.state.spending?.asking).toBe('session');
    abort.abort();
    await expect(waiting).rejects.toThrow();
    await expect.poll(() => eventsOf('cancelled').length).toBe(1);
  });
});

describe('a switch to a window that is too small', () => {
  const small = { ...row('codex', 'gpt-6-luna'), contextWindow: 128_000 };
  const catalogue = bundledModels.map((one) => (one.upstream === 'codex' && one.id === 'gpt-6-luna' ? small : one));
  const long = [{ role: 'user', content: 'word '.repeat(150_000) }];
  const compaction = [...long, { role: 'user', content: 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.' }];
  const modelOf = (index: number) => upstream.requests[index]?.body.model;

  it('compacts on the route that fits the history, then continues on the new one', async () => {
    await start({ catalogue });
    usage = tokens(240_000, 0);
    await proxy.stream(ask({ messages: long }));
    const switched = await control('/ccp/route', { model: 'gpt-6-luna' });
    expect(switched.status).toBe(200);
    expect(proxy.proxy.state.compactionRoute).toBe('gpt-5.5');
    // Returned immediately with the message that triggers a compaction, without a request to the small model.
    const turn = await proxy.stream(ask({ messages: long }));
    expect(turn.status).toBe(400);
    expect(turn.text).toMatch(/prompt is too long: \d+ tokens > 128000 maximum/);
    expect(upstream.requests).toHaveLength(1);
    usage = tokens(241_000, 239_000);
    expect((await proxy.stream(ask({ messages: compaction }))).status).toBe(200);
    expect(modelOf(1)).toBe('gpt-5.5');
    expect(proxy.proxy.state.compactionRoute).toBeUndefined();
    usage = tokens(20_000, 0);
    await proxy.stream(ask({ messages: [{ role: 'user', content: 'This session is being continued.' }] }));
    expect(modelOf(2)).toBe('gpt-6-luna');
    expect(proxy.proxy.state.switches).toMatchObject([
      { from: 'codex/gpt-5.5', to: 'codex/gpt-6-luna', routeClass: 'main' },
    ]);
    expect(proxy.proxy.state.incidents.map(({ message }) => message)).toContain(
      'main switched from codex/gpt-5.5 to codex/gpt-6-luna',
    );
  });

  it('finds a route for a compaction that exceeds the new window later', async () => {
    await start({ catalogue });
    usage = tokens(90_000, 0);
    await proxy.stream(ask({ messages: [{ role: 'user', content: 'short' }] }));
    await control('/ccp/route', { model: 'gpt-6-luna' });
    expect(proxy.proxy.state.compactionRoute).toBeUndefined();
    usage = tokens(150_000, 0);
    await proxy.stream(ask({ messages: compaction }));
    expect(modelOf(1)).toBe('gpt-5.5');
    // A compaction that fits stays on its route.
    await proxy.stream(ask({ messages: compaction.slice(1) }));
    expect(modelOf(2)).toBe('gpt-6-luna');
  });

  it('clears the compaction route once the history fits, after /clear or a compaction, and allows another switch', async () => {
    await start({ catalogue });
    usage = tokens(240_000, 0);
    await proxy.stream(ask({ messages: long }));
    await control('/ccp/route', { model: 'gpt-6-luna' });
    usage = tokens(5_000, 0);
    await proxy.stream(ask({ messages: [{ role: 'user', content: 'short' }] }));
    expect(proxy.proxy.state.compactionRoute).toBeUndefined();
    await control('/ccp/route', { model: 'gpt-5.5' });
    usage = tokens(240_000, 0);
    await proxy.stream(ask({ messages: long }));
    // An empty response is not a summary.
    upstream.script = () => [up.created(), up.completed(usage)];
    await control('/ccp/route', { model: 'gpt-6-luna' });
    await proxy.stream(ask({ messages: compaction }));
    expect(proxy.proxy.state.compactionRoute).toBe('gpt-5.5');
    upstream.script = () => saying('A summary.');
    await proxy.stream(ask({ messages: compaction }));
    expect(proxy.proxy.state).toMatchObject({ compactionRoute: undefined, contextTokens: 10 });
    expect((await control('/ccp/route', { model: 'gpt-6-luna' })).status).toBe(200);
  });

  it('uses the compaction route when the upstream counts more tokens than ccp', async () => {
    await start({ catalogue });
    usage = tokens(90_000, 0);
    await proxy.stream(ask({ messages: [{ role: 'user', content: 'short' }] }));
    await control('/ccp/route', { model: 'gpt-6-luna' });
    upstream.script = ({ body }) =>
      body.model === 'gpt-6-luna'
        ? [up.created(), up.failed('context_length_exceeded', 'Your input exceeds the context window of this model.')]
        : saying('A summary.');
    expect((await proxy.stream(ask({ messages: compaction.slice(1) }))).status).toBe(200);
    expect([modelOf(1), modelOf(2)]).toEqual(['gpt-6-luna', 'gpt-5.5']);
    expect(proxy.ledger.at(-1)).toMatchObject({ requestClass: 'compaction', model: 'gpt-5.5', verdict: 'complete' });
  });

  it('keeps the compaction route of the conversation when a subagent compacts its own history', async () => {
    await start({ catalogue });
    usage = tokens(240_000, 0);
    await proxy.stream(ask({ messages: long }));
    await control('/ccp/route', { model: 'gpt-6-luna' });
    const answer = await proxy.post(
      { ...ask({ messages: compaction.slice(1) }), stream: true },
      { headers: { 'x-claude-code-agent-id': 'a1' } },
    );
    await answer.text();
    expect(modelOf(1)).toBe('gpt-6-luna');
    expect(proxy.proxy.state.compactionRoute).toBe('gpt-5.5');
  });

  it('compacts on the configured compaction route', async () => {
    const main = { target: { upstream: 'codex', model: 'gpt-6-luna', row: small }, effort: undefined };
    const big = { target: { upstream: 'codex', model: 'gpt-5.5', row: row('codex', 'gpt-5.5') }, effort: undefined };
    await start({ catalogue, routes: { ...testRoutes(), routes: { main, compaction: big } } });
    usage = tokens(200_000, 0);
    await proxy.stream(ask({ messages: [{ role: 'user', content: 'short' }] }));
    expect((await control('/ccp/route', { model: 'gpt-6-luna' })).status).toBe(200);
    expect(proxy.proxy.state.compactionRoute).toBe('gpt-5.5');
  });

  it('updates the compaction route across switches, and keeps it after a failed compaction', async () => {
    await start({ catalogue });
    usage = tokens(240_000, 0);
    await proxy.stream(ask({ messages: long }));
    await control('/ccp/route', { model: 'gpt-6-luna' });
    upstream.script = () => ({ status: 400, body: '{"detail":"no"}' });
    await proxy.stream(ask({ messages: compaction }));
    expect(modelOf(1)).toBe('gpt-5.5');
    expect(proxy.proxy.state.compactionRoute).toBe('gpt-5.5');
    await control('/ccp/route', { model: 'gpt-6.1-sol' });
    expect(proxy.proxy.state.compactionRoute).toBeUndefined();
  });

  it('is rejected with a reason when no route can compact the history', async () => {
    const main = { target: { upstream: 'codex', model: 'gpt-6-luna', row: small }, effort: undefined };
    await start({ catalogue, routes: { ...testRoutes(), routes: { main } } });
    usage = tokens(200_000, 0);
    await proxy.stream(ask({ messages: [{ role: 'user', content: 'short' }] }));
    const tiny = await control('/ccp/route', { model: 'gpt-6-luna' });
    expect(tiny).toMatchObject({
      status: 409,
      body: {
        error: {
          message: expect.stringMatching(
            /200000 tokens are in use, the context window of gpt-6-luna is 128000.*Run \/compact/,
          ),
        },
      },
    });
    // Another class has no history.
    expect((await control('/ccp/route', { class: 'subagent', model: 'gpt-6-luna' })).status).toBe(200);
  });
});

describe('sums', () => {
  interface ScriptedRequest {
    readonly input: number;
    readonly cached: number;
    readonly output: number;
    readonly reasoning: number;
    readonly model: string;
    /** Rejected immediately, or failed after the upstream had reported usage. */
    readonly fails: 'no' | 'at once' | 'counted';
  }

  /** State, ledger, receipt and usage of the same requests. */
  async function sumsOf(all: readonly ScriptedRequest[]) {
    const folder = mkdtempSync(join(tmpdir(), 'ccp-sums-'));
    let state: SessionState = initialState(0, []);
    await start({ appendLedger: (entry) => appendEntry(folder, entry) });
    proxy.proxy.subscribe((event) => {
      state = reduce(state, event);
    });
    upstream.script = (request) => {
      const wanted = all[Number(/n(\d+)/.exec(request.text)?.[1])];
      if (!wanted || wanted.fails === 'at once') return { status: 400, body: '{"detail":"refused by the script"}' };
      const counted = {
        input_tokens: wanted.input,
        input_tokens_details: { cached_tokens: wanted.cached },
        output_tokens: wanted.output,
        output_tokens_details: { reasoning_tokens: wanted.reasoning },
      };
      const broken = up.failed('server_error', 'broken by the script');
      const end =
        wanted.fails === 'counted'
          ? { ...broken, response: { ...Object(broken.response), usage: counted } }
          : up.completed(counted);
      return [up.created(), ...up.textItem(0, 'ok'), end];
    };
    const width = 16;
    for (let at = 0; at < all.length; at += width)
      await Promise.all(
        all
          .slice(at, at + width)
          .map(({ model }, index) =>
            proxy.stream(ask({ model, messages: [{ role: 'user', content: `n${at + index}` }] })),
          ),
      );
    const sum = new UsageSum('model', (time) => time.slice(0, 10));
    await scanLedger(folder, { since: undefined, until: undefined }, (entry) => sum.add(entry));
    const today = await new SpendingLedger(folder, 'example.org/team/project').sums();
    rmSync(folder, { recursive: true });
    const receipt = JSON.parse(receiptJson(state, { session: 's', endedAt: 1, exitCode: 0 }));
    return { state, usage: sum.total, receipt, today };
  }

  async function checkSums(all: readonly ScriptedRequest[]): Promise<void> {
    const { state, usage: summed, receipt, today } = await sumsOf(all);
    const good = all.filter(({ fails }) => fails !== 'at once');
    const total = (pick: (wanted: ScriptedRequest) => number) => good.reduce((sum, wanted) => sum + pick(wanted), 0);
    const expectedTokens = {
      inputTokens: total(({ input, cached }) => input - cached),
      cacheReadTokens: total(({ cached }) => cached),
      outputTokens: total(({ output }) => output),
      reasoningTokens: total(({ reasoning }) => reasoning),
    };
    expect(state.totals.tokens).toMatchObject(expectedTokens);
    expect(proxy.proxy.state.totals).toEqual(state.totals);
    expect(summed).toMatchObject({ requests: all.length, ...expectedTokens });
    expect(receipt).toMatchObject({ requests: all.length, tokens: expectedTokens });
    const models: { tokens: { outputTokens: number } }[] = receipt.models;
    expect(models.reduce((sum, one) => sum + one.tokens.outputTokens, 0)).toBe(expectedTokens.outputTokens);
    // The cost must be the same in all four places.
    expect(summed.costMicroUsd ?? 0).toBe(state.totals.costMicroUsd.plan ?? 0);
    expect(today.planMicroUsd).toBe(state.totals.costMicroUsd.plan ?? 0);
    expect(receipt.costMicroUsd.plan ?? 0).toBe(state.totals.costMicroUsd.plan ?? 0);
  }

  it('match to the token over 500 mixed requests', async () => {
    const all = Array.from(
      { length: 500 },
      (_, n): ScriptedRequest => ({
        input: 1_000 + ((n * 7919) % 200_000),
        cached: (n * 104_729) % 1_000,
        output: (n * 31) % 900,
        reasoning: (n * 31) % 7,
        model: n % 5 === 0 ? 'gpt-6-luna' : n % 7 === 0 ? 'gpt-6.1-sol' : 'gpt-5.5',
        fails: n % 11 === 0 ? 'at once' : n % 13 === 0 ? 'counted' : 'no',
      }),
    );
    await checkSums(all);
  }, 60_000);

  it('match for random requests', async () => {
    const wanted = fc
      .record({
        cached: fc.nat(300_000),
        fresh: fc.nat(300_000),
        output: fc.nat(100_000),
        reasoning: fc.nat(100_000),
        fails: fc.constantFrom('no' as const, 'at once' as const, 'counted' as const),
        model: fc.constantFrom('gpt-5.5', 'gpt-6-luna'),
      })
      .map(
        ({ cached, fresh, output, reasoning, fails, model }): ScriptedRequest => ({
          input: cached + fresh,
          cached,
          output,
          reasoning: Math.min(reasoning, output),
          fails,
          model,
        }),
      );
    await start();
    await fc.assert(
      fc.asyncProperty(fc.array(wanted, { minLength: 1, maxLength: 20 }), async (all) => {
        await proxy.stop();
        await upstream.stop();
        await checkSums(all);
      }),
      { numRuns: 8 },
    );
  }, 60_000);

  it('of 10,000 requests do not need a larger state than those of 100', async () => {
    await start();
    let state = initialState(0, []);
    const grow = (count: number) => {
      for (let n = 0; n < count; n++)
        for (const event of proxy.events) state = reduce(state, { ...event, id: `${event.id}-${n}` });
      return JSON.stringify(state).length;
    };
    usage = tokens(20_000, 19_000);
    await proxy.stream(ask());
    const small = grow(100);
    expect(grow(9_900)).toBeLessThan(small * 1.1);
    expect(state.totals.requests).toBe(10_000);
  });

  it('include the cost of the turn on the compared model', async () => {
    const price = { input: 4, cacheRead: 0.2, cacheWrite: 5, output: 20, source: 's', date: 'd' };
    await start({ compared: { name: 'claude-opus-5-5', price } });
    usage = tokens(100_000, 90_000, 1_000);
    await proxy.stream(ask());
    // 10k at $4, 90k at $0.20, 1k at $20.
    expect(whatIf(proxy.proxy.state)).toEqual({ name: 'claude-opus-5-5', microUsd: 40_000 + 18_000 + 20_000 });
  });
});

describe('session warnings', () => {
  it('report when Claude Code’s /model reroutes the turns, and when they return to the main route', async () => {
    await start();
    const messages = () => eventsOf('warning').map((event) => ('message' in event ? event.message : ''));
    await proxy.stream(ask());
    await proxy.stream(ask({ model: 'gpt-6-luna' }));
    await proxy.stream(ask({ model: 'codex/gpt-6.1-sol' }));
    await proxy.stream(ask({ model: 'codex/gpt-6.1-sol' }));
    await proxy.stream(ask());
    expect(messages()).toEqual([
      'turns go to codex/gpt-6-luna, not to the main route: gpt-6-luna is the fast slot of this session',
      expect.stringMatching(/turns go to codex\/gpt-6\.1-sol, not to the main route: .* was requested by name/),
      'turns follow the main route again (codex/gpt-5.5)',
    ]);
  });

  it('report an outdated price once', async () => {
    const old = { input: 1, cacheRead: 1, output: 1, source: 's', date: '2020-01-02' };
    const target = { upstream: 'codex', model: 'gpt-5.5', row: { ...row('codex', 'gpt-5.5'), price: old } };
    await start({ routes: { ...testRoutes(), routes: { main: { target, effort: undefined } } } });
    await proxy.stream(ask());
    await proxy.stream(ask());
    expect(eventsOf('warning')).toMatchObject([
      { message: 'the price of codex/gpt-5.5 dates from 2020-01-02; it may have changed' },
    ]);
  });
});
