/** A limit in a session with a screen: requests wait for the user's decision, for the reset, or for a switch. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundledModels } from '../../src/models/catalogue.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { defaultRules } from '../../src/routing/decide.ts';
import { fallbackSource } from '../../src/routing/fallback.ts';
import type { WallQuestion } from '../../src/session/events.ts';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { ask, type ProxyOverrides, startProxy, type TestProxy } from '../support/proxy.ts';
import { type Reply, StrictUpstream } from '../support/strict-upstream.ts';
import { until } from '../support/until.ts';
import { upstreamAt } from '../support/upstreams.ts';

let codex: StrictUpstream;
let openai: StrictUpstream;
let proxy: TestProxy;
let skippedMs: number;
/** Timers of the proxy, which a test runs when it skips time. */
let timers: { at: number; call: () => void }[];
const clock = {
  now: () => systemClock.now() + skippedMs,
  elapsed: () => systemClock.elapsed() + skippedMs,
  after: (ms: number, call: () => void) => {
    const timer = { at: clock.elapsed() + ms, call };
    timers.push(timer);
    return () => {
      timers = timers.filter((one) => one !== timer);
    };
  },
};
const skip = (ms: number) => {
  skippedMs += ms;
  for (const { call } of timers.splice(0).filter((one) => one.at <= clock.elapsed() || !timers.push(one))) call();
};

beforeEach(async () => {
  [skippedMs, timers] = [0, []];
  codex = await StrictUpstream.start(() => limit(7_200));
  openai = await StrictUpstream.start(() => up.saying('From openai.'), 'openai');
});
afterEach(async () => {
  await proxy.stop();
  await codex.stop();
  await openai.stop();
});

const limit = (seconds?: number): Reply => ({
  status: 429,
  headers: seconds === undefined ? {} : { 'retry-after': String(seconds) },
  body: '{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached"}}',
});
const start = async (overrides: ProxyOverrides = {}) => {
  proxy = await startProxy(codex.url, {
    upstreams: [upstreamAt('codex', codex.url), upstreamAt('openai', openai.url)],
    rules: { ...defaultRules, sources: [...defaultRules.sources, fallbackSource({})] },
    canAskUser: true,
    clock,
    ...overrides,
  });
};
const said = async (extra: Record<string, unknown> = {}) => {
  const { text, status } = await proxy.stream(ask(extra));
  if (status !== 200) return `${status} ${text}`;
  return judge(text)
    .blocks.map((block) => block.text)
    .join('');
};
const question = (): WallQuestion | undefined => proxy.events.findLast((event) => event.type === 'wall')?.wall;
const asked = (waiting = 1) => until(() => question()?.waiting === waiting);
const answer = (model: string | undefined, id = question()?.id ?? '') =>
  proxy.proxy.act({ do: 'answer wall', id, model });
const warnings = () => proxy.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));

