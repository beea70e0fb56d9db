/** Upstream failures → CcpError, by the upstream's own codes. Its words are kept; its structure is not leaked. */
import { CcpError, type Overflow, overflowError } from '../../errors/ccp-error.ts';
import type { ErrorCode } from '../../errors/table.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, own, parseJson } from '../../wire/json.ts';
import { refusedField } from './optional-fields.ts';
import type { FailureRow, ResponsesProfile } from './profile.ts';
import { quotaOfHeaders } from './quota.ts';

export interface FailureContext {
  readonly upstream: string;
  readonly model: string;
  readonly credentialHint: string;
  /** The upstream's own codes, above the common ones. */
  readonly failures: Readonly<Record<string, FailureRow>>;
  readonly quota: ResponsesProfile['quota'];
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
  string_above_max_length: 'context_overflow',
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

/** Codes under which upstreams also say that the prompt is too long. */
const mayBeOverflow: readonly ErrorCode[] = ['upstream_invalid', 'upstream_failed'];
const rateWords = /rate limit|too many requests|throttl/i;

/** Reads `{error:{…}}`, `{detail}`, a bare string, or text. */
export function readFailure(text: string): Failure {
  const json = parseJson(text);
  const body = asObject(json);
  const error = body.error ?? body.detail ?? json;
  if (isObject(error)) {
    const code = asString(error.code) || asString(error.error_code) || asString(error.type) || '';
    return { code, message: asString(error.message) ?? asString(body.message) ?? '', detail: error };
  }
  if (typeof error === 'string') return { code: '', message: error, detail: {} };
  return { code: '', message: plainText(text), detail: {} };
}

/** An HTML page says what it is in its title; the rest is noise. */
function plainText(text: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1];
  return (title ?? text.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim().slice(0, 300);
}

export function httpFailure(
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
  context: FailureContext,
): CcpError {
  const failure = readFailure(text);
  if (/^\s*</.test(text) && (status === 403 || status === 402)) {
    const ray = headers['cf-ray'] === undefined ? '' : `, cf-ray ${headers['cf-ray']}`;
    return new CcpError('blocked_network', `${who(context)} blocked this request (${failure.message}${ray}).`);
  }
  const row = rowOf(failure, context);
  const field =
    status === 400 ? refusedField(failure.code, asString(failure.detail.param), failure.message) : undefined;
  const byStatus = statusRows[status] ?? (status >= 500 ? 'upstream_failed' : 'upstream_invalid');
  const code = field !== undefined && mayBeField(row?.code) ? 'field_refused' : (row?.code ?? byStatus);
  const retryAfterSec = retryAfterOf(headers, context.now());
  const finding: Finding = {
    code,
    what: `HTTP ${status}`,
    failure,
    words: row?.words,
    retryAfterSec,
    field,
    fullUntil: fullUntil(headers, context),
  };
  return failureError(finding, context);
}

/** `response.failed` and `error` events. */
export function streamFailure(failure: Failure, context: FailureContext): CcpError {
  const row = rowOf(failure, context);
  const code = row?.code ?? 'upstream_failed';
  return failureError({ code, what: failure.code || 'error', failure, words: row?.words }, context);
}

function rowOf({ code }: Failure, { failures }: FailureContext): FailureRow | undefined {
  const common = own(codeRows, code);
  return own(failures, code) ?? (common && { code: common });
}

/** A code that says more than "this field" is believed. */
const mayBeField = (code: ErrorCode | undefined): boolean => code === undefined || code === 'upstream_invalid';

interface Finding {
  readonly code: ErrorCode;
  /** How it was told: a status, or an event's code. */
  readonly what: string;
  readonly failure: Failure;
  /** Ours, instead of the upstream's. */
  readonly words: string | undefined;
  readonly retryAfterSec?: number | undefined;
  readonly field?: string | undefined;
  /** When the used-up limit is whole again, epoch milliseconds. */
  readonly fullUntil?: number | undefined;
}

function failureError({ code, what, failure, words: ours, ...found }: Finding, context: FailureContext): CcpError {
  const words = failure.message.slice(0, 600);
  if (
    code === 'context_overflow' ||
    (mayBeOverflow.includes(code) && overflowWords.test(words) && !rateWords.test(words))
  )
    return overflowError(overflowIn(words, context));
  const retryAfterSec = found.retryAfterSec ?? askedToWait(words);
  if (ours !== undefined) {
    const text = ours.replace('{param}', asString(failure.detail.param) ?? 'field');
    return new CcpError(code, `${who(context)}: ${text}.`, { retryAfterSec, field: found.field });
  }
  if (code === 'plan_limit') return planLimit(failure, context, { retryAfterSec, fullUntil: found.fullUntil });
  const hint = code === 'credential_rejected' ? ` ${context.credentialHint}` : '';
  const text = `${who(context)} answered ${what}${words ? `: ${words}` : ''}.${hint}`.replace(/\.\.(?=\s|$)/, '.');
  return new CcpError(code, text, { retryAfterSec, field: found.field });
}

const who = (context: FailureContext): string => `${context.upstream} (${context.model})`;

/** A smaller number beside "tokens" is no window. */
const smallestWindow = 1_000;

/** Upstream's numbers when it gave two; one is the window, and the catalogue's stands in for it. */
export function overflowIn(words: string, { contextWindow }: Pick<FailureContext, 'contextWindow'>): Overflow {
  const numbers = [...words.matchAll(/(\d[\d,]*)\s*tokens|tokens?\D{0,12}?(\d[\d,]*)/gi)]
    .map((match) => Number((match[1] ?? match[2] ?? '').replaceAll(',', '')))
    .filter((count) => count >= smallestWindow);
  const [a, b] = numbers;
  if (a === undefined) return { used: undefined, maximum: contextWindow };
  return b === undefined ? { used: undefined, maximum: a } : { used: Math.max(a, b), maximum: Math.min(a, b) };
}

function planLimit(
  failure: Failure,
  context: FailureContext,
  found: Pick<Finding, 'retryAfterSec' | 'fullUntil'>,
): CcpError {
  const now = context.now();
  const told = asNumber(failure.detail.resets_at);
  const after = asNumber(failure.detail.resets_in_seconds) ?? found.retryAfterSec;
  const resetsAt = told === undefined ? found.fullUntil : told * 1000;
  const plan = asString(failure.detail.plan_type);
  const until = resetsAt ?? (after === undefined ? undefined : now + after * 1000);
  const text = `${who(context)}: the ${plan === undefined ? '' : `${plan} `}plan limit is reached${until === undefined ? '' : `, resets at ${context.clockTime(until)}`}.`;
  const retryAfterSec = after ?? (resetsAt === undefined ? undefined : Math.max(0, (resetsAt - now) / 1000));
  return new CcpError('plan_limit', text, { retryAfterSec });
}

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

function askedToWait(words: string): number | undefined {
  const match = /try again in ([\d.]+)\s*(ms|s)\b/i.exec(words);
  if (!match) return undefined;
  const amount = Number(match[1]);
  return match[2] === 'ms' ? amount / 1000 : amount;
}
