/** The brake on a session's requests, on a fake clock and through the proxy. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/platform/randomness.ts';
import { contentKeys } from '../../src/proxy/content-keys.ts';
import { FanOut } from '../../src/proxy/fan-out.ts';
import type { FanOutQuestion, SessionEvent } from '../../src/session/events.ts';
import { type FanOutLimits, fanOutLimits } from '../../src/settings/fan-out.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import * as up from '../support/events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, startProxy, type TestProxy } from '../support/proxy.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { until } from '../support/until.ts';

let clock: FakeClock;
let fanOut: FanOut;
let published: SessionEvent[];
let held: string[];
const make = (limits: Partial<FanOutLimits> = {}) => {
  clock = new FakeClock();
  [published, held] = [[], []];
  const all = { parallel: 3, alike: 2, alikePerMinute: 4, onLimit: 'ask' as const, ...limits };
  fanOut = new FanOut(all, clock, (event) => published.push(event));
};
const message = (text: string, requestClass = 'subagent', agentId?: string) => ({
  request: validateRequest(ask({ messages: [{ role: 'user', content: text }] })),
  requestClass,
  agentId,
});
type Result = { leave?: () => void; enterAgain?: () => Result; error?: string };
const enter = (text: string, signal = new AbortController().signal): Result => {
  const request = { keys: contentKeys(message(text), sha256), signal, onHeld: () => held.push(text) };
  const enterOnce = (): Result => {
    const result: Result = {};
    fanOut.enter(request).then(
      () => {
        result.leave = () => fanOut.leave(request);
        result.enterAgain = enterOnce;
      },
      (thrown: Error) => {
        result.error = thrown.message;
      },
    );
    return result;
  };
  return enterOnce();
};
const settled = () => new Promise((resolve) => setImmediate(resolve));
const question = (): FanOutQuestion | undefined => published.findLast((event) => event.type === 'fan_out')?.question;
const running = async (...texts: string[]) => {
  const results = texts.map((text) => enter(text));
  await settled();
  return results;
};

beforeEach(() => make());

describe('requests at the same time', () => {
  it('beyond the limit are held and asked about, and are sent as others end', async () => {
    const [a, b, c, d, e] = await running('a', 'b', 'c', 'd', 'e');
    expect([a?.leave, c?.leave].every(Boolean)).toBe(true);
    expect([d?.leave, e?.leave]).toEqual([undefined, undefined]);
    expect(held).toEqual(['d', 'e']);
    expect(question()).toEqual({ id: 'fan_out_1', limit: 'parallel', allowed: 3, held: 2 });
    b?.leave?.();
    await settled();
    expect([Boolean(d?.leave), e?.leave]).toEqual([true, undefined]);
    expect(question()?.held).toBe(1);
    a?.leave?.();
    await settled();
    expect(e?.leave).toBeDefined();
    expect(question()).toBeUndefined();
  });

  it('may be allowed: twice as many, for the rest of the session', async () => {
    const [, , , d] = await running('a', 'b', 'c', 'd');
    fanOut.answer('fan_out_1', true);
    const more = await running('e', 'f', 'g');
    expect(d?.leave).toBeDefined();
    expect(more.map(({ leave }) => Boolean(leave))).toEqual([true, true, false]);
    expect(question()).toMatchObject({ id: 'fan_out_2', allowed: 6 });
    expect(() => fanOut.answer('fan_out_1', true)).toThrow('have been sent or have ended');
  });

  it('may be refused: the held ones and those of the next minute', async () => {
    const [a, , , d] = await running('a', 'b', 'c', 'd');
    fanOut.answer('fan_out_1', false);
    await settled();
    expect(d?.error).toBe('More than 3 requests at the same time in this session, and you refused the rest.');
    expect(question()).toBeUndefined();
    const [e] = await running('e');
    expect(e?.error).toBe('More than 3 requests at the same time in this session.');
    a?.leave?.();
    const [f] = await running('f');
    expect(f?.leave).toBeDefined();
    clock.advance(60_000);
    const [g] = await running('g');
    expect(g).toEqual({});
  });

  it('that are closed while they are held do not count any more', async () => {
    await running('a', 'b', 'c');
    const abort = new AbortController();
    const d = enter('d', abort.signal);
    await settled();
    abort.abort(new Error('closed'));
    await settled();
    expect(d.error).toBe('closed');
    expect(question()).toBeUndefined();
    const gone = new AbortController();
    gone.abort(new Error('gone'));
    const e = enter('e', gone.signal);
    await settled();
    expect(e.error).toBe('gone');
    expect(question()).toBeUndefined();
  });
});

describe('equal requests', () => {
  it('at the same time have a lower limit', async () => {
    const [, , c, d] = await running('x', 'x', 'x', 'y');
    expect([c?.leave, Boolean(d?.leave)]).toEqual([undefined, true]);
    expect(question()).toMatchObject({ limit: 'alike', allowed: 2, held: 1 });
  });

  it('within a minute are held until the minute is over', async () => {
    for (let round = 0; round < 4; round += 1) {
      const [one] = await running('again');
      one?.leave?.();
      clock.advance(5_000);
    }
    const [fifth] = await running('again');
    expect(fifth).toEqual({});
    expect(question()).toMatchObject({ limit: 'alikePerMinute', allowed: 4 });
    clock.advance(39_999);
    await settled();
    expect(fifth).toEqual({});
    clock.advance(1);
    await settled();
    expect(fifth?.leave).toBeDefined();
  });

  it('are those with the same class, model, length, first and last message', () => {
    const keys = (content: unknown, requestClass = 'turn', agentId?: string, extra = {}) =>
      contentKeys(
        { request: validateRequest(ask({ messages: [{ role: 'user', content }], ...extra })), requestClass, agentId },
        sha256,
      );
    const base = keys('one');
    expect(keys('one')).toEqual(base);
    expect(keys('two').content).not.toBe(base.content);
    expect(keys('one', 'compaction').content).not.toBe(base.content);
    expect(keys('one', 'turn', undefined, { model: 'other' }).content).not.toBe(base.content);
    // The same agent repeats itself; two agents with one message do not.
    expect(keys('one', 'turn', 'agent-1').repeated).not.toBe(base.repeated);
    expect(keys([{ type: 'text', text: 'one' }])).toEqual(base);
    const reminder = { type: 'text', text: `reminder ${'x'.repeat(5_000)}` };
    const prompt = (text: string) => keys([reminder, { type: 'text', text }]).content;
    expect(prompt('one')).not.toBe(prompt('two'));
    const middle = (word: string) => keys(`${'x'.repeat(1_000)}${word}${'y'.repeat(1_000)}`).content;
    expect(middle('cut out')).toBe(middle('as well'));
    // A tool may return the same result again and again.
    const result = [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'done' }];
    const messages = [
      { role: 'user', content: 'one' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'Read', input: {} }] },
      { role: 'user', content: result },
    ];
    expect(keys('one', 'turn', undefined, { messages }).repeated).toBeUndefined();
  });
});

describe('the question', () => {
  it('names the limit that holds the oldest request, so that y can end it', async () => {
    const [, , c, d, e] = await running('x', 'x', 'x', 'y', 'z');
    expect([Boolean(d?.leave), e?.leave]).toEqual([true, undefined]);
    const asked: (string | undefined)[] = [];
    for (let answer = 0; answer < 4 && question(); answer += 1) {
      asked.push(question()?.limit);
      fanOut.answer(question()?.id ?? '', true);
      await settled();
    }
    expect([Boolean(c?.leave), Boolean(e?.leave), question()]).toEqual([true, true, undefined]);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('is about a minute’s worth: no more are sent when it is over', async () => {
    make({ parallel: 1000, alike: 1000 });
    for (let round = 0; round < 4; round += 1) {
      const [one] = await running('again');
      one?.leave?.();
      clock.advance(10_000);
    }
    const waiting = await running(...Array.from({ length: 10 }, () => 'again'));
    clock.advance(20_000);
    await settled();
    expect(waiting.filter(({ leave }) => leave)).toHaveLength(1);
  });

  it('does not count a request that waits elsewhere; it enters again as any other', async () => {
    const [a, , , d] = await running('a', 'b', 'c', 'd');
    a?.leave?.();
    await settled();
    expect(d?.leave).toBeDefined();
    const again = a?.enterAgain?.();
    await settled();
    expect(again).toEqual({});
    d?.leave?.();
    await settled();
    expect(again?.leave).toBeDefined();
    // It is the same request, and counts once in a minute.
    make({ parallel: 1000, alike: 1000, alikePerMinute: 1 });
    const [one] = await running('x');
    one?.leave?.();
    const second = one?.enterAgain?.();
    await settled();
    expect(second?.leave).toBeDefined();
  });
});

describe('without a question', () => {
  it('they are held', async () => {
    make({ onLimit: 'hold' });
    const [a, , , d] = await running('a', 'b', 'c', 'd');
    expect([d, question()]).toEqual([{}, undefined]);
    a?.leave?.();
    await settled();
    expect(d?.leave).toBeDefined();
  });

  it('they are refused', async () => {
    make({ onLimit: 'stop' });
    const [, , , d] = await running('a', 'b', 'c', 'd');
    expect(d?.error).toBe('More than 3 requests at the same time in this session.');
    const same = await running('a', 'a');
    expect(same.at(-1)?.error).toBe('More than 3 requests at the same time in this session.');
  });

  it('there is no limit', async () => {
    make({ onLimit: 'off' });
    expect((await running(...'abcdefgh')).every(({ leave }) => leave)).toBe(true);
  });
});

it.each<[unknown, boolean, Partial<FanOutLimits>]>([
  [undefined, true, { parallel: 16, alike: 4, alikePerMinute: 20, onLimit: 'ask' }],
  [undefined, false, { onLimit: 'off' }],
  [{ parallel: 8 }, false, { parallel: 8, alike: 4, onLimit: 'hold' }],
  [{ onLimit: 'stop', alike: 2, alikePerMinute: 5 }, false, { alike: 2, alikePerMinute: 5, onLimit: 'stop' }],
  [{ onLimit: 'off' }, true, { onLimit: 'off' }],
  [{ onLimit: 'hold' }, true, { onLimit: 'hold' }],
])('the setting %j, with a screen: %s', (setting, hasScreen, limits) => {
  expect(fanOutLimits(setting, hasScreen)).toMatchObject(limits);
});

describe('a storm of seventeen equal compactions', () => {
  let upstream: StrictUpstream;
  let proxy: TestProxy;
  let answers: (() => void)[];
  const compaction = {
    messages: [{ role: 'user', content: 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools. Summarise.' }],
    tools: [],
  };

  beforeEach(async () => {
    answers = [];
    upstream = await StrictUpstream.start(
      (_request, response) =>
        new Promise((resolve) => {
          answers.push(() => resolve(up.saying('A summary.')));
          response.on('close', () => resolve([]));
        }),
    );
    proxy = await startProxy(upstream.url, { canAskUser: true, fanOut: fanOutLimits(undefined, true) });
  });
  afterEach(async () => {
    await proxy.stop();
    await upstream.stop();
  });

  it('is held after the fourth; what is refused gets the reason, and nothing of it was sent', async () => {
    const storm = Array.from({ length: 17 }, () => proxy.stream(ask(compaction)));
    await until(() => proxy.proxy.state.fanOut?.held === 13);
    expect(upstream.requests.length).toBeLessThanOrEqual(4);
    expect(proxy.proxy.state.running.filter((request) => request.held === 'fan-out')).toHaveLength(13);
    proxy.proxy.act({ do: 'answer fan-out', id: proxy.proxy.state.fanOut?.id ?? '', allow: false });
    await until(() => proxy.proxy.state.totals.failed === 13);
    await until(() => answers.length === 4);
    for (const answer of answers) answer();
    const replies = await Promise.all(storm);
    expect(replies.filter(({ text }) => text.includes('A summary.'))).toHaveLength(4);
    const refused = replies.filter(({ status }) => status === 402);
    expect(refused).toHaveLength(13);
    expect(refused[0]?.text).toMatch(/More than 4 equal requests at the same time .* raise the setting fanOut/);
    expect(upstream.requests).toHaveLength(4);
  });
});
