import { describe, expect, it } from 'vitest';
import type { Quota } from '../../src/models/quota.ts';
import type { UpstreamAnswer } from '../../src/ports/transport.ts';
import type { ProxyDeps } from '../../src/proxy/deps.ts';
import { QuotaPoll } from '../../src/proxy/quota-poll.ts';
import { type SideRequestDeps, sendSideRequest } from '../../src/proxy/side-request.ts';
import type { Upstream } from '../../src/upstreams/upstream.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';
import { upstreamNamed } from '../support/upstreams.ts';

const credential = { kind: 'bearer', token: 'fake', accountId: undefined, origin: 'stored' } as const;
const quota: Quota = { windows: [], plan: 'plus', credits: undefined };
const answers = () => new ScriptedTransport(...Array.from({ length: 3 }, () => ({ json: { plan: 'plus' } })));

function make(http = answers(), endpoint: object | undefined = {}) {
  const clock = new FakeClock();
  const published: unknown[] = [];
  const deps = {
    identity: { version: '1.2.3' },
    transportOf: () => http,
    ports: { clock, log: { debug: () => {} } },
  } as unknown as ProxyDeps;
  const upstream = {
    ...upstreamNamed('kimi'),
    quotaEndpoint: endpoint && {
      url: 'https://nest.example/usage',
      usesClientUserAgent: false,
      read: (answer: unknown, now: number) => (answer && now === clock.now() ? quota : undefined),
      ...endpoint,
    },
  } as Upstream;
  return {
    poll: new QuotaPoll(deps, (name, found) => published.push([name, found])),
    clock,
    published,
    http,
    upstream,
  };
}

describe('the quota of an upstream whose answers do not contain it', () => {
  it('is asked for after an answer, at most once a minute', async () => {
    const { poll, clock, published, http, upstream } = make();
    await poll.poll(upstream, credential);
    expect(published).toEqual([['kimi', quota]]);
    expect(http.requests).toMatchObject([{ method: 'GET', url: 'https://nest.example/usage', body: '' }]);
    clock.advance(59_999);
    await poll.poll(upstream, credential);
    expect(http.requests).toHaveLength(1);
    clock.advance(1);
    await poll.poll(upstream, credential);
    expect(http.requests).toHaveLength(2);
  });

  it('is not asked for when an answer contained it, or without an endpoint', async () => {
    const { poll, clock, http, upstream } = make();
    poll.received('kimi', { windows: [], plan: undefined, credits: undefined });
    clock.advance(59_999);
    await poll.poll(upstream, credential);
    expect(http.requests).toEqual([]);
    const without = make(answers(), undefined);
    await without.poll.poll({ ...without.upstream, quotaEndpoint: undefined }, credential);
    expect(without.http.requests).toEqual([]);
  });

  it('is not published after a failure', async () => {
    const { poll, published, upstream } = make(new ScriptedTransport(new Error('no network')));
    await poll.poll(upstream, credential);
    expect(published).toEqual([]);
  });

  it('is asked for with the user agent of the client where the host admits only known ones', async () => {
    const agents = async (usesClientUserAgent: boolean, agent?: string) => {
      const { poll, http, upstream } = make(answers(), { usesClientUserAgent });
      await poll.poll(upstream, credential, agent);
      return http.requests[0]?.headers['user-agent'];
    };
    expect(await agents(true, 'claude-cli')).toBe('claude-cli');
    expect(await agents(false, 'claude-cli')).not.toBe('claude-cli');
    expect(await agents(true)).not.toBe('claude-cli');
  });
});

it('a request besides turns ends after five seconds', async () => {
  const clock = new FakeClock();
  const logged: unknown[] = [];
  const deps: SideRequestDeps = {
    identity: { version: '1.2.3' },
    transportOf: () => ({
      send: (_request, { signal }) =>
        new Promise<UpstreamAnswer>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        ),
    }),
    ports: {
      clock,
      log: { debug: (...args: unknown[]) => logged.push(args) } as unknown as SideRequestDeps['ports']['log'],
    },
  };
  const upstream = upstreamNamed('kimi');
  const answer = sendSideRequest(upstream, { method: 'GET', url: 'https://x/', body: '' }, credential, deps);
  clock.advance(4_999);
  expect(clock.pending).toBe(1);
  clock.advance(1);
  expect(await answer).toBeUndefined();
  expect(logged).toMatchObject([
    [{ upstream: 'kimi', url: 'https://x/', cause: { message: 'no answer in time' } }, 'a side request failed'],
  ]);
});
