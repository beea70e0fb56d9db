/** Upstream failures → CcpError, by the upstream's own codes. Its message is kept; its structure is not exposed. */
import { CcpError, overflowError } from '../../errors/ccp-error.ts';
import type { ErrorCode } from '../../errors/table.ts';
import type { Quota } from '../../models/quota.ts';
import { cleanText } from '../../wire/clean-text.ts';
import { asNumber, asString, ownValue } from '../../wire/json.ts';
import { rejectedField } from './optional-fields.ts';
import { isOverflow, overflowIn } from './overflow.ts';
import { type Failure, isPage, readFailure } from './read.ts';
import { epochMs, retryAfterInText, retryAfterOf, secondsIn } from './time.ts';

export interface FailureRow {
  readonly code: ErrorCode;
  /** Replaces the upstream's message. `{param}` is replaced by the field it names. */
  readonly message?: string;
}

export interface FailureContext {
  readonly upstream: string;
  readonly model: string;
  readonly credentialHint: string;
  /** The upstream's own codes. They take precedence over the common ones. */
  readonly failures: Readonly<Record<string, FailureRow>>;
  /** Reads the limits from response headers. */
  readonly quotaOf: (headers: Readonly<Record<string, string>>) => Quota | undefined;
  /** Advice for a model that is not available; `undefined` for the default text. */
  readonly modelHint?: string | undefined;
  /** Request fields that can be omitted. */
  readonly optionalFields: readonly string[];
  /** The upstream no longer lists the model. */
  readonly unlisted: boolean;
  /** The model's context window in tokens, for an overflow message without numbers. */
  readonly contextWindow: number;
  /** Formats epoch milliseconds as the user's local time. */
  readonly clockTime: (epochMs: number) => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
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
  invalid_request: 'upstream_invalid',
  invalid_image: 'upstream_invalid',
  data_residency_mismatch: 'upstream_invalid',
  unsupported_parameter: 'upstream_invalid',
  unknown_parameter: 'upstream_invalid',
  unsupported_value: 'upstream_invalid',
  invalid_value: 'upstream_invalid',
  rate_limit_exceeded: 'rate_limited',
  not_a_stream: 'not_a_stream',
  // Chat hosts and Anthropic-compatible ones.
  exceed_context_size_error: 'context_overflow',
  ContextWindowExceededError: 'context_overflow',
  access_terminated_error: 'plan_required',
  exceeded_current_quota_error: 'plan_limit',
  rate_limit_reached_error: 'rate_limited',
  engine_overloaded_error: 'upstream_overloaded',
  // z.ai's numeric codes.
  1261: 'context_overflow',
  1308: 'plan_limit',
};

