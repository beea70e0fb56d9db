/**
 * Requests an upstream refused for what they say. Newer clients send a 400 up to six times more within a moment, each
 * time with fewer features; the answer would be the same, and some providers count such requests against the account.
 */
import type { CcpError } from '../errors/ccp-error.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { ProxyDeps } from './deps.ts';

const rememberedMs = 5_000;
const rememberedRequests = 32;

interface Refusal {
  readonly error: CcpError;
  readonly until: number;
}

export class Refusals {
  readonly #deps: { readonly ports: Pick<ProxyDeps['ports'], 'clock' | 'hash'> };
  readonly #known = new Map<string, Refusal>();

  constructor(deps: { readonly ports: Pick<ProxyDeps['ports'], 'clock' | 'hash'> }) {
    this.#deps = deps;
  }

  /** @param name of the upstream and model. */
  remember(name: string, request: MessagesRequest, error: CcpError): void {
    if (error.code !== 'policy_refused') return;
    if (this.#known.size >= rememberedRequests) this.#known.clear();
    this.#known.set(this.#key(name, request), { error, until: this.#deps.ports.clock.elapsed() + rememberedMs });
  }

  /** What this very conversation was refused with a moment ago. */
  of(name: string, request: MessagesRequest): CcpError | undefined {
    const now = this.#deps.ports.clock.elapsed();
    for (const [key, { until }] of this.#known) if (until <= now) this.#known.delete(key);
    // The key costs as much as the request is long; nearly always there is nothing to compare with.
    return this.#known.size === 0 ? undefined : this.#known.get(this.#key(name, request))?.error;
  }

  #key(name: string, { messages }: MessagesRequest): string {
    return this.#deps.ports.hash(JSON.stringify([name, messages]));
  }
}
