/** Asks an upstream for its limits where its answers do not tell them: free, in the background, at most once a minute. */
import type { Quota } from '../models/quota.ts';
import type { Credential } from '../ports/credential.ts';
import { askAside } from './aside.ts';
import type { ProxyDeps, ReachableUpstream } from './deps.ts';

const everyMs = 60_000;

export class QuotaPoll {
  readonly #deps: ProxyDeps;
  readonly #publish: (upstream: string, quota: Quota) => void;
  /** When it was last asked or told, by upstream; milliseconds of the clock's `elapsed`. */
  readonly #last = new Map<string, number>();

  constructor(deps: ProxyDeps, publish: (upstream: string, quota: Quota) => void) {
    this.#deps = deps;
    this.#publish = publish;
  }

  /** The answers tell by themselves. */
  told(upstream: string): void {
    this.#last.set(upstream, this.#deps.clock.elapsed());
  }

  /** After an answer. A failure changes nothing: the number stays as old as it is. */
  async ask(reachable: ReachableUpstream, credential: Credential, agent?: string): Promise<void> {
    const { name, quotaEndpoint } = reachable.upstream;
    const last = this.#last.get(name);
    const { clock } = this.#deps;
    if (quotaEndpoint === undefined || (last !== undefined && clock.elapsed() - last < everyMs)) return;
    this.told(name);
    const url = quotaEndpoint.url;
    // A host that lets Claude Code in lets nobody else ask.
    const headers = agent !== undefined && quotaEndpoint.asClient ? { 'user-agent': agent } : {};
    const answer = await askAside(reachable, { method: 'GET', url, body: '', headers }, credential, this.#deps);
    const quota = quotaEndpoint.read(answer, clock.now());
    if (quota) this.#publish(name, quota);
  }
}
