/** A limit in a session with a screen: requests wait for the user's decision, for the reset, or for a switch. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundledModels } from '../../src/models/catalogue.ts';
import { defaultRules } from '../../src/routing/decide.ts';
import { fallbackSource } from '../../src/routing/fallback.ts';
import { DialectUpstream } from '../support/dialect-upstream.ts';
import * as up from '../support/events.ts';
import { LimitWorld, limit } from '../support/limit-world.ts';
import { ask, type ProxyOverrides } from '../support/proxy.ts';
import type { Reply } from '../support/strict-upstream.ts';
import { until } from '../support/until.ts';
import { upstreamAt } from '../support/upstreams.ts';

let world: LimitWorld;
beforeEach(async () => {
  world = await LimitWorld.start();
});
afterEach(() => world.stop());

describe('a limit in a session with a screen', () => {
  it('is a question with its reset and the tokens that would be sent again; the request waits', async () => {
    await world.open();
    const answered = world.say();
    await world.asked();
    expect(world.question).toMatchObject({ route: 'codex/gpt-5.5', kind: 'plan', hasImages: false, isDecided: false });
    expect(world.question?.inputTokens).toBeGreaterThan(0);
    expect(Math.round(((world.question?.until ?? 0) - world.clock.now()) / 60_000)).toBe(120);
    expect(world.proxy.proxy.state.running[0]).toMatchObject({ held: 'limit', sentAt: undefined });
    world.answer('openai/gpt-5.5');
    expect(await answered).toBe('From openai.');
    expect(world.question).toBeUndefined();
    expect(world.proxy.ledger.map(({ upstream, verdict }) => [upstream, verdict])).toEqual([['openai', 'complete']]);
    expect(world.warnings).toEqual([
      'turns go to openai/gpt-5.5, not to the main route: chosen while gpt-5.5 cannot answer now',
    ]);
  });

  it('is one question for all requests of the route; later ones follow the choice at once, and go back by themselves', async () => {
    await world.open();
    const first = world.say();
    await world.asked();
    const second = world.say();
    await world.asked(2);
    // The second one was not sent to an upstream that is known to refuse it.
    expect(world.codex.requests).toHaveLength(1);
    world.answer('openai/gpt-5.5');
    expect(await Promise.all([first, second])).toEqual(['From openai.', 'From openai.']);
    expect(await world.say()).toBe('From openai.');
    expect(world.codex.requests).toHaveLength(1);
    world.codex.script = () => up.saying('From codex.');
    world.pass(600_001);
    expect(await world.say()).toBe('From codex.');
    // The choice was for this limit: the next one is a question again.
    world.codex.script = () => limit(7_200);
    const later = world.say();
    await world.asked();
    world.answer('openai/gpt-5.5');
    expect(await later).toBe('From openai.');
  });

  it('without an answer is waited for; the request is then sent to its own route', async () => {
    await world.open();
    world.codex.script = () => limit(300);
    const answered = world.say();
    await world.asked();
    world.answer(undefined);
    expect(world.question).toMatchObject({ isDecided: true, waiting: 1 });
    const askedFor = world.clock.elapsed();
    await world.skipUntil(() => world.clock.elapsed() - askedFor > 240_000, 20_000);
    // Until the reset its upstream is not asked.
    expect(world.codex.requests).toHaveLength(1);
    world.codex.script = () => up.saying('From codex.');
    await world.skipUntil(() => world.codex.requests.length === 2, 20_000);
    expect(await answered).toBe('From codex.');
    expect(world.question).toBeUndefined();
    expect(world.openai.requests).toEqual([]);
  });

  it('is left by a switch: the waiting requests follow the new route', async () => {
    await world.open();
    const answered = world.say();
    await world.asked();
    world.proxy.proxy.act({ do: 'switch', routeClass: 'main', model: 'openai/gpt-5.5' });
    expect(await answered).toBe('From openai.');
    expect(world.question).toBeUndefined();
  });

  it('is asked again after a switch to the route itself: the choice is taken back', async () => {
    await world.open();
    const answered = world.say('one');
    await world.asked();
    world.answer('openai/gpt-5.5');
    await answered;
    expect(world.proxy.proxy.state.substitutes).toEqual({ 'codex/gpt-5.5': 'openai/gpt-5.5' });
    world.codex.script = () => up.saying('From codex.');
    world.switchTo('codex/gpt-5.5');
    expect(world.proxy.proxy.state.substitutes).toEqual({});
    expect(await world.say('two')).toBe('From codex.');
  });

  it('lets no more requests go at once than the session may have', async () => {
    await world.open({ fanOut: { parallel: 1, alike: 100, alikePerMinute: 100, onLimit: 'hold' } });
    let running = 0;
    let most = 0;
    world.openai.script = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      return up.saying('From openai.');
    };
    const all = ['one', 'two', 'three'].map((words) => world.say(words));
    await world.asked(3);
    world.answer('openai/gpt-5.5');
    expect(await Promise.all(all)).toEqual(['From openai.', 'From openai.', 'From openai.']);
    expect(most).toBe(1);
  });

  it('ends with its request: Esc withdraws the question', async () => {
    await world.open();
    const abort = new AbortController();
    const closed = world.proxy.post({ ...ask(), stream: true }, { signal: abort.signal }).catch(() => 'closed');
    await world.asked();
    abort.abort();
    expect(await closed).toBe('closed');
    await until(() => world.question === undefined);
    expect(() => world.answer('openai/gpt-5.5', 'wall_1')).toThrow('No request waits at that limit any more.');
    expect(world.proxy.ledger.map(({ verdict }) => verdict)).toEqual(['cancelled']);
  });

  it('refuses a model that is not known or denied, and the question stays', async () => {
    await world.open();
    const answered = world.say();
    await world.asked();
    expect(() => world.answer('nowhere/model')).toThrow(/nowhere/);
    expect(world.question?.waiting).toBe(1);
    world.answer('openai/gpt-5.5');
    expect(await answered).toBe('From openai.');
  });

  it.each<[string, Reply, RegExp, Partial<ProxyOverrides>]>([
    ['is at its limit too', limit(3_600), /limit/, {}],
    [
      'has no valid key',
      { status: 401, body: '{"error":{"code":"invalid_api_key","message":"wrong key"}}' },
      /key/,
      {},
    ],
    [
      'is stopped by the budget',
      limit(),
      /budget of .* used up/,
      {
        budgets: { limits: [{ name: 'session', limitMicroUsd: 10 }], warnAtPercent: 80, onLimit: 'stop' },
        spentMicroUsd: 20,
      },
    ],
  ])(
    'whose chosen model %s is a question again: it says so, and offers that model no more',
    async (_name, reply, words, more) => {
      await world.open(more);
      world.openai.script = () => reply;
      const answered = world.say();
      await world.asked();
      world.answer('openai/gpt-5.5');
      await until(() => world.question?.unavailable.some((name) => name.startsWith('openai/')));
      expect(world.warnings.find((text) => text.startsWith('openai/gpt-5.5 cannot answer either: '))).toMatch(words);
      // The route was not asked again for nothing.
      expect(world.codex.requests).toHaveLength(1);
      world.codex.script = () => up.saying('From codex.');
      // Another model would answer now, but at the reset it is the route that is asked.
      world.openai.script = () => up.saying('From openai.');
      world.answer(undefined);
      await world.skipUntil(() => world.codex.requests.length === 2, 60_000);
      expect(await answered).toBe('From codex.');
    },
  );
});

it('an upstream that has just failed is not offered at a limit', async () => {
  await world.open();
  world.openai.script = () => ({ status: 500, body: '{"error":{"message":"boom"}}' });
  let failure = '';
  void world.say('hello', { model: 'openai/gpt-5.5' }).then((text) => {
    failure = text;
  });
  await world.skipUntil(() => failure !== '', 300);
  expect(failure).toMatch(/^500 /);
  const answered = world.say();
  await world.asked();
  expect(world.question?.unavailable).toContain('openai/*');
  world.codex.script = () => up.saying('From codex.');
  world.answer(undefined);
  await world.skipUntil(() => world.codex.requests.length === 2, 60_000);
  expect(await answered).toBe('From codex.');
});

describe('while requests wait at a limit', () => {
  /** The first request is answered when the test says so, all others are refused. */
  const slowThenLimit = () => {
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    world.codex.script = async (_request, _response, count) => {
      if (count > 1) return limit(7_200);
      await finished;
      return up.saying('Old.');
    };
    return () => finish();
  };

  it('a stream that began before neither takes back the choice nor sends them', async () => {
    await world.open();
    const finish = slowThenLimit();
    const old = world.say('one');
    await until(() => world.codex.requests.length === 1);
    world.pass(5_000);
    const held = world.say('two');
    await world.asked();
    world.answer(undefined);
    world.pass(5_000);
    finish();
    expect(await old).toBe('Old.');
    expect(world.question).toMatchObject({ isDecided: true, waiting: 1 });
    expect(world.codex.requests).toHaveLength(2);
    world.answer('openai/gpt-5.5');
    expect(await held).toBe('From openai.');
    expect(await world.say('three')).toBe('From openai.');
    expect(world.codex.requests).toHaveLength(2);
  });

  it.each(['a choice', 'a switch'])('a request on its way follows %s that is made meanwhile', async (what) => {
    await world.open();
    let refuse = () => {};
    const refused = new Promise<void>((resolve) => {
      refuse = resolve;
    });
    world.codex.script = async ({ text }) => {
      if (text.includes('two')) await refused;
      return limit(7_200);
    };
    const first = world.say('one');
    const second = world.say('two');
    await until(() => world.codex.requests.length === 2);
    await world.asked();
    if (what === 'a choice') world.answer('openai/gpt-5.5');
    else world.switchTo('openai/gpt-5.5');
    expect(await first).toBe('From openai.');
    refuse();
    expect(await second).toBe('From openai.');
    expect(world.question).toBeUndefined();
  });

  it('a switch of another class leaves their decision alone', async () => {
    await world.open();
    const both = [world.say('one'), world.say('two')];
    await world.asked(2);
    world.answer(undefined);
    const asked = world.codex.requests.length;
    const questions = () => world.proxy.events.filter(({ type }) => type === 'wall').length;
    const before = questions();
    world.switchTo('openai/gpt-5.5', 'fast');
    await until(() => questions() > before + 1 && world.question?.waiting === 2 && world.question.isDecided);
    expect(world.codex.requests).toHaveLength(asked);
    world.answer('openai/gpt-5.5');
    await Promise.all(both);
  });

  it('another limit is asked about when the first is decided', async () => {
    await world.open();
    const first = world.say('one');
    await world.asked();
    world.answer(undefined);
    world.openai.script = () => limit(3_600);
    const second = world.say('two', { model: 'openai/gpt-5.5' });
    await until(() => world.question?.route === 'openai/gpt-5.5');
    expect(world.question).toMatchObject({ isDecided: false, unavailable: ['codex/*'] });
    world.openai.script = () => up.saying('From openai.');
    world.codex.script = () => up.saying('From codex.');
    world.pass(600_001);
    world.switchTo('openai/gpt-5.5');
    await Promise.all([first, second]);
  });

  it('they keep no part of a budget, and no place among the requests at the same time', async () => {
    const row = bundledModels.find(({ upstream, id }) => upstream === 'openai' && id === 'gpt-5.5');
    const main = { target: { upstream: 'openai', model: 'gpt-5.5', row }, effort: undefined };
    await world.open({
      routes: { routes: { main }, slots: { 'gpt-5.5': 'main' } },
      budgets: { limits: [{ name: 'session', limitMicroUsd: 100_000 }], warnAtPercent: 80, onLimit: 'ask' },
      fanOut: { parallel: 1, alike: 100, alikePerMinute: 100, onLimit: 'ask' },
    });
    world.openai.script = ({ text }) =>
      text.includes('two')
        ? up.saying('Two.')
        : { status: 429, headers: { 'retry-after': '3600' }, body: '{"error":{"code":"rate_limit_exceeded"}}' };
    const held = world.say('one');
    await world.asked();
    expect(await world.say('two', { model: 'openai/gpt-6-luna' })).toBe('Two.');
    expect([world.proxy.proxy.state.spending?.asking, world.proxy.proxy.state.fanOut]).toEqual([undefined, undefined]);
    world.codex.script = () => up.saying('From codex.');
    world.switchTo('codex/gpt-5.5');
    expect(await held).toBe('From codex.');
  });

  it('one that is cancelled has a row with its route, also if it was never sent', async () => {
    await world.open();
    const first = world.say('one');
    await world.asked();
    const abort = new AbortController();
    const body = { ...ask({ messages: [{ role: 'user', content: 'two' }] }), stream: true };
    const closed = world.proxy.post(body, { signal: abort.signal }).catch(() => 'closed');
    await world.asked(2);
    abort.abort();
    expect(await closed).toBe('closed');
    await world.asked(1);
    expect(world.proxy.ledger).toMatchObject([{ upstream: 'codex', model: 'gpt-5.5', verdict: 'cancelled' }]);
    world.answer('openai/gpt-5.5');
    await first;
  });

  it('after a day they fail with the error of the limit', async () => {
    await world.open();
    let failed = '';
    const held = world.say().then((text) => {
      failed = text;
    });
    await world.asked();
    await world.skipUntil(() => failed !== '', 601_000);
    await held;
    expect(failed).toMatch(/usage limit/);
    expect(world.question).toBeUndefined();
  });
});

