/**
 * Caches requests that an upstream refused because of their content. Newer clients repeat a request that failed with
 * 400 up to six times within seconds, each time with fewer features. The upstream would refuse each again, and some
 * providers count such requests against the account.
 */
import type { CcpError } from '../errors/ccp-error.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { ProxyDeps } from './deps.ts';

const retentionMs = 5_000;
const maxRefusals = 32;

interface Refusal {
  readonly error: CcpError;
  readonly until: number;
}

export class Refusals {
  readonly #deps: { readonly ports: Pick<ProxyDeps['ports'], 'clock' | 'hash'> };
  readonly #refusals = new Map<string, Refusal>();

  constructor(deps: { readonly ports: Pick<ProxyDeps['ports'], 'clock' | 'hash'> }) {
    this.#deps = deps;
  }

  /** @param name of the upstream and model. */
  remember(name: string, request: MessagesRequest, error: CcpError): void {
    if (error.code !== 'policy_refused') return;
    if (this.#refusals.size >= maxRefusals) this.#refusals.clear();
    this.#refusals.set(this.#key(name, request), { error, until: this.#deps.ports.clock.elapsed() + retentionMs });
  }

  /** The error this conversation was refused with in the last few seconds, if any. */
  of(name: string, request: MessagesRequest): CcpError | undefined {
    const now = this.#deps.ports.clock.elapsed();
    for (const [key, { until }] of this.#refusals) if (until <= now) this.#refusals.delete(key);
    // Computing the key is linear in the request's length, so it is skipped while nothing is cached.
    return this.#refusals.size === 0 ? undefined : this.#refusals.get(this.#key(name, request))?.error;
  }

  #key(name: string, { messages }: MessagesRequest): string {
    return this.#deps.ports.hash(JSON.stringify([name, messages]));
  }
}
