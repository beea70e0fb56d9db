/** Asks an upstream for its limits where its answers do not tell them: free, in the background, at most once a minute. */
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
  /** When its limits were last known, by upstream; milliseconds of the clock's `elapsed`. */
  readonly #knownAt = new Map<string, number>();

  constructor(deps: Deps, publish: (upstream: string, quota: Quota) => void) {
    this.#deps = deps;
    this.#publish = publish;
  }

  /** Its answers tell the limits by themselves. */
  known(upstream: string): void {
    this.#knownAt.set(upstream, this.#deps.ports.clock.elapsed());
  }

  /** After an answer. A failure changes nothing: the number stays as old as it is. */
  async ask(upstream: Upstream, credential: Credential, userAgent?: string): Promise<void> {
    const { name, quotaEndpoint } = upstream;
    const { clock } = this.#deps.ports;
    const knownAt = this.#knownAt.get(name);
    if (quotaEndpoint === undefined || (knownAt !== undefined && clock.elapsed() - knownAt < minIntervalMs)) return;
    this.known(name);
    const { url, usesClientUserAgent, read } = quotaEndpoint;
    // A host that admits Claude Code answers nobody else.
    const headers = userAgent !== undefined && usesClientUserAgent ? { 'user-agent': userAgent } : {};
    const answer = await sendSideRequest(upstream, { method: 'GET', url, body: '', headers }, credential, this.#deps);
    const quota = read(answer, clock.now());
    if (quota) this.#publish(name, quota);
  }
}