describe('after a wait of minutes, in which a block kept the connection alive', () => {
  const minutes = async () => {
    const begin = world.clock.elapsed();
    await world.skipUntil(() => world.clock.elapsed() - begin > 300_000, 9_000);
  };

  it.each<[string, Reply]>([
    ['an overload', { status: 503, body: '{"error":{"code":"server_is_overloaded","message":"busy"}}' }],
    [
      'a rejected optional field',
      {
        status: 400,
        body: '{"error":{"code":"unsupported_parameter","param":"reasoning.summary","message":"Unsupported parameter: reasoning.summary"}}',
      },
    ],
  ])('%s is recovered as always', async (_name, reply) => {
    await world.open();
    world.openai.script = (_request, _response, count) => (count === 1 ? reply : up.saying('From openai.'));
    const held = world.say();
    await world.asked();
    await minutes();
    await world.asked();
    world.answer('openai/gpt-5.5');
    let text = '';
    void held.then((said) => {
      text = said;
    });
    await world.skipUntil(() => text !== '', 1_000);
    expect(text).toBe('From openai.');
    expect(world.openai.requests).toHaveLength(2);
  });

  it('among too many requests, a limit is waited for as always', async () => {
    await world.open({ fanOut: { parallel: 1, alike: 100, alikePerMinute: 100, onLimit: 'hold' } });
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    world.codex.script = async (_request, _response, count) => {
      if (count > 1) return limit(7_200);
      await finished;
      return up.saying('One.');
    };
    const first = world.say('one');
    await until(() => world.codex.requests.length === 1);
    const second = world.say('two');
    await until(() => world.proxy.proxy.state.running.some(({ held }) => held === 'fan-out'));
    await minutes();
    finish();
    await first;
    await world.asked();
    world.answer('openai/gpt-5.5');
    expect(await second).toBe('From openai.');
  });
});

