/** Whether a refusal means that the prompt is too long, and by how much. */
import type { Overflow } from '../../errors/ccp-error.ts';
import type { ErrorCode } from '../../errors/table.ts';
import { asNumber, asString, type JsonObject } from '../../wire/json.ts';
import type { Failure } from './read.ts';

const overflowWords =
  /maximum context|exceed_context_size|prompt is too long|input is too long|too many tokens|prompt too long|prompt exceeds max length|exceeded model token limit|range of input length should be|longer than the model's context|maximum prompt length/i;
/** The context is spoken of in other refusals too. */
const contextWords = /context.?(?:length|window|size)/i;
const exceeding = /exceed|too long|too large|longer|larger|greater|maximum|limit|over\b|fit\b|requested/i;
const otherFault =
  /(?:unknown|unsupported|unrecognized|invalid).{0,12}(?:parameter|argument|field|'|`)|max_(?:completion_)?tokens\b.{0,80}must/i;

/** What is wrong with a tool is not cured by a shorter conversation. */
const aboutTools = /^(?:tools|tool_choice|text|prompt_cache_key)\b/;
const tooLong = 'string_above_max_length';
const aboutInput = /^(?:input|instructions)\b/;
/** Codes under which upstreams also say that the prompt is too long. */
const mayBeOverflow: readonly ErrorCode[] = ['upstream_invalid', 'upstream_failed'];
const rateWords = /rate limit|too many requests|throttl|per (?:minute|hour|day)|please wait/i;

/** Codes and words of a prompt that is too long; what is wrong with a tool has words like them. */
export function isOverflow(code: ErrorCode, { code: upstreamCode, message, detail }: Failure): boolean {
  const param = asString(detail.param) ?? '';
  if (code === 'context_overflow') return true;
  if (aboutTools.test(param) || /invalid_function|invalid schema/i.test(`${upstreamCode} ${message}`)) return false;
  if (upstreamCode === tooLong) return aboutInput.test(param);
  return mayBeOverflow.includes(code) && isAboutLength(message) && !rateWords.test(message);
}

const isAboutLength = (words: string): boolean =>
  overflowWords.test(words) || (contextWords.test(words) && exceeding.test(words) && !otherFault.test(words));

/** A smaller number beside "tokens" is no window. */
const minPlausibleWindow = 1_000;

/**
 * How much was too much. Hosts say it in fields, in words about a limit and a request, as an excess, or as two numbers
 * beside "tokens"; a single number is told apart by the catalogue's window.
 */
export function overflowIn(
  words: string,
  { contextWindow, detail = {} }: { readonly contextWindow: number; readonly detail?: JsonObject },
): Overflow {
  const counts = pair(asNumber(detail.n_prompt_tokens), asNumber(detail.n_ctx));
  if (counts) return counts;
  const limit = numberIn(/(?:limit|maximum|window)\D{0,20}?(\d[\d,]*)/i.exec(words));
  const asked = numberIn(/requested\D{0,12}?(\d[\d,]*)/i.exec(words));
  const requested = pair(asked, limit);
  if (requested) return requested;
  const excess = numberIn(/by (\d[\d,]*) tokens/i.exec(words));
  if (excess !== undefined) return { used: contextWindow + excess, maximum: contextWindow };
  const [a, b] = [...words.matchAll(/(\d[\d,]*)\s*tokens|tokens?\D{0,12}?(\d[\d,]*)/gi)]
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