/** Error types rather than codes. They apply where the HTTP status is not more specific. */
const kindRows: Readonly<Record<string, ErrorCode>> = {
  invalid_request_error: 'upstream_invalid',
  authentication_error: 'credential_rejected',
  billing_error: 'plan_required',
  permission_error: 'plan_required',
  not_found_error: 'model_unavailable',
  request_too_large: 'upstream_too_large',
  rate_limit_error: 'rate_limited',
  api_error: 'upstream_failed',
  server_error: 'upstream_failed',
  timeout_error: 'upstream_timeout',
  overloaded_error: 'upstream_overloaded',
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

/** The account has no credit: waiting does not help. */
const noCreditLeft =
  /insufficient.{0,20}(?:balance|quota|credit|fund)|(?:balance|credit).{0,20}(?:insufficient|exhausted|not enough|too low)|billing hard limit|check your plan and billing/i;
/** Messages about a model that is not available. */
const noModel =
  /model not exist|not a valid model|invalid model name|no endpoints found|unknown model|model is not supported when|model .{1,80} (?:not found|does not exist|is not (?:found|available))/i;
/** The organisation must identify itself before it may use the model: only its owner can end this. */
const unverified = /organi[sz]ation must be verified/i;
/** A key that is valid and does not include the model. */
const deniedModel = /not allowed to access model/i;
const noBudget = /budget.{0,12}exceeded|exceeded.{0,12}budget/i;
const refusedReasoning =
  /invalid.{0,3}signature.{0,3} in .{0,3}thinking|encrypted content.*could not be verified|could not be verified.*encrypted/i;

export function httpFailure(
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
  context: FailureContext,
): CcpError {
  const failure = withRay(readFailure(text), headers, text);
  if (isPage(text) && (status === 403 || status === 402))
    return new CcpError('blocked_network', `${upstreamLabel(context)} blocked this request (${failure.message}).`);
  const row = rowOf(failure, context);
  const finding: Finding = {
    code:
      row?.code ??
      (status === 429 && exhaustedUntil(headers, context) ? 'plan_limit' : codeOfStatus(status, failure, text)),
    label: `HTTP ${status}`,
    failure,
    ownMessage: row?.message,
    canBeField: status === 400 || status === 422,
    retryAfterSec: retryAfterOf(headers, context.now()),
    exhaustedUntil: exhaustedUntil(headers, context),
  };
  return failureError(finding, context);
}

/** Adds the Cloudflare ray id, which support asks for, to the message of an HTML page. */
function withRay(failure: Failure, headers: Readonly<Record<string, string>>, text: string): Failure {
  const ray = headers['cf-ray'];
  return isPage(text) && ray !== undefined
    ? { ...failure, message: cleanText(`${failure.message}, cf-ray ${ray}`) }
    : failure;
}

function codeOfStatus(status: number, { code, message }: Failure, text: string): ErrorCode {
  // A missing path means a wrong base URL, not a missing model.
  if (status === 404 && (isPage(text) || !/model/i.test(message)) && !noModel.test(message)) return 'not_a_stream';
  if ((status === 429 || status === 400) && noCreditLeft.test(message)) return 'plan_required';
  const byKind = ownValue(kindRows, code);
  if (noModel.test(message) && (status === 400 || status === 404 || status === 422)) return 'model_unavailable';
  if (noBudget.test(`${code} ${message}`) && status !== 403) return 'plan_required';
  return statusRows[status] ?? byKind ?? (status >= 500 ? 'upstream_failed' : 'upstream_invalid');
}

/** Converts `response.failed` and `error` events. */
export function streamFailure(failure: Failure, context: FailureContext, retryAfterSec?: number): CcpError {
  const row = rowOf(failure, context);
  // Some hosts send an HTTP status as the code.
  const code = row?.code ?? ownValue(kindRows, failure.code) ?? statusRows[Number(failure.code)] ?? 'upstream_failed';
  return failureError(
    { code, label: failure.code || 'error', failure, ownMessage: row?.message, canBeField: true, retryAfterSec },
    context,
  );
}

function rowOf({ code, message }: Failure, { failures }: FailureContext): FailureRow | undefined {
  const common = ownValue(codeRows, code) ?? (/^(?:invalid_image|image_)/.test(code) ? 'upstream_invalid' : undefined);
  if (refusedReasoning.test(message)) return { code: 'reasoning_rejected' };
  if (unverified.test(message)) return { code: 'plan_required' };
  if (deniedModel.test(message)) return { code: 'model_unavailable' };
  return ownValue(failures, code) ?? (common && { code: common });
}

interface Finding {
  readonly code: ErrorCode;
  /** The HTTP status, or the code of the event. */
  readonly label: string;
  readonly failure: Failure;
  /** ccp's message, which replaces the upstream's. */
  readonly ownMessage: string | undefined;
  /** The error can be about an optional field. */
  readonly canBeField: boolean;
  readonly retryAfterSec?: number | undefined;
  /** When the exhausted limit resets, epoch milliseconds. */
  readonly exhaustedUntil?: number | undefined;
}

function failureError(
  { code, label, failure, ownMessage, canBeField, ...limits }: Finding,
  context: FailureContext,
): CcpError {
  const message = failure.message.slice(0, 600);
  const param = asString(failure.detail.param);
  if (isOverflow(code, failure))
    return overflowError(overflowIn(message, { contextWindow: context.contextWindow, detail: failure.detail }));
  const retryAfterSec = secondsIn(limits.retryAfterSec) ?? retryAfterInText(message);
  if (code === 'plan_limit')
    return planLimit(failure, context, { retryAfterSec, exhaustedUntil: limits.exhaustedUntil }, ownMessage);
  const field =
    canBeField && code === 'upstream_invalid'
      ? rejectedField(failure.code, param, failure.message, context.optionalFields)
      : undefined;
  const description =
    ownMessage === undefined
      ? `answered ${label}${message ? `: ${cleanText(message)}` : ''}`
      : `: ${ownMessage.replace('{param}', param ?? 'field')}`;
  const hints = [
    code === 'credential_rejected' ? context.credentialHint : '',
    code === 'model_unavailable' ? modelHint(context) : '',
  ];
  const text = [
    `${upstreamLabel(context)}${ownMessage === undefined ? ' ' : ''}${description}.`.replace(/\.\.$/, '.'),
    ...hints,
  ]
    .filter(Boolean)
    .join(' ');
  return new CcpError(field === undefined ? code : 'field_refused', text, {
    retryAfterSec,
    field,
    upstreamCode: failure.code,
  });
}

const modelHint = ({ unlisted, model, modelHint: hint }: FailureContext): string =>
  hint !== undefined
    ? hint.replaceAll('{model}', model)
    : unlisted
      ? `${model} is no longer in the plan's list: use a newer model, or openai/${model} with an API key.`
      : 'It is not available to this account or client.';

const upstreamLabel = (context: FailureContext): string => `${context.upstream} (${context.model})`;

function planLimit(
  failure: Failure,
  context: FailureContext,
  limits: Pick<Finding, 'retryAfterSec' | 'exhaustedUntil'>,
  ownMessage: string | undefined,
): CcpError {
  const now = context.now();
  const waitSec = secondsIn(asNumber(failure.detail.resets_in_seconds)) ?? limits.retryAfterSec;
  const resetsAt = epochMs(failure.detail.resets_at) ?? limits.exhaustedUntil;
  const plan = asString(failure.detail.plan_type);
  const until = resetsAt ?? (waitSec === undefined ? undefined : now + waitSec * 1000);
  const summary = ownMessage ?? `the ${plan === undefined ? '' : `${plan} `}plan limit is reached`;
  const upstreamMessage =
    ownMessage === undefined && failure.message !== '' ? ` (${failure.message.slice(0, 200).replace(/\.$/, '')})` : '';
  const text = `${upstreamLabel(context)}: ${summary}${until === undefined ? '' : `, resets at ${context.clockTime(until)}`}${upstreamMessage}.`;
  return new CcpError('plan_limit', text, {
    retryAfterSec: waitSec ?? secondsIn(resetsAt === undefined ? undefined : (resetsAt - now) / 1000),
  });
}

/** The latest reset of the exhausted limits, epoch milliseconds. */
function exhaustedUntil(headers: Readonly<Record<string, string>>, context: FailureContext): number | undefined {
  const windows = context.quotaOf(headers)?.windows ?? [];
  const resets = windows.flatMap(({ usedPercent, resetsAt }) => (usedPercent >= 100 && resetsAt ? [resetsAt] : []));
  return resets.length === 0 ? undefined : Math.max(...resets);
}
