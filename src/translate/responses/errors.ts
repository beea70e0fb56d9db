/** Upstream failures → CcpError, by the upstream's own codes. Its words are kept; its structure is not leaked. */
import { CcpError, type Overflow, overflowError } from '../../errors/ccp-error.ts';
import type { ErrorCode } from '../../errors/table.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, objectsOf, own, parseJson } from '../../wire/json.ts';
import { refusedField } from './optional-fields.ts';
import type { FailureRow, ResponsesProfile } from './profile.ts';
import { durationMs, epochMs, quotaOfHeaders } from './quota.ts';

export interface FailureContext {
  readonly upstream: string;
  readonly model: string;
  readonly credentialHint: string;
  /** The upstream's own codes, above the common ones. */
  readonly failures: Readonly<Record<string, FailureRow>>;
  readonly quota: ResponsesProfile['quota'];
  /** The upstream no longer lists the model. */
  readonly unlisted: boolean;
  /** The model's window, for an overflow message without numbers. */
  readonly contextWindow: number;
  /** Formats an epoch in the user's clock. */
  readonly clockTime: (epochMs: number) => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly detail: JsonObject;
}

const codeRows: Readonly<Record<string, ErrorCode>> = {
  context_length_exceeded: 'context_overflow',
  insufficient_quota: 'plan_required',
  usage_not_included: 'plan_required',
  usage_limit_reached: 'plan_limit',
  model_not_found: 'model_unavailable',
  invalid_encrypted_content: 'reasoning_rejected',
  invalid_prompt: 'policy_refused',
  cyber_policy: 'policy_refused',
  bio_policy: 'policy_refused',
  misalignment_policy_violation: 'policy_refused',
  server_is_overloaded: 'upstream_overloaded',
  slow_down: 'upstream_overloaded',
  invalid_request_error: 'upstream_invalid',
  invalid_request: 'upstream_invalid',
  invalid_image: 'upstream_invalid',
  data_residency_mismatch: 'upstream_invalid',
  unsupported_parameter: 'upstream_invalid',
  unknown_parameter: 'upstream_invalid',
  unsupported_value: 'upstream_invalid',
  invalid_value: 'upstream_invalid',
  rate_limit_exceeded: 'rate_limited',
  server_error: 'upstream_failed',
  not_a_stream: 'not_a_stream',
};

const statusRows: Readonly<Record<number, ErrorCode>> = {
  401: 'credential_rejected',
  402: 'plan_required',
  403: 'plan_required',
  404: 'model_unavailable',
  408: 'upstream_timeout',
  409: 'upstream_failed',
  413: 'upstream_too_large',
  425: 'upstream_failed',
  429: 'rate_limited',
  503: 'upstream_overloaded',
  504: 'upstream_timeout',
  529: 'upstream_overloaded',
};

const overflowWords =
  /context.?(?:length|window)|maximum context|exceed_context_size|prompt is too long|input is too long|too many tokens/i;

/** What is wrong with a tool is not cured by a shorter conversation. */
const aboutTools = /^(?:tools|tool_choice|text|prompt_cache_key)\b/;
const tooLong = 'string_above_max_length';
const aboutInput = /^(?:input|instructions)\b/;
const refusedReasoning = /encrypted content.*could not be verified|could not be verified.*encrypted/i;

/** Codes under which upstreams also say that the prompt is too long. */
const mayBeOverflow: readonly ErrorCode[] = ['upstream_invalid', 'upstream_failed'];
const rateWords = /rate limit|too many requests|throttl/i;

/** Reads `{error:{…}}`, `{detail}` in its three forms, a bare string, or text. */
export function readFailure(text: string): Failure {
  const json = parseJson(text);
  const body = asObject(json);
  const error = body.error ?? body.detail ?? json;
  if (isObject(error)) {
    const code = asString(error.code) || asString(error.error_code) || asString(error.type) || '';
    return { code, message: asString(error.message) ?? asString(body.message) ?? '', detail: error };
  }
  if (typeof error === 'string') return { code: '', message: error, detail: {} };
  const messages = objectsOf(error).flatMap((entry) => asString(entry.msg) ?? asString(entry.message) ?? []);
  return { code: '', message: messages.length > 0 ? messages.join('; ') : plainText(text), detail: {} };
}

