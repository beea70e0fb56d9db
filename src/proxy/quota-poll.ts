/** Polls an upstream's quota when its responses do not contain it. Free, in the background, at most once a minute. */
import type { Quota } from '../models/quota.ts';
import type { Credential } from '../ports/credential.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { ProxyDeps } from './deps.ts';
import { sendSideRequest } from './side-request.ts';

export interface ReceivedQuota {
  readonly quota: Quota;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

const minIntervalMs = 60_000;

type Deps = Pick<ProxyDeps, 'identity' | 'transportOf' | 'ports'>;

export class QuotaPoll {
  readonly #deps: Deps;
  readonly #publish: (upstream: string, quota: Quota) => void;
  /** When an upstream's quota was last received or requested, by upstream; milliseconds of the clock's `elapsed`. */
  readonly #knownAt = new Map<string, number>();
  readonly #latest = new Map<string, ReceivedQuota>();

  constructor(deps: Deps, publish: (upstream: string, quota: Quota) => void) {
    this.#deps = deps;
    this.#publish = publish;
  }

  /** Records the quota that an upstream's response contained. */
  received(upstream: string, quota: Quota): void {
    const { clock } = this.#deps.ports;
    this.#knownAt.set(upstream, clock.elapsed());
    this.#latest.set(upstream, { quota, receivedAt: clock.now() });
  }

  /** The upstream's newest quota, from a response or from its own endpoint. */
  latest(upstream: string): ReceivedQuota | undefined {
    return this.#latest.get(upstream);
  }

  /**
   * Called after a response, and before a request that a limit keeps away. On failure nothing is published, and the
   * previous quota remains.
   */
  async poll(upstream: Upstream, credential: Credential, userAgent?: string): Promise<void> {
    const { name, quotaEndpoint } = upstream;
    const { clock } = this.#deps.ports;
    const knownAt = this.#knownAt.get(name);
    if (quotaEndpoint === undefined || (knownAt !== undefined && clock.elapsed() - knownAt < minIntervalMs)) return;
    this.#knownAt.set(name, clock.elapsed());
    const { url, usesClientUserAgent, read } = quotaEndpoint;
    // Some hosts accept only known clients, such as Claude Code, by their user agent.
    const headers = userAgent !== undefined && usesClientUserAgent ? { 'user-agent': userAgent } : {};
    const answer = await sendSideRequest(upstream, { method: 'GET', url, body: '', headers }, credential, this.#deps);
    const quota = read(answer, clock.now());
    if (quota === undefined) return;
    this.received(name, quota);
    this.#publish(name, quota);
  }
}
