/** Updates of the session after an answer that ended. */
import { describe, expect, it } from 'vitest';
import type { WatchedTurn } from '../../src/proxy/cache-watch.ts';
import type { FinishedAnswer } from '../../src/proxy/learn.ts';
import { updateSession } from '../../src/proxy/learn.ts';
import type { Session } from '../../src/proxy/session/session.ts';
import type { StreamMeter } from '../../src/proxy/stream-meter.ts';
import { Warnings } from '../../src/proxy/warnings.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { noUsage } from '../../src/wire/anthropic.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { candidate, tableOf } from '../support/routing.ts';

function make() {
  const seen: unknown[][] = [];
  const note =
    (name: string, result?: unknown) =>
    (...args: unknown[]) => {
      seen.push([name, ...args]);
      return result;
    };
  const clock = new FakeClock();
  const session = {
    compaction: { fits: note('fits') },
    routes: { table: tableOf() },
    caches: {
      tokenCounts: { addSample: note('sample') },
      cacheWatch: {
        explainCacheMiss: async ({ conversation, target, body }: WatchedTurn) =>
          note('watch', conversation === 'turn ' ? 'why' : undefined)(conversation, target, body),
      },
      lastUsage: { record: note('usage') },
      warnings: new Warnings(),
    },
  } as unknown as Session;
  const learn = async (more: Partial<FinishedAnswer> = {}, charsSent = 5) => {
    seen.length = 0;
    const meter = {
      charsSent,
      cacheMissed: note('missed'),
      promptOf: note('prompt'),
      warning: note('warning'),
    } as unknown as StreamMeter;
    await updateSession(
      {
        request: validateRequest({
          model: 'm',
          messages: [{ role: 'user', content: 'first' }],
          tools: [{ name: 'Bash' }],
        }),
        requestClass: 'turn',
        client: { headers: {}, login: undefined, sessionId: undefined, agentId: undefined, agentType: undefined },
        candidate: candidate('heron-1'),
        end: {
          stopReason: 'end_turn',
          stopSequence: null,
          usage: { ...noUsage, input_tokens: 200_000, output_tokens: 9 },
        },
        measured: true,
        body: 'the request',
        ...more,
      },
      meter,
      session,
      { clock, hash: (text: string) => `hash of ${text}` } as never,
    );
    return seen.map(([name, ...args]) => [name, ...args.filter((arg) => typeof arg !== 'object')]);
  };
  return { learn, clock };
}
const agent = { headers: {}, login: undefined, sessionId: undefined, agentId: 'a1', agentType: undefined };
const usage = (input_tokens: number, more: object = {}) => ({
  stopReason: 'end_turn' as const,
  stopSequence: null,
  usage: { ...noUsage, input_tokens, ...more },
});

describe('an answer that the upstream counted', () => {
  it('is a sample of the counts and is compared with the cache of its conversation', async () => {
    const { learn } = make();
    expect(await learn()).toEqual([
      ['sample', expect.stringContaining('heron-1')],
      ['usage'],
      ['watch', 'turn ', 'heron-1', 'the request'],
      ['missed', 'why'],
      ['prompt'],
      ['fits', undefined],
    ]);
    expect(await learn({ client: agent, requestClass: 'subagent' })).toEqual([
      ['sample', expect.any(String)],
      ['usage'],
      ['watch', 'subagent a1', 'heron-1', 'the request'],
    ]);
    expect((await learn({ requestClass: 'subagent' }))[2]).toContain('subagent hash of "first"');
    expect((await learn({ requestClass: 'compaction', end: usage(1) }))[1]).not.toContain('watch');
  });

  it('is neither if it was not counted', async () => {
    expect(await make().learn({ measured: false })).toEqual([['fits', undefined]]);
  });
});

describe('the history', () => {
  const fits = async (more: Partial<FinishedAnswer>, charsSent?: number) =>
    (await make().learn(more, charsSent)).filter(([name]) => name === 'fits');

  it('fits after a turn within the window of the main route', async () => {
    expect(await fits({ end: usage(200_000) })).toEqual([['fits', undefined]]);
    expect(await fits({ end: usage(200_001) })).toEqual([]);
    expect(
      await fits({ end: usage(100_000, { cache_read_input_tokens: 60_000, cache_creation_input_tokens: 40_001 }) }),
    ).toEqual([]);
    expect(await fits({ end: usage(1), client: agent })).toEqual([]);
    expect(await fits({ end: usage(1), requestClass: 'subagent' })).toEqual([]);
    const request = validateRequest({ model: 'm', messages: [{ role: 'user', content: 'first' }] });
    expect(await fits({ end: usage(1), request })).toEqual([]);
  });

  it('fits after a compaction that is complete, with its size', async () => {
    const end = usage(1, { output_tokens: 9 });
    expect(await fits({ requestClass: 'compaction', end })).toEqual([['fits', 9]]);
    expect(await fits({ requestClass: 'compaction', end }, 0)).toEqual([]);
    expect(await fits({ requestClass: 'compaction', end: { ...end, stopReason: 'max_tokens' } })).toEqual([]);
    expect(await fits({ requestClass: 'compaction', end, client: agent })).toEqual([]);
  });
});

it('an old price is named once', async () => {
  const { learn, clock } = make();
  const priced = (daysAgo: number) =>
    candidate('heron-1', {
      price: { date: new Date(clock.now() - daysAgo * 86_400_000).toISOString().slice(0, 10) } as never,
    });
  const warnings = async (more: Partial<FinishedAnswer>) => (await learn(more)).filter(([name]) => name === 'warning');
  expect(await warnings({ candidate: priced(100) })).toEqual([]);
  expect(await warnings({ candidate: priced(200) })).toEqual([
    ['warning', expect.stringMatching(/^the price of codex\/heron-1 dates from 2025-03-\d\d; it may have changed$/)],
  ]);
  expect(await warnings({ candidate: priced(200) })).toEqual([]);
});
