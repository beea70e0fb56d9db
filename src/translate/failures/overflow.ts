/** Detects whether an upstream's error means that the prompt is too long, and by how much. */
import type { Overflow } from '../../errors/ccp-error.ts';
import type { ErrorCode } from '../../errors/table.ts';
import { asNumber, asString, type JsonObject } from '../../wire/json.ts';
import type { Failure } from './read.ts';

const overflowWords =
  /maximum context|exceed_context_size|prompt is too long|input is too long|too many tokens|prompt too long|prompt exceeds max length|exceeded model token limit|range of input length should be|longer than the model's context|maximum prompt length/i;
/** Other errors mention the context too. */
const contextWords = /context.?(?:length|window|size)/i;
const excessWords = /exceed|too long|too large|longer|larger|greater|maximum|limit|over\b|fit\b|requested/i;
const otherFault =
  /(?:unknown|unsupported|unrecognized|invalid).{0,12}(?:parameter|argument|field|'|`)|max_(?:completion_)?tokens\b.{0,80}must/i;

/** A shorter conversation does not fix an error in a tool. */
const aboutTools = /^(?:tools|tool_choice|text|prompt_cache_key)\b/;
const tooLongCode = 'string_above_max_length';
const aboutInput = /^(?:input|instructions)\b/;
/** Codes that upstreams also use for a prompt that is too long. */
const possibleOverflowCodes: readonly ErrorCode[] = ['upstream_invalid', 'upstream_failed'];
const rateWords = /rate limit|too many requests|throttl|per (?:minute|hour|day)|please wait/i;

/** Whether the error means that the prompt is too long. Errors in tools have similar messages and are excluded. */
export function isOverflow(code: ErrorCode, { code: upstreamCode, message, detail }: Failure): boolean {
  const param = asString(detail.param) ?? '';
  if (code === 'context_overflow') return true;
  if (aboutTools.test(param) || /invalid_function|invalid schema/i.test(`${upstreamCode} ${message}`)) return false;
  if (upstreamCode === tooLongCode) return aboutInput.test(param);
  return possibleOverflowCodes.includes(code) && isAboutLength(message) && !rateWords.test(message);
}

const isAboutLength = (message: string): boolean =>
  overflowWords.test(message) || (contextWords.test(message) && excessWords.test(message) && !otherFault.test(message));

/** A smaller number next to "tokens" is not a context window. */
const minPlausibleWindow = 1_000;

/**
 * The length of the prompt and the limit. Hosts send them as fields, as a limit and a request in the message, as an
 * excess, or as two numbers next to "tokens". A single number above the catalogue's window is the length, otherwise the
 * limit.
 */
export function overflowIn(
  message: string,
  { contextWindow, detail = {} }: { readonly contextWindow: number; readonly detail?: JsonObject },
): Overflow {
  const counts = pair(asNumber(detail.n_prompt_tokens), asNumber(detail.n_ctx));
  if (counts) return counts;
  const limit = numberIn(/(?:limit|maximum|window)\D{0,20}?(\d[\d,]*)/i.exec(message));
  const requestedTokens = numberIn(/requested\D{0,12}?(\d[\d,]*)/i.exec(message));
  const requestedPair = pair(requestedTokens, limit);
  if (requestedPair) return requestedPair;
  const excess = numberIn(/by (\d[\d,]*) tokens/i.exec(message));
  if (excess !== undefined) return { used: contextWindow + excess, maximum: contextWindow };
  const [a, b] = [...message.matchAll(/\b(\d[\d,]{0,15})\s{0,4}tokens|tokens?\D{0,12}?(\d[\d,]*)/gi)]
    .map((match) => Number((match[1] ?? match[2] ?? '').replaceAll(',', '')))
    .filter((count) => count >= minPlausibleWindow);
  if (a === undefined) return { used: undefined, maximum: contextWindow };
  if (b !== undefined) return { used: Math.max(a, b), maximum: Math.min(a, b) };
  return a > contextWindow ? { used: a, maximum: contextWindow } : { used: undefined, maximum: a };
}

const numberIn = (match: RegExpExecArray | null): number | undefined =>
  match?.[1] === undefined ? undefined : Number(match[1].replaceAll(',', ''));

const pair = (used: number | undefined, maximum: number | undefined): Overflow | undefined =>
  used !== undefined && maximum !== undefined && used > maximum && maximum >= minPlausibleWindow
    ? { used, maximum }
    : undefined;