/** An HTML page says what it is in its title; the rest is noise. */
function plainText(text: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1];
  return (title ?? text.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim().slice(0, 300);
}

const isPage = (text: string): boolean => /^\s*</.test(text);

export function httpFailure(
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
  context: FailureContext,
): CcpError {
  const failure = withRay(readFailure(text), headers, text);
  if (isPage(text) && (status === 403 || status === 402))
    return new CcpError('blocked_network', `${who(context)} blocked this request (${failure.message}).`);
  const row = rowOf(failure, context);
  const finding: Finding = {
    code: row?.code ?? codeOfStatus(status, failure, text),
    what: `HTTP ${status}`,
    failure,
    words: row?.words,
    mayBeField: status === 400,
    retryAfterSec: retryAfterOf(headers, context.now()),
    fullUntil: fullUntil(headers, context),
  };
  return failureError(finding, context);
}

/** What support asks for when a page stood in the way. */
function withRay(failure: Failure, headers: Readonly<Record<string, string>>, text: string): Failure {
  const ray = headers['cf-ray'];
  return isPage(text) && ray !== undefined ? { ...failure, message: `${failure.message}, cf-ray ${ray}` } : failure;
}

function codeOfStatus(status: number, { message }: Failure, text: string): ErrorCode {
  // A path that is not there is a wrong base URL, not a missing model.
  if (status === 404 && (isPage(text) || !/model/i.test(message))) return 'not_a_stream';
  return statusRows[status] ?? (status >= 500 ? 'upstream_failed' : 'upstream_invalid');
}

/** `response.failed` and `error` events. */
export function streamFailure(failure: Failure, context: FailureContext): CcpError {
  const row = rowOf(failure, context);
  const code = row?.code ?? 'upstream_failed';
  return failureError({ code, what: failure.code || 'error', failure, words: row?.words, mayBeField: true }, context);
}

function rowOf({ code, message }: Failure, { failures }: FailureContext): FailureRow | undefined {
  const common = own(codeRows, code) ?? (/^(?:invalid_image|image_)/.test(code) ? 'upstream_invalid' : undefined);
  if (refusedReasoning.test(message)) return { code: 'reasoning_rejected' };
  return own(failures, code) ?? (common && { code: common });
}

interface Finding {
  readonly code: ErrorCode;
  /** How it was told: a status, or an event's code. */
  readonly what: string;
  readonly failure: Failure;
  /** Ours, instead of the upstream's. */
  readonly words: string | undefined;
  /** It may be about a field that is optional. */
  readonly mayBeField: boolean;
  readonly retryAfterSec?: number | undefined;
  /** When the used-up limit is whole again, epoch milliseconds. */
  readonly fullUntil?: number | undefined;
}

function failureError(
  { code, what, failure, words: ours, mayBeField, ...found }: Finding,
  context: FailureContext,
): CcpError {
  const words = failure.message.slice(0, 600);
  const param = asString(failure.detail.param);
  if (isOverflow(code, failure)) return overflowError(overflowIn(words, context));
  const retryAfterSec = secondsIn(found.retryAfterSec) ?? askedToWait(words);
  if (code === 'plan_limit') return planLimit(failure, context, { retryAfterSec, fullUntil: found.fullUntil }, ours);
  const field =
    mayBeField && code === 'upstream_invalid' ? refusedField(failure.code, param, failure.message) : undefined;
  const said =
    ours === undefined
      ? `answered ${what}${words ? `: ${words}` : ''}`
      : `: ${ours.replace('{param}', param ?? 'field')}`;
  const hints = [
    code === 'credential_rejected' ? context.credentialHint : '',
    code === 'model_unavailable' ? modelHint(context) : '',
  ];
  const text = [`${who(context)}${ours === undefined ? ' ' : ''}${said}.`.replace(/\.\.$/, '.'), ...hints]
    .filter(Boolean)
    .join(' ');
  return new CcpError(field === undefined ? code : 'field_refused', text, { retryAfterSec, field, told: failure.code });
}

