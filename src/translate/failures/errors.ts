/** Upstream failures → CcpError, by the upstream's own codes. Its words are kept; its structure is not leaked. */
import { CcpError, overflowError } from '../../errors/ccp-error.ts';
import type { ErrorCode } from '../../errors/table.ts';
import type { Quota } from '../../models/quota.ts';
import { asNumber, asString, own } from '../../wire/json.ts';
import { refusedField } from './optional-fields.ts';
import { isOverflow, overflowIn } from './overflow.ts';
import { type Failure, isPage, readFailure } from './read.ts';
import { epochMs, retryAfterInText, retryAfterOf, secondsIn } from './time.ts';

export interface FailureRow {
  readonly code: ErrorCode;
  /** Said instead of the upstream's own words; `{param}` is the field it names. */
  readonly words?: string;
}

export interface FailureContext {
  readonly upstream: string;
  readonly model: string;
  readonly credentialHint: string;
  /** The upstream's own codes, above the common ones. */
  readonly failures: Readonly<Record<string, FailureRow>>;
  /** What response headers say of the limits. */
  readonly quotaOf: (headers: Readonly<Record<string, string>>) => Quota | undefined;
  /** What to do about a model that is not there; `undefined` for the common words. */
  readonly modelHint?: string | undefined;
  /** Fields an answer can do without. */
  readonly optionalFields: readonly string[];
  /** The upstream no longer lists the model. */
  readonly unlisted: boolean;
  /** The model's window, for an overflow message without numbers. */
  readonly contextWindow: number;
  /** Formats an epoch in the user's clock. */
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
  /** z.ai's own numbers. */
  1261: 'context_overflow',
  1308: 'plan_limit',
};

/** Kinds rather than codes: they count where no status says it better. */
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

/** Waiting does not fill an account. */
const noCreditLeft =
  /insufficient.{0,20}(?:balance|quota|credit|fund)|(?:balance|credit).{0,20}(?:insufficient|exhausted|not enough|too low)|billing hard limit|check your plan and billing/i;
/** What hosts say of a model that is not there. */
const noModel =
  /model not exist|not a valid model|invalid model name|no endpoints found|unknown model|model .{1,80} (?:not found|does not exist|is not (?:found|available))/i;
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
    return new CcpError('blocked_network', `${who(context)} blocked this request (${failure.message}).`);
  const row = rowOf(failure, context);
  const finding: Finding = {
    code:
      row?.code ?? (status === 429 && fullUntil(headers, context) ? 'plan_limit' : codeOfStatus(status, failure, text)),
    what: `HTTP ${status}`,
    failure,
    words: row?.words,
    mayBeField: status === 400 || status === 422,
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

function codeOfStatus(status: number, { code, message }: Failure, text: string): ErrorCode {
  // A path that is not there is a wrong base URL, not a missing model.
  if (status === 404 && (isPage(text) || !/model/i.test(message)) && !noModel.test(message)) return 'not_a_stream';
  if ((status === 429 || status === 400) && noCreditLeft.test(message)) return 'plan_required';
  const byKind = own(kindRows, code);
  if (noModel.test(message) && (status === 400 || status === 404 || status === 422)) return 'model_unavailable';
  if (noBudget.test(`${code} ${message}`) && status !== 403) return 'plan_required';
  return statusRows[status] ?? byKind ?? (status >= 500 ? 'upstream_failed' : 'upstream_invalid');
}

/** `response.failed` and `error` events. */
export function streamFailure(failure: Failure, context: FailureContext): CcpError {
  const row = rowOf(failure, context);
  // Some hosts send the status they would have answered with.
  const code = row?.code ?? own(kindRows, failure.code) ?? statusRows[Number(failure.code)] ?? 'upstream_failed';
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
  if (isOverflow(code, failure))
    return overflowError(overflowIn(words, { contextWindow: context.contextWindow, detail: failure.detail }));
  const retryAfterSec = secondsIn(found.retryAfterSec) ?? retryAfterInText(words);
  if (code === 'plan_limit') return planLimit(failure, context, { retryAfterSec, fullUntil: found.fullUntil }, ours);
  const field =
    mayBeField && code === 'upstream_invalid'
      ? refusedField(failure.code, param, failure.message, context.optionalFields)
      : undefined;
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
  return new CcpError(field === undefined ? code : 'field_refused', text, {
    retryAfterSec,
    field,
    upstreamCode: failure.code,
  });
}

const modelHint = ({ unlisted, model, modelHint: own }: FailureContext): string =>
  own !== undefined
    ? own.replaceAll('{model}', model)
    : unlisted
      ? `${model} is no longer in the plan's list: take a newer model, or openai/${model} with an API key.`
      : 'It is not available to this account or client.';

const who = (context: FailureContext): string => `${context.upstream} (${context.model})`;

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

/** The latest reset of the limits that are used up. */
function fullUntil(headers: Readonly<Record<string, string>>, context: FailureContext): number | undefined {
  const windows = context.quotaOf(headers)?.windows ?? [];
  const resets = windows.flatMap(({ usedPercent, resetsAt }) => (usedPercent >= 100 && resetsAt ? [resetsAt] : []));
  return resets.length === 0 ? undefined : Math.max(...resets);
}