describe('a limit in a session with a screen', () => {
  it('is a question with its reset and the tokens that would be sent again; the request waits', async () => {
    await start();
    const answered = said();
    await asked();
    expect(question()).toMatchObject({ route: 'codex/gpt-5.5', kind: 'plan', hasImages: false, isDecided: false });
    expect(question()?.inputTokens).toBeGreaterThan(0);
    expect(Math.round(((question()?.until ?? 0) - clock.now()) / 60_000)).toBe(120);
    expect(proxy.proxy.state.running[0]).toMatchObject({ held: 'limit', sentAt: undefined });
    answer('openai/gpt-5.5');
    expect(await answered).toBe('From openai.');
    expect(question()).toBeUndefined();
    expect(proxy.ledger.map(({ upstream, verdict }) => [upstream, verdict])).toEqual([['openai', 'complete']]);
    expect(warnings()).toEqual([
      'turns go to openai/gpt-5.5, not to the main route: chosen while gpt-5.5 cannot answer now',
    ]);
  });

  it('is one question for all requests of the route; later ones follow the choice at once, and go back by themselves', async () => {
    await start();
    const first = said();
    await asked();
    const second = said();
    await asked(2);
    // The second one was not sent to an upstream that is known to refuse it.
    expect(codex.requests).toHaveLength(1);
    answer('openai/gpt-5.5');
    expect(await Promise.all([first, second])).toEqual(['From openai.', 'From openai.']);
    expect(await said()).toBe('From openai.');
    expect(codex.requests).toHaveLength(1);
    codex.script = () => up.saying('From codex.');
    skippedMs += 600_001;
    expect(await said()).toBe('From codex.');
    // The choice was for this limit: the next one is a question again.
    codex.script = () => limit(7_200);
    const later = said();
    await asked();
    answer('openai/gpt-5.5');
    expect(await later).toBe('From openai.');
  });

  it('without an answer is waited for; the request is then sent to its own route', async () => {
    await start();
    codex.script = () => limit(300);
    const answered = said();
    await asked();
    answer(undefined);
    expect(question()).toMatchObject({ isDecided: true, waiting: 1 });
    for (let minute = 0; minute < 4; minute += 1) {
      await until(() => timers.length > 0);
      skip(61_000);
    }
    expect(codex.requests).toHaveLength(1);
    codex.script = () => up.saying('From codex.');
    await until(() => {
      skip(30_000);
      return codex.requests.length === 2;
    });
    expect(await answered).toBe('From codex.');
    expect(question()).toBeUndefined();
    expect(openai.requests).toEqual([]);
  });

  it('is left by a switch: the waiting requests follow the new route', async () => {
    await start();
    const answered = said();
    await asked();
    proxy.proxy.act({ do: 'switch', routeClass: 'main', model: 'openai/gpt-5.5' });
    expect(await answered).toBe('From openai.');
    expect(question()).toBeUndefined();
  });

  it('ends with its request: Esc withdraws the question', async () => {
    await start();
    const abort = new AbortController();
    const closed = proxy.post({ ...ask(), stream: true }, { signal: abort.signal }).catch(() => 'closed');
    await asked();
    abort.abort();
    expect(await closed).toBe('closed');
    await until(() => question() === undefined);
    expect(() => answer('openai/gpt-5.5', 'wall_1')).toThrow('No request waits at that limit any more.');
    expect(proxy.ledger.map(({ verdict }) => verdict)).toEqual(['cancelled']);
  });

  it('refuses a model that is not known or denied, and the question stays', async () => {
    await start();
    const answered = said();
    await asked();
    expect(() => answer('nowhere/model')).toThrow(/nowhere/);
    expect(question()?.waiting).toBe(1);
    answer('openai/gpt-5.5');
    expect(await answered).toBe('From openai.');
  });

  it('of the chosen model too is a question about the route again, without that model', async () => {
    await start();
    openai.script = () => ({
      ...limit(3_600),
      body: '{"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"none left"}}',
    });
    const answered = said();
    await asked();
    const { id = '' } = question() ?? {};
    answer('openai/gpt-5.5');
    await until(() => question() !== undefined && question()?.id !== id);
    openai.script = () => up.saying('From openai.');
    codex.script = () => up.saying('From codex.');
    proxy.proxy.act({ do: 'switch', routeClass: 'main', model: 'codex/gpt-5.5' });
    expect(await answered).toMatch(/^From /);
  });
});

describe('a limit is an error at once', () => {
  it.each<[string, ProxyOverrides, Record<string, unknown>, Reply]>([
    ['without a screen', { canAskUser: false }, {}, limit(7_200)],
    [
      'for a small request beside the conversation',
      {},
      { model: 'gpt-6-luna', output_config: { format: { type: 'json_schema', schema: {} } }, tools: [] },
      limit(7_200),
    ],
    [
      'when it ends in a moment',
      {},
      {},
      { ...limit(15), body: '{"error":{"code":"rate_limit_exceeded","message":"slow"}}' },
    ],
  ])('%s', async (_name, overrides, extra, reply) => {
    await start(overrides);
    codex.script = () => reply;
    expect(await said(extra)).toMatch(/^429 /);
    expect(proxy.events.some(({ type }) => type === 'wall')).toBe(false);
  });

  it('for an answer without a stream, which cannot be kept alive', async () => {
    await start();
    const response = await proxy.post({ ...ask(), stream: false });
    expect(response.status).toBe(429);
  });
});

it('a limit without a time ends when the quota of the upstream says so', async () => {
  await start();
  codex.script = () => ({
    ...limit(),
    headers: {
      'x-codex-primary-used-percent': '100',
      'x-codex-primary-window-minutes': '300',
      'x-codex-primary-reset-after-seconds': '1800',
    },
  });
  const answered = said();
  await asked();
  expect(Math.round(((question()?.until ?? 0) - clock.now()) / 60_000)).toBe(30);
  answer('openai/gpt-5.5');
  await answered;
});

it('fallbacks of equal rank are tried in the order of their cost', async () => {
  const target = (upstream: string, model: string) => ({
    upstream,
    model,
    row: bundledModels.find((row) => row.upstream === upstream && row.id === model),
  });
  const [dear, cheap] = [target('openai', 'gpt-5.5'), target('openai', 'gpt-6-luna')];
  await start({
    rules: { ...defaultRules, sources: [...defaultRules.sources, fallbackSource({ main: [[dear, cheap]] })] },
  });
  expect(await said()).toBe('From openai.');
  expect(openai.requests.map(({ body }) => body.model)).toEqual(['gpt-6-luna']);
});
