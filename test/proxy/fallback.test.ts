/** Fallback by setting: what Claude Code gets, what the meter and the ledger say, and the way back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { bundledModels } from '../../src/models/catalogue.ts';
import type { Target } from '../../src/models/find.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { defaultRules } from '../../src/routing/decide.ts';
import { type FallbackLists, fallbackSource } from '../../src/routing/fallback.ts';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { memoryWalls } from '../support/memory-walls.ts';
import { ask, type ProxyOverrides, startProxy, type TestProxy, testControl } from '../support/proxy.ts';
import { openStream, type Reply, StrictUpstream } from '../support/strict-upstream.ts';
import { upstreamAt } from '../support/upstreams.ts';

const target = (upstream: string, model: string) => ({
  upstream,
  model,
  row: bundledModels.find((row) => row.upstream === upstream && row.id === model),
});

let codex: StrictUpstream;
let openai: StrictUpstream;
let proxy: TestProxy;
let skippedMs: number;
const clock = {
  ...systemClock,
  now: () => systemClock.now() + skippedMs,
  elapsed: () => systemClock.elapsed() + skippedMs,
};

beforeEach(async () => {
  skippedMs = 0;
  codex = await StrictUpstream.start(() => up.saying('From codex.'));
  openai = await StrictUpstream.start(() => up.saying('From openai.'), 'openai');
});
afterEach(async () => {
  await proxy.stop();
  await codex.stop();
  await openai.stop();
});

const start = async (lists: FallbackLists, overrides: ProxyOverrides = {}, budgetSwitch?: Target) => {
  proxy = await startProxy(codex.url, {
    upstreams: [upstreamAt('codex', codex.url), upstreamAt('openai', openai.url)],
    rules: { ...defaultRules, sources: [...defaultRules.sources, fallbackSource(lists, budgetSwitch)] },
    clock,
    ...overrides,
  });
};
const toOpenai = { main: [target('openai', 'gpt-5.5')] };
const said = async (extra: Record<string, unknown> = {}) => {
  const { text, status } = await proxy.stream(ask(extra));
  return status === 200
    ? judge(text)
        .blocks.map((block) => block.text)
        .join('')
    : `${status} ${text}`;
};
const limit = (seconds: number): Reply => ({
  status: 429,
  headers: { 'retry-after': String(seconds) },
  body: '{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached"}}',
});
const warnings = () => proxy.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));

describe('a plan that is used up', () => {
  beforeEach(() => start(toOpenai));

  it('is followed by the fallback, in the ledger at its own price, and said once', async () => {
    codex.script = () => limit(3_600);
    expect([await said(), await said()]).toEqual(['From openai.', 'From openai.']);
    // The second request does not ask the plan again.
    expect([codex.requests.length, openai.requests.length]).toEqual([1, 2]);
    expect(proxy.ledger.map(({ upstream, costKind, verdict }) => [upstream, costKind, verdict])).toEqual([
      ['openai', 'metered', 'complete'],
      ['openai', 'metered', 'complete'],
    ]);
    expect(warnings()).toEqual([
      'turns go to openai/gpt-5.5, not to the main route: fallback: gpt-5.5 cannot answer now',
    ]);
  });

  it('answers again by itself after its reset, and is asked after ten minutes in any case', async () => {
    codex.script = () => limit(86_400);
    await said();
    codex.script = () => up.saying('From codex.');
    skippedMs += 9 * 60_000;
    expect(await said()).toBe('From openai.');
    skippedMs += 61_000;
    expect(await said()).toBe('From codex.');
    expect(warnings().at(-1)).toBe('turns follow the main route again (codex/gpt-5.5)');
  });
});

describe('the fallback', () => {
  it.each<[string, () => Reply]>([
    ['a rejected request', () => ({ status: 400, body: '{"detail":"no"}' })],
    [
      'a prompt that is too long',
      () => ({ status: 400, body: '{"error":{"code":"context_length_exceeded","message":"too long"}}' }),
    ],
    [
      'a limit that ends in a moment',
      () => ({ ...limit(5), body: '{"error":{"code":"rate_limit_exceeded","message":"slow down"}}' }),
    ],
  ])('is not asked after %s', async (_name, reply) => {
    await start(toOpenai);
    codex.script = reply;
    await said();
    expect(openai.requests).toEqual([]);
  });

  it('is asked after failures and an expired login', async () => {
    await start(toOpenai);
    codex.script = () => ({ status: 500, body: '{"error":{"message":"broken"}}' });
    expect(await said()).toBe('From openai.');
    codex.script = () => ({ status: 401, body: '{"detail":"Unauthorized"}' });
    expect(await said()).toBe('From openai.');
  });

  it('is not asked once content was sent', async () => {
    await start(toOpenai);
    codex.script = (_request, response) => {
      openStream(response);
      response.write(up.frames([up.created(), up.textStart(0), up.textDelta(0, 'Some words.')]));
      setTimeout(() => response.destroy(), 20);
      return undefined;
    };
    const { text } = await proxy.stream(ask());
    expect(text).toContain('Some words.');
    expect(openai.requests).toEqual([]);
  });

  it('is skipped when the request does not fit it', async () => {
    const small = { ...target('openai', 'gpt-5.5'), row: { ...target('openai', 'gpt-5.5').row, contextWindow: 5_000 } };
    await start({ main: [small as never, target('openai', 'gpt-6-luna')] });
    codex.script = () => limit(3_600);
    await said({ messages: [{ role: 'user', content: 'word '.repeat(20_000) }] });
    expect(openai.requests.map(({ body }) => body.model)).toEqual(['gpt-6-luna']);
  });

  it('that cannot be paid leaves the error of the route', async () => {
    await start(toOpenai, {
      budgets: { limits: [{ name: 'session', limitMicroUsd: 0 }], warnAtPercent: 80, onLimit: 'ask' },
    });
    codex.script = () => limit(3_600);
    const answer = await said();
    expect(answer).toMatch(/^429 .*limit/);
    expect(openai.requests).toEqual([]);
  });

  it('that has no login, or refuses, leaves the error of the route too, after the next one was tried', async () => {
    const { base, missing } = {
      base: { settled: async () => {}, renew: async () => undefined },
      missing: new CcpError('no_credential', 'There is no login.'),
    };
    let hasLogin = false;
    await start(
      { main: [target('openai', 'gpt-5.5'), target('openai', 'gpt-6-luna')] },
      {
        credentials: {
          ...base,
          get: async (name) => {
            if (name === 'openai' && !hasLogin) throw missing;
            return { kind: 'bearer', token: 'fake', accountId: 'acct', origin: 'stored' };
          },
        },
      },
    );
    codex.script = () => limit(3_600);
    expect(await said()).toMatch(/^429 .*limit/);
    // The route was known to be out, and is asked after all when no fallback answers.
    expect(await said()).toMatch(/^429 .*limit/);
    hasLogin = true;
    openai.script = ({ body }) =>
      body.model === 'gpt-5.5' ? { status: 400, body: '{"error":{"message":"no"}}' } : up.saying('From the second.');
    expect(await said()).toBe('From the second.');
  });

  it('on the same upstream is remembered too', async () => {
    await start({ main: [target('codex', 'gpt-6-luna')] });
    codex.script = ({ body }) => (body.model === 'gpt-5.5' ? limit(3_600) : up.saying('From the small one.'));
    expect([await said(), await said()]).toEqual(['From the small one.', 'From the small one.']);
    expect(codex.requests.map(({ body }) => body.model)).toEqual(['gpt-5.5', 'gpt-6-luna', 'gpt-6-luna']);
  });

  it('is not said to have ended by a request that only asks', async () => {
    await start(toOpenai);
    codex.script = () => limit(3_600);
    await said();
    skippedMs += 11 * 60_000;
    expect(await said()).toBe('From openai.');
    expect(codex.requests).toHaveLength(2);
    expect(warnings()).toHaveLength(1);
  });

  it('is not there without a setting', async () => {
    await start({});
    codex.script = () => limit(3_600);
    expect(await said()).toMatch(/^429 /);
    expect(await said()).toMatch(/^429 /);
  });
});

describe('a limit that is over before its reset', () => {
  const usedPercent = (percent: number) => () => ({
    status: 200,
    body: JSON.stringify({
      plan_type: 'plus',
      rate_limit: { primary_window: { used_percent: percent, limit_window_seconds: 18_000, reset_at: 1_900_000_000 } },
    }),
  });

  const withQuota = () => ({
    upstreams: [upstreamAt('codex', `${codex.url}/backend-api/codex`), upstreamAt('openai', openai.url)],
  });

  it('is found by asking for the quota, once a minute at most, and not by sending the request', async () => {
    await start(toOpenai, withQuota());
    let asked = 0;
    let percent = 100;
    codex.others['/backend-api/wham/usage'] = () => {
      asked += 1;
      return usedPercent(percent)();
    };
    codex.script = () => limit(3_600);
    await said();
    await expect.poll(() => asked).toBe(1);
    codex.script = () => up.saying('From codex.');
    expect([await said(), asked]).toEqual(['From openai.', 1]);
    skippedMs += 61_000;
    // The quota is still used up.
    expect(await said()).toBe('From openai.');
    await expect.poll(() => asked).toBe(2);
    percent = 0;
    skippedMs += 61_000;
    expect(await said()).toBe('From openai.');
    await expect.poll(() => asked).toBe(3);
    await expect.poll(said).toBe('From codex.');
    expect(warnings()).toContain('turns follow the main route again (codex/gpt-5.5)');
  });

  it('is asked about at its upstream’s own word when the quota cannot be read', async () => {
    await start(toOpenai, withQuota());
    codex.others['/backend-api/wham/usage'] = () => ({ status: 500, body: 'broken' });
    codex.script = () => limit(3_600);
    await said();
    codex.script = () => up.saying('From codex.');
    skippedMs += 61_000;
    expect(await said()).toBe('From openai.');
    expect(await said()).toBe('From openai.');
  });
});

describe('a second session on the machine', () => {
  it('knows the limit of the plan, and the first one knows that it is over', async () => {
    const walls = memoryWalls();
    await start(toOpenai, { walls });
    const first = proxy;
    codex.script = () => limit(3_600);
    await said();
    await start(toOpenai, { walls });
    expect(await said()).toBe('From openai.');
    expect(codex.requests).toHaveLength(1);
    codex.script = () => up.saying('From codex.');
    skippedMs += 600_000;
    expect(await said()).toBe('From codex.');
    const second = proxy;
    proxy = first;
    expect(await said()).toBe('From codex.');
    await second.stop();
  });
});

describe('a used-up budget', () => {
  const budgets = (limitMicroUsd: number) => ({
    limits: [{ name: 'session' as const, limitMicroUsd }],
    warnAtPercent: 80,
    onLimit: 'switch' as const,
  });
  const route = { target: target('openai', 'gpt-5.5'), effort: undefined };
  const metered = { routes: { routes: { main: route, fast: route }, slots: { 'gpt-5.5': 'main' as const } } };
  const upTo = (limitMicroUsd: number) =>
    start({}, { ...metered, budgets: budgets(limitMicroUsd), canAskUser: true }, target('codex', 'gpt-5.5'));

  it('sends further turns to the model of the setting, unasked and said once, and back when more is allowed', async () => {
    await upTo(1);
    expect([await said(), await said(), await said()]).toEqual(['From openai.', 'From codex.', 'From codex.']);
    expect(openai.requests).toHaveLength(1);
    expect(proxy.ledger.map(({ upstream, costKind }) => [upstream, costKind])).toEqual([
      ['openai', 'metered'],
      ['codex', 'plan'],
      ['codex', 'plan'],
    ]);
    expect(warnings().filter((text) => text.startsWith('turns '))).toEqual([
      'turns go to codex/gpt-5.5, not to the main route: the budget is used up',
    ]);
    expect(proxy.proxy.state.spending?.asking).toBeUndefined();
    await fetch(`${proxy.url}/ccp/budget`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testControl}`, 'content-type': 'application/json' },
      body: '{"allow":true}',
    });
    expect(await said()).toBe('From openai.');
    expect(warnings()).toContain('turns follow the main route again (openai/gpt-5.5)');
  });

  it('says why the model of the setting cannot answer, and its own limit where that one costs money too', async () => {
    await upTo(0);
    codex.script = () => limit(3_600);
    expect(await said()).toMatch(/^429 .*codex.*limit/);
    await proxy.stop();
    await start({}, { ...metered, budgets: budgets(0) }, target('openai', 'gpt-6-luna'));
    expect(await said()).toMatch(/^402 .*budget of \$0/);
    expect(openai.requests).toEqual([]);
  });

  it('sends a compaction to the model of the setting too, unless that one costs money or is too small', async () => {
    const compact = (words: number) =>
      said({
        messages: [
          { role: 'user', content: 'word '.repeat(words) },
          { role: 'assistant', content: [{ type: 'text', text: 'Yes.' }] },
          { role: 'user', content: 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.' },
        ],
      });
    await upTo(0);
    expect(await compact(10)).toBe('From codex.');
    expect(openai.requests).toEqual([]);
    for (const other of [
      target('openai', 'gpt-6-luna'),
      { ...target('codex', 'gpt-5.5'), row: { ...target('codex', 'gpt-5.5').row, contextWindow: 5_000 } },
    ]) {
      await proxy.stop();
      await start({}, { ...metered, budgets: budgets(0) }, other as never);
      // A compaction may always finish.
      expect(await compact(20_000)).toBe('From openai.');
    }
    expect(openai.requests.map(({ body }) => body.model)).toEqual(['gpt-5.5', 'gpt-5.5']);
  });

  it('does not move to a model that the request does not fit, and the fallback for failures is not for it', async () => {
    const small = { ...target('codex', 'gpt-5.5'), row: { ...target('codex', 'gpt-5.5').row, contextWindow: 5_000 } };
    await start({ main: [target('codex', 'gpt-5.5')] }, { ...metered, budgets: budgets(0) }, small as never);
    expect(await said({ messages: [{ role: 'user', content: 'word '.repeat(20_000) }] })).toMatch(/^402 .*budget/);
    expect(codex.requests).toEqual([]);
  });
});