/** Codes and words of a prompt that is too long; what is wrong with a tool has words like them. */
function isOverflow(code: ErrorCode, { code: told, message, detail }: Failure): boolean {
  const param = asString(detail.param) ?? '';
  if (code === 'context_overflow') return true;
  if (aboutTools.test(param) || /invalid_function|invalid schema/i.test(`${told} ${message}`)) return false;
  if (told === tooLong) return aboutInput.test(param);
  return mayBeOverflow.includes(code) && overflowWords.test(message) && !rateWords.test(message);
}

const modelHint = ({ unlisted, model }: FailureContext): string =>
  unlisted
    ? `${model} is no longer in the plan's list: take a newer model, or openai/${model} with an API key.`
    : 'It is not available to this account or client.';

const who = (context: FailureContext): string => `${context.upstream} (${context.model})`;

/** A smaller number beside "tokens" is no window. */
const smallestWindow = 1_000;

/** Upstream's numbers when it gave two; a single one is told apart by the catalogue's window. */
export function overflowIn(words: string, { contextWindow }: Pick<FailureContext, 'contextWindow'>): Overflow {
  const numbers = [...words.matchAll(/(\d[\d,]*)\s*tokens|tokens?\D{0,12}?(\d[\d,]*)/gi)]
    .map((match) => Number((match[1] ?? match[2] ?? '').replaceAll(',', '')))
    .filter((count) => count >= smallestWindow);
  const [a, b] = numbers;
  if (a === undefined) return { used: undefined, maximum: contextWindow };
  if (b !== undefined) return { used: Math.max(a, b), maximum: Math.min(a, b) };
  return a > contextWindow ? { used: a, maximum: contextWindow } : { used: undefined, maximum: a };
}

function planLimit(
  failure: Failure,
  context: FailureContext,
  found: Pick<Finding, 'retryAfterSec' | 'fullUntil'>,
  ours: string | undefined,
): CcpError {
  const now = context.now();
  const after = secondsIn(asNumber(failure.detail.resets_in_seconds)) ?? found.retryAfterSec;
  const resetsAt = epochMs(failure.detail.resets_at) ?? found.fullUntil;
  const plan = asString(failure.detail.plan_type);
  const until = resetsAt ?? (after === undefined ? undefined : now + after * 1000);
  const what = ours ?? `the ${plan === undefined ? '' : `${plan} `}plan limit is reached`;
  const words =
    ours === undefined && failure.message !== '' ? ` (${failure.message.slice(0, 200).replace(/\.$/, '')})` : '';
  const text = `${who(context)}: ${what}${until === undefined ? '' : `, resets at ${context.clockTime(until)}`}${words}.`;
  return new CcpError('plan_limit', text, {
    retryAfterSec: after ?? secondsIn(resetsAt === undefined ? undefined : (resetsAt - now) / 1000),
  });
}

/** A wait longer than any limit's is a number gone wrong. */
const longestWaitSec = 40 * 24 * 3600;

const secondsIn = (seconds: number | undefined): number | undefined =>
  seconds !== undefined && seconds >= 0 && seconds <= longestWaitSec ? seconds : undefined;

/** The latest reset of the limits that are used up. */
function fullUntil(headers: Readonly<Record<string, string>>, context: FailureContext): number | undefined {
  const windows = quotaOfHeaders(headers, context.quota, context.now())?.windows ?? [];
  const resets = windows.flatMap(({ usedPercent, resetsAt }) => (usedPercent >= 100 && resetsAt ? [resetsAt] : []));
  return resets.length === 0 ? undefined : Math.max(...resets);
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date. */
export function retryAfterOf(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const ms = Number(headers['retry-after-ms']);
  if (Number.isFinite(ms) && ms > 0) return ms / 1000;
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

/** "try again in 1.2s", "in 6m0s", "in 35 seconds". */
function askedToWait(words: string): number | undefined {
  const [, compact, amount, unit] =
    /(?:try again|retry) (?:in|after) (?:((?:[\d.]+(?:ms|[smhd]))+)\b|([\d.]+) ?(second|minute|hour)s?\b)/i.exec(
      words,
    ) ?? [];
  const ms =
    compact === undefined ? Number(amount) * (own(unitMs, unit?.toLowerCase() ?? '') ?? 0) : durationMs(compact);
  return secondsIn(ms === undefined || Number.isNaN(ms) ? undefined : ms / 1000);
}

const unitMs: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000 };
