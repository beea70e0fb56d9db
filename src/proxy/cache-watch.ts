/** Reports why a smaller share of a turn's prompt was read from the cache than before. */
import { compact } from '../session/format.ts';
import { firstChange, type PrefixBlock, prefixBlock, prefixParts } from '../translate/anthropic/prefix.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';
import type { ProxyDeps } from './deps.ts';
import { inSteps } from './steps.ts';

interface PromptRecord {
  readonly blocks: readonly PrefixBlock[];
  readonly target: string;
  /** Tokens that were read from the cache. */
  readonly readTokens: number;
  /** The clock's `elapsed`. */
  readonly recordedAt: number;
}

/** Upstreams do not cache smaller prompts. */
const minPromptTokens = 2_048;
/** Minimum share of the previously cached tokens; smaller losses are normal variation. */
const minReadShare = 0.85;
/** Approximate lifetime of a cached prompt at upstreams. */
const cacheLifetimeMs = 5 * 60_000;
/** Maximum number of recorded conversations: the main one and its subagents. */
const maxConversations = 32;

export class CacheWatch {
  readonly #deps: { readonly ports: Pick<ProxyDeps['ports'], 'hash' | 'clock'> };
  readonly #lastPrompts = new Map<string, PromptRecord>();

  constructor(deps: { readonly ports: Pick<ProxyDeps['ports'], 'hash' | 'clock'> }) {
    this.#deps = deps;
  }

  /** The prompt as blocks. Computed while the upstream works, because a long one takes some time. */
  prompt(request: MessagesRequest): Promise<readonly PrefixBlock[]> {
    const blocks = inSteps(prefixParts(request), (part) => prefixBlock(part, this.#deps.ports.hash));
    // A prompt that is nested too deep fails where it is sent.
    return blocks.catch(() => []);
  }

  /**
   * @param conversation key of the conversation that the turn belongs to.
   * @param target upstream and model.
   * @param blocks the turn's prompt, from `prompt`.
   * @returns the reason as text when the cached share decreased; `undefined` otherwise.
   */
  explainCacheMiss(
    conversation: string,
    target: string,
    blocks: readonly PrefixBlock[],
    usage: MessagesUsage,
  ): string | undefined {
    const { clock } = this.#deps.ports;
    const total = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
    if (total < minPromptTokens) return undefined;
    const previous = this.#lastPrompts.get(conversation);
    const current: PromptRecord = {
      blocks,
      target,
      readTokens: usage.cache_read_input_tokens,
      recordedAt: clock.elapsed(),
    };
    this.#lastPrompts.delete(conversation);
    this.#lastPrompts.set(conversation, current);
    if (this.#lastPrompts.size > maxConversations)
      this.#lastPrompts.delete(this.#lastPrompts.keys().next().value ?? '');
    // A prompt that grew is not a miss, nor is a prompt that is shorter than what was cached before.
    if (previous === undefined || current.readTokens >= minReadShare * Math.min(previous.readTokens, total))
      return undefined;
    return `${missReason(previous, current)}: ${compact(total - usage.cache_read_input_tokens)} tokens re-sent`;
  }
}

function missReason(previous: PromptRecord, current: PromptRecord): string {
  if (previous.target !== current.target)
    return `the route changed from ${previous.target}, and ${current.target} had no cache yet`;
  const change = firstChange(previous.blocks, current.blocks);
  if (change) return `${change.label} ${change.how}`;
  const idleMs = current.recordedAt - previous.recordedAt;
  return idleMs > cacheLifetimeMs
    ? `nothing changed, but ${Math.round(idleMs / 60_000)} minutes passed, so the upstream’s cache has expired`
    : 'nothing changed in the prompt, the upstream did not use its cache';
}
