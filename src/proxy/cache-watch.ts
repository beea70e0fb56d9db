/** Reports why a smaller share of a turn's prompt was read from the cache than before. */
import { compact } from '../session/format.ts';
import { firstChange, type PrefixBlock, prefixBlock, prefixParts } from '../translate/anthropic/prefix.ts';
import { validateRequest } from '../translate/anthropic/validate.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';
import { parseJson } from '../wire/json.ts';
import type { ProxyDeps } from './deps.ts';
import { inSteps } from './steps.ts';

interface PromptRecord {
  /** The request as JSON. Parsed only to explain a miss: hashing each prompt would cost a third of a turn. */
  readonly body: string;
  readonly target: string;
  /** Tokens that were read from the cache. */
  readonly readTokens: number;
  /** The clock's `elapsed`. */
  readonly recordedAt: number;
}

/** The turn that has just ended. */
export interface WatchedTurn {
  /** Key of the conversation that the turn belongs to. */
  readonly conversation: string;
  /** Upstream and model. */
  readonly target: string;
  readonly request: MessagesRequest;
  /** The request as JSON. */
  readonly body: string;
  readonly usage: MessagesUsage;
}

/** Upstreams do not cache smaller prompts. */
const minPromptTokens = 2_048;
/** Minimum share of the previously cached tokens; smaller losses are normal variation. */
const minReadShare = 0.85;
/** Approximate lifetime of a cached prompt at upstreams. */
const cacheLifetimeMs = 5 * 60_000;
/** Maximum number of recorded conversations: the main one and its subagents. */
const maxConversations = 32;
/** Characters of all recorded requests. */
const maxRecordedChars = 32 * 1024 * 1024;

export class CacheWatch {
  readonly #deps: { readonly ports: Pick<ProxyDeps['ports'], 'hash' | 'clock'> };
  /** The newest prompt of each conversation, the oldest first. */
  readonly #lastPrompts = new Map<string, PromptRecord>();
  #recordedChars = 0;

  constructor(deps: { readonly ports: Pick<ProxyDeps['ports'], 'hash' | 'clock'> }) {
    this.#deps = deps;
  }

  /** @returns the reason as text when the cached share decreased; `undefined` otherwise. */
  async explainCacheMiss({ conversation, target, request, body, usage }: WatchedTurn): Promise<string | undefined> {
    const total = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
    if (total < minPromptTokens) return undefined;
    const recordedAt = this.#deps.ports.clock.elapsed();
    const previous = this.#lastPrompts.get(conversation);
    const current: PromptRecord = { body, target, readTokens: usage.cache_read_input_tokens, recordedAt };
    this.#record(conversation, current);
    // A prompt that grew is not a miss, nor is a prompt that is shorter than what was cached before.
    if (previous === undefined || current.readTokens >= minReadShare * Math.min(previous.readTokens, total))
      return undefined;
    const reason = await this.#missReason(previous, current, request);
    return `${reason}: ${compact(total - usage.cache_read_input_tokens)} tokens re-sent`;
  }

  #record(conversation: string, record: PromptRecord): void {
    this.#forget(conversation);
    this.#lastPrompts.set(conversation, record);
    this.#recordedChars += record.body.length;
    while (
      this.#lastPrompts.size > maxConversations ||
      (this.#recordedChars > maxRecordedChars && this.#lastPrompts.size > 1)
    )
      this.#forget(this.#lastPrompts.keys().next().value ?? '');
  }

  #forget(conversation: string): void {
    this.#recordedChars -= this.#lastPrompts.get(conversation)?.body.length ?? 0;
    this.#lastPrompts.delete(conversation);
  }

  async #missReason(previous: PromptRecord, current: PromptRecord, request: MessagesRequest): Promise<string> {
    if (previous.target !== current.target)
      return `the route changed from ${previous.target}, and ${current.target} had no cache yet`;
    const [before, after] = [
      await this.#blocksOf(validateRequest(parseJson(previous.body))),
      await this.#blocksOf(request),
    ];
    const change = firstChange(before, after);
    if (change) return `${change.label} ${change.how}`;
    const idleMs = current.recordedAt - previous.recordedAt;
    return idleMs > cacheLifetimeMs
      ? `nothing changed, but ${Math.round(idleMs / 60_000)} minutes passed, so the upstream’s cache has expired`
      : 'nothing changed in the prompt, the upstream did not use its cache';
  }

  #blocksOf(request: MessagesRequest): Promise<PrefixBlock[]> {
    return inSteps(prefixParts(request), (part) => prefixBlock(part, this.#deps.ports.hash));
  }
}
