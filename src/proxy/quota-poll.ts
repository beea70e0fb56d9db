/** Polls an upstream's quota when its responses do not contain it. Free, in the background, at most once a minute. */
import type { Quota } from '../models/quota.ts';
import type { Credential } from '../ports/credential.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { ProxyDeps } from './deps.ts';
import { sendSideRequest } from './side-request.ts';

const minIntervalMs = 60_000;

type Deps = Pick<ProxyDeps, 'identity' | 'transportOf' | 'ports'>;

export class QuotaPoll {
  readonly #deps: Deps;
  readonly #publish: (upstream: string, quota: Quota) => void;
  /** When an upstream's quota was last received or requested, by upstream; milliseconds of the clock's `elapsed`. */
  readonly #knownAt = new Map<string, number>();

  constructor(deps: Deps, publish: (upstream: string, quota: Quota) => void) {
    this.#deps = deps;
    this.#publish = publish;
  }

  /** Records that an upstream's response contained its quota. */
  markReceived(upstream: string): void {
    this.#knownAt.set(upstream, this.#deps.ports.clock.elapsed());
  }

  /**
   * Called after a response, and before a request that a limit keeps away. On failure nothing is published, and the
   * previous quota remains.
   * @returns the quota; `undefined` when it was not asked for, or not received.
   */
  async poll(upstream: Upstream, credential: Credential, userAgent?: string): Promise<Quota | undefined> {
    const { name, quotaEndpoint } = upstream;
    const { clock } = this.#deps.ports;
    const knownAt = this.#knownAt.get(name);
    if (quotaEndpoint === undefined || (knownAt !== undefined && clock.elapsed() - knownAt < minIntervalMs))
      return undefined;
    this.markReceived(name);
    const { url, usesClientUserAgent, read } = quotaEndpoint;
    // Some hosts accept only known clients, such as Claude Code, by their user agent.
    const headers = userAgent !== undefined && usesClientUserAgent ? { 'user-agent': userAgent } : {};
    const answer = await sendSideRequest(upstream, { method: 'GET', url, body: '', headers }, credential, this.#deps);
    const quota = read(answer, clock.now());
    if (quota) this.#publish(name, quota);
    return quota;
  }
}
