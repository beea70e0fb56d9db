/** Stops or asks about requests that carry the shape of a secret to another machine, where a policy demands it. */
import { CcpError } from '../errors/ccp-error.ts';
import { fullName } from '../models/find.ts';
import { isOnThisMachine } from '../policy/match.ts';
import { type FoundSecret, outboundSecrets } from '../policy/outbound-secrets.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { Confirmation } from './confirmation.ts';
import type { ProxyDeps } from './deps.ts';

type Deps = Pick<ProxyDeps, 'outboundSecrets' | 'audit'> & { readonly ports: Pick<ProxyDeps['ports'], 'hash'> };

const maxNamed = 3;

export class OutboundCheck {
  readonly #deps: Deps;
  readonly #confirmation: Confirmation;
  /** Hashes of secrets that the user allowed, by upstream. */
  readonly #allowed = new Set<string>();

  constructor(deps: Deps, confirmation: Confirmation) {
    this.#deps = deps;
    this.#confirmation = confirmation;
  }

  /** @throws CcpError `outbound_secret` when the request must not be sent. */
  async check(request: MessagesRequest, { upstream, target }: Candidate, signal: AbortSignal): Promise<void> {
    const { rule, found } = this.#find(request, upstream);
    if (rule === undefined || found.length === 0) return;
    const what = describe(found);
    const details = { target: fullName(target), found: what, rule: `outboundSecrets of ${rule.path}` };
    const refusal = (reason: string) =>
      new CcpError(
        'outbound_secret',
        `The request contains ${what}. ${reason} (rule: outboundSecrets of ${rule.path})`,
      );
    if (rule.value === 'block') {
      this.#deps.audit({ type: 'outbound_secret', details: { ...details, answer: 'blocked' } });
      throw refusal(`It was not sent to ${upstream.name}.`);
    }
    const problem = await this.#confirmation.askAboutRequest(`Send ${what} to ${fullName(target)}`, signal);
    if (problem !== undefined) {
      this.#deps.audit({ type: 'outbound_secret', details: { ...details, answer: 'not allowed' } });
      throw refusal(`It ${problem}.`);
    }
    this.#deps.audit({ type: 'outbound_secret', details: { ...details, answer: 'allowed' } });
    for (const { text } of found) this.#allowed.add(this.#keyOf(text, upstream.name));
  }

  /** Whether a request that may wait for no answer, such as a count of tokens, must not be sent. */
  holdsBack(request: MessagesRequest, { upstream }: Candidate): boolean {
    return this.#find(request, upstream).found.length > 0;
  }

  #find(request: MessagesRequest, upstream: Candidate['upstream']) {
    const rule = this.#deps.outboundSecrets();
    // Claude Code's own service gets what it would get without ccp.
    const isExempt =
      rule === undefined || rule.value === 'allow' || isOnThisMachine(upstream) || upstream.acceptsClientLogin;
    const isAllowed = (text: string) => this.#allowed.has(this.#keyOf(text, upstream.name));
    return { rule, found: isExempt ? [] : outboundSecrets(request, isAllowed) };
  }

  #keyOf(text: string, upstream: string): string {
    return this.#deps.ports.hash(`${upstream}\n${text}`);
  }
}

/** Kinds and places, never the secret. */
function describe(found: readonly FoundSecret[]): string {
  const named = found.slice(0, maxNamed).map(({ kind, place }) => `${article(kind)} ${kind} (${place})`);
  const more = found.length > maxNamed ? [`${found.length - maxNamed} more`] : [];
  return [...named, ...more].join(', ');
}

const article = (kind: string): string => (/^[AEIOU]/.test(kind) ? 'an' : 'a');