it('the headers of the limited upstream are not those of the answer', async () => {
  const anthropic = await DialectUpstream.start('anthropic', () => ({
    status: 429,
    headers: { 'retry-after': '7200', 'x-should-retry': 'false', 'anthropic-ratelimit-unified-status': 'rejected' },
    body: { type: 'error', error: { type: 'rate_limit_error', message: 'limit' } },
  }));
  const main = { target: { upstream: 'anthropic', model: 'claude-sonnet-4-5', row: undefined }, effort: undefined };
  await world.open({
    upstreams: [upstreamAt('anthropic', anthropic.url), upstreamAt('openai', world.openai.url)],
    routes: { routes: { main }, slots: { 'claude-sonnet-4-5': 'main' } },
  });
  const answered = world.proxy.stream(ask({ model: 'claude-sonnet-4-5' }));
  await world.asked();
  world.answer('openai/gpt-5.5');
  const { headers, text } = await answered;
  expect(text).toContain('From openai.');
  expect([headers.get('x-should-retry'), headers.get('anthropic-ratelimit-unified-status')]).toEqual([null, null]);
  await anthropic.stop();
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
    await world.open(overrides);
    world.codex.script = () => reply;
    expect(await world.say('hello', extra)).toMatch(/^429 /);
    expect(world.proxy.events.some(({ type }) => type === 'wall')).toBe(false);
  });

  it('for an answer without a stream, which cannot be kept alive', async () => {
    await world.open();
    const response = await world.proxy.post({ ...ask(), stream: false });
    expect(response.status).toBe(429);
  });
});

it('a limit without a time ends when the quota of the upstream says so', async () => {
  await world.open();
  world.codex.script = () => ({
    ...limit(),
    headers: {
      'x-codex-primary-used-percent': '100',
      'x-codex-primary-window-minutes': '300',
      'x-codex-primary-reset-after-seconds': '1800',
    },
  });
  const answered = world.say();
  await world.asked();
  expect(Math.round(((world.question?.until ?? 0) - world.clock.now()) / 60_000)).toBe(30);
  world.answer('openai/gpt-5.5');
  await answered;
});

it('fallbacks of equal rank are tried in the order of their cost', async () => {
  const target = (upstream: string, model: string) => ({
    upstream,
    model,
    row: bundledModels.find((row) => row.upstream === upstream && row.id === model),
  });
  const [dear, cheap] = [target('openai', 'gpt-5.5'), target('openai', 'gpt-6-luna')];
  await world.open({
    rules: { ...defaultRules, sources: [...defaultRules.sources, fallbackSource({ main: [[dear, cheap]] })] },
  });
  expect(await world.say()).toBe('From openai.');
  expect(world.openai.requests.map(({ body }) => body.model)).toEqual(['gpt-6-luna']);
});
