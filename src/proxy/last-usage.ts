/**
 * Estimates the usage of a response that was not counted, because it broke off or was cancelled, from the last measured
 * turn of the same conversation on the same model: one Esc in a warm session must not look like a cold prompt.
 */
import type { MessagesUsage } from '../wire/anthropic.ts';
import type { ProxyDeps } from './deps.ts';

interface Measured {
  /** Input tokens of all kinds. */
  readonly total: number;
  readonly read: number;
  readonly written: number;
  /** The part of `written` for an hour. */
  readonly hourly: number;
  readonly bodyLength: number;
  /** The clock's `elapsed`. */
  readonly at: number;
}

/** A request of a conversation to a model. */
export interface ConversationRequest {
  readonly conversation: string;
  /** Upstream and model. */
  readonly target: string;
  /** Length of the request as JSON. */
  readonly bodyLength: number;
}

/** Approximate lifetime of a cached prompt at upstreams. */
const cacheLifetimeMs = 5 * 60_000;
/** The main conversation and its subagents. */
const maxConversations = 64;

export class LastUsage {
  readonly #clock: ProxyDeps['ports']['clock'];
  /** The newest measured turn by conversation and target, the oldest first. */
  readonly #turns = new Map<string, Measured>();

  constructor({ ports }: { readonly ports: Pick<ProxyDeps['ports'], 'clock'> }) {
    this.#clock = ports.clock;
  }

  record(request: ConversationRequest, usage: MessagesUsage): void {
    const [read, written] = [usage.cache_read_input_tokens, usage.cache_creation_input_tokens];
    const total = usage.input_tokens + read + written;
    if (total === 0 || request.bodyLength === 0) return;
    const key = keyOf(request);
    this.#turns.delete(key);
    const hourly = usage.cache_creation?.ephemeral_1h_input_tokens ?? 0;
    this.#turns.set(key, { total, read, written, hourly, bodyLength: request.bodyLength, at: this.#clock.elapsed() });
    if (this.#turns.size > maxConversations) this.#turns.delete(this.#turns.keys().next().value ?? '');
  }

  /**
   * The tokens grow with the length of the request, and the same shares are read from and written to the cache, as long
   * as it lives. @returns the input side of the usage; `undefined` if nothing is known of the conversation.
   */
  estimate(request: ConversationRequest): Omit<MessagesUsage, 'output_tokens'> | undefined {
    const last = this.#turns.get(keyOf(request));
    if (last === undefined) return undefined;
    const total = Math.round((last.total * request.bodyLength) / last.bodyLength);
    const isWarm = this.#clock.elapsed() - last.at <= cacheLifetimeMs;
    // No more can be cached than the last prompt.
    const read = isWarm ? Math.min(Math.round((total * last.read) / last.total), last.total) : 0;
    const writtenShare = last.total === last.read ? 0 : last.written / (last.total - last.read);
    const written = Math.round((total - read) * writtenShare);
    return {
      input_tokens: total - read - written,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: written,
      ...(last.hourly === 0
        ? {}
        : { cache_creation: { ephemeral_1h_input_tokens: Math.round((written * last.hourly) / last.written) } }),
    };
  }
}

const keyOf = ({ conversation, target }: ConversationRequest): string => `${target}\n${conversation}`;
