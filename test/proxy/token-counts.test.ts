/** Token counts, with a local counter of one token per four characters. */
import { describe, expect, it } from 'vitest';
import type { ProxyDeps } from '../../src/proxy/deps.ts';
import { TokenCounts } from '../../src/proxy/token-counts.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import type { Prepared } from '../../src/translate/dialect.ts';
import type { Upstream } from '../../src/upstreams/upstream.ts';
import { noUsage } from '../../src/wire/anthropic.ts';
import { LazyJson } from '../../src/wire/json.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';
import { upstreamNamed } from '../support/upstreams.ts';

// Four tokens of the message itself.
const requestOf = (tokens: number) =>
  validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(4 * (tokens - 4)) }] });

function make(http = new ScriptedTransport()) {
  let counts = 0;
  const deps = {
    identity: { version: '1.2.3' },
    transportOf: () => http,
    ports: {
      clock: new FakeClock(),
      log: { debug: () => {} },
      tokens: {
        count: async (texts: readonly string[]) => {
          counts += 1;
          return texts.join('').length / 4;
        },
      },
    },
  } as unknown as ProxyDeps;
  return { counts: new TokenCounts(deps), counted: () => counts };
}
const sample = (input_tokens: number) => ({ ...noUsage, input_tokens });

describe('the local count of a request', () => {
  it('is that of its texts and its other content, and at least one', async () => {
    const { counts } = make();
    expect(await counts.local('codex/gpt', requestOf(1_000))).toBe(1_000);
    const empty = { ...requestOf(4), messages: [] };
    expect(await counts.local('codex/gpt', empty)).toBe(1);
    expect((await counts.estimator(empty))('codex/gpt')).toBe(1);
  });

  it('is corrected by the newest answer of the same model', async () => {
    const { counts, counted } = make();
    counts.addSample('codex/gpt', requestOf(10_000), sample(10_000));
    counts.addSample('codex/gpt', requestOf(10_000), {
      ...noUsage,
      input_tokens: 3_000,
      cache_read_input_tokens: 5_000,
      cache_creation_input_tokens: 4_500,
    });
    expect(await counts.local('codex/gpt', requestOf(1_000))).toBe(1_250);
    expect(await counts.local('kimi/k2', requestOf(1_000))).toBe(1_000);
    const estimate = await counts.estimator(requestOf(2_000));
    expect([estimate('codex/gpt'), estimate('kimi/k2')]).toEqual([2_500, 2_000]);
    // The sample is counted once.
    expect(counted()).toBe(4);
  });

  it.each([
    [5_000, 500],
    [4_999, 1_000],
    [20_000, 2_000],
    [20_001, 1_000],
  ])('with an answer of %i tokens for 10,000 is %i for 1,000', async (tokens, expected) => {
    const { counts } = make();
    counts.addSample('codex/gpt', requestOf(10_000), sample(tokens));
    expect(await counts.local('codex/gpt', requestOf(1_000))).toBe(expected);
  });

  it('is not corrected by a small answer', async () => {
    const { counts } = make();
    counts.addSample('codex/gpt', requestOf(1_600), sample(1_999));
    expect(await counts.local('codex/gpt', requestOf(1_000))).toBe(1_000);
    counts.addSample('codex/gpt', requestOf(1_600), sample(2_000));
    expect(await counts.local('codex/gpt', requestOf(1_000))).toBe(1_250);
  });
});

describe('the count of an upstream', () => {
  const credential = { kind: 'bearer', token: 'fake', accountId: undefined, origin: 'stored' } as const;
  const upstream: Upstream = { ...upstreamNamed('codex'), baseUrl: 'https://nest.example/v1' };
  const prepared = (count: Prepared['count']) => ({ count, headers: { 'x-a': 'b' } }) as unknown as Prepared;
  const count = {
    path: '/count',
    body: new LazyJson({ a: 1 }),
    read: (answer: unknown) => (answer as { n: number } | undefined)?.n,
  };

  it('is asked for where there is an endpoint', async () => {
    const http = new ScriptedTransport({ json: { n: 5 } });
    expect(await make(http).counts.upstream(prepared(count), upstream, credential)).toBe(5);
    expect(http.requests).toMatchObject([
      { method: 'POST', url: 'https://nest.example/v1/count', body: '{"a":1}', headersTimeoutMs: 5_000 },
    ]);
    expect(http.requests[0]?.headers).toMatchObject({ 'x-a': 'b', accept: 'application/json' });
    expect(await make().counts.upstream(prepared(undefined), upstream, credential)).toBeUndefined();
  });

  it.each([{ status: 500, json: { n: 5 } }, { chunks: ['<html>'] }, new Error('no network')])(
    'is unknown after %j',
    async (response) => {
      const { counts } = make(new ScriptedTransport(response));
      expect(await counts.upstream(prepared(count), upstream, credential)).toBeUndefined();
    },
  );
});
