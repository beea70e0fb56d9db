/** Says why a turn was cached less than the one before it. */
import { compact } from '../session/format.ts';
import { firstChange, type PrefixBlock, prefixOf } from '../translate/anthropic/prefix.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';
import type { ProxyDeps } from './deps.ts';

interface Seen {
  readonly blocks: readonly PrefixBlock[];
  readonly target: string;
  /** Tokens that came from the cache. */
  readonly read: number;
  /** The clock's `elapsed`. */
  readonly at: number;
}

/** Smaller prompts are not cached. */
const minPromptTokens = 2_048;
/** Of what was cached before; less than the rest comes and goes by itself. */
const kept = 0.85;
/** Upstreams forget a prompt about then. */
const cacheLivesMs = 5 * 60_000;
/** Conversations that are remembered: the main one and its subagents. */
const maxConversations = 32;

export class CacheWatch {
  readonly #deps: { readonly ports: Pick<ProxyDeps['ports'], 'hash' | 'clock'> };
  readonly #seen = new Map<string, Seen>();

  constructor(deps: { readonly ports: Pick<ProxyDeps['ports'], 'hash' | 'clock'> }) {
    this.#deps = deps;
  }

  /**
   * @param conversation whose turns follow each other.
   * @param target upstream and model.
   * @returns the reason in words when the cached share fell; `undefined` when it did not.
   */
  measured(conversation: string, target: string, request: MessagesRequest, usage: MessagesUsage): string | undefined {
    const { hash, clock } = this.#deps.ports;
    const total = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
    if (total < minPromptTokens) return undefined;
    const before = this.#seen.get(conversation);
    const now: Seen = {
      blocks: prefixOf(request, hash),
      target,
      read: usage.cache_read_input_tokens,
      at: clock.elapsed(),
    };
    this.#seen.delete(conversation);
    this.#seen.set(conversation, now);
    if (this.#seen.size > maxConversations) this.#seen.delete(this.#seen.keys().next().value ?? '');
    // A prompt that grew is no miss, nor is one that has less to be cached.
    if (before === undefined || now.read >= kept * Math.min(before.read, total)) return undefined;
    return `${reason(before, now)}: ${compact(total - usage.cache_read_input_tokens)} tokens re-sent`;
  }
}

function reason(before: Seen, now: Seen): string {
  if (before.target !== now.target)
    return `the route changed from ${before.target}, and ${now.target} had no cache yet`;
  const change = firstChange(before.blocks, now.blocks);
  if (change) return `${change.label} ${change.how}`;
  const idleMs = now.at - before.at;
  return idleMs > cacheLivesMs
    ? `nothing changed, but ${Math.round(idleMs / 60_000)} minutes passed, and the upstream’s cache with them`
    : 'nothing changed in the prompt, the upstream did not use its cache';
}
