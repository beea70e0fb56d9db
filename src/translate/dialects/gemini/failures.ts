/** Google's error bodies. The reason is in `details` or in `status`; the retry delay is in `details`. */
import type { ErrorCode } from '../../../errors/table.ts';
import { cleanText } from '../../../wire/clean-text.ts';
import { asObject, asString, type JsonObject, objectsOf, parseJson } from '../../../wire/json.ts';
import type { FailureRow } from '../../failures/errors.ts';
import { type Failure, readFailure } from '../../failures/read.ts';
import { durationMs } from '../../failures/time.ts';

const row = (code: ErrorCode): FailureRow => ({ code });

/** Keyed by `status`, or by a reason from elsewhere in the body. The message tells which quota is exhausted. */
export const geminiFailures: Readonly<Record<string, FailureRow>> = {
  API_KEY_INVALID: row('credential_rejected'),
  ACCESS_TOKEN_TYPE_UNSUPPORTED: row('credential_rejected'),
  UNAUTHENTICATED: row('credential_rejected'),
  PERMISSION_DENIED: row('plan_required'),
  FAILED_PRECONDITION: row('plan_required'),
  NOT_FOUND: row('model_unavailable'),
  INVALID_ARGUMENT: row('upstream_invalid'),
  RESOURCE_EXHAUSTED: row('rate_limited'),
  QUOTA_OF_DAY: row('plan_limit'),
  NO_QUOTA: row('plan_required'),
  UNAVAILABLE: row('upstream_overloaded'),
  INTERNAL: row('upstream_failed'),
  DEADLINE_EXCEEDED: row('upstream_timeout'),
  CANCELLED: row('upstream_failed'),
};

/** Reads an error body. Also accepts a list with one error, and an error whose message is another error as JSON. */
export function failureOf(text: string): Failure {
  const failure = readFailure(text);
  const inner = parseJson(failure.message);
  if (Object.keys(asObject(asObject(inner).error)).length > 0) return failureOf(failure.message);
  const { detail } = failure;
  const rejection = refusedField(failure.message);
  if (rejection) return { ...failure, code: cleanText(rejection.code), detail: { ...detail, param: rejection.param } };
  return { ...failure, code: cleanText(reasonOf(detail) ?? failure.code) };
}

const tooLong = /input token count.{0,40}exceeds/i;
const badSignature = /(?:corrupted|invalid) thought signature|thought.?signature.{0,12}not valid/i;

/** `undefined` leaves the decision to the HTTP status. */
function reasonOf(detail: JsonObject): string | undefined {
  const status = asString(detail.status);
  const message = asString(detail.message) ?? '';
  // These two come with a status that means only that the request is invalid.
  if (tooLong.test(message)) return 'context_length_exceeded';
  if (badSignature.test(message)) return 'invalid_encrypted_content';
  const details = objectsOf(detail.details);
  const reason = details
    .map((entry) => asString(entry.reason))
    .find((name) => name !== undefined && name in geminiFailures);
  if (reason !== undefined || status !== 'RESOURCE_EXHAUSTED') return reason ?? status;
  // A quota with limit 0 never resets. A daily quota resets at the end of the day.
  if (/\blimit: 0\b|credits are depleted|insufficient (?:balance|credit)/i.test(message)) return 'NO_QUOTA';
  const quotas = details.flatMap((entry) => objectsOf(entry.violations)).map(({ quotaId }) => asString(quotaId) ?? '');
  return quotas.some((id) => /PerDay|Daily/.test(id)) ? 'QUOTA_OF_DAY' : status;
}

const rejectedThinking =
  /thinking (?:level|budget).{0,40}(?:not supported|invalid)|budget -?\d+ is invalid|invalid value at 'generation_?config\.thinking_?config/i;

/** The field that the host does not recognize, or whose value the model does not accept. */
function refusedField(message: string): { readonly code: string; readonly param: string } | undefined {
  const [, name, parentPath = ''] = /Unknown name "([\w.]{1,80})"(?: at '([\w.[\]]{1,120})')?/.exec(message) ?? [];
  if (name !== undefined) {
    const path = [parentPath.replace(/\[\d+\]/g, ''), name].filter((part) => part !== '').join('.');
    return { code: 'unknown_parameter', param: path.replace(/_([a-z])/g, (_all, letter) => letter.toUpperCase()) };
  }
  return rejectedThinking.test(message)
    ? { code: 'unsupported_value', param: 'generationConfig.thinkingConfig' }
    : undefined;
}

/** Rewrites an error into the form that the common reader accepts, with the retry delay as a header. */
export function normalizeFailure(
  headers: Readonly<Record<string, string>>,
  text: string,
): { headers: Readonly<Record<string, string>>; text: string } {
  const { code, message, detail } = failureOf(text);
  if (Object.keys(detail).length === 0) return { headers, text };
  // The delay of a daily quota is that of its next attempt, not of its reset.
  const delays = code === 'QUOTA_OF_DAY' ? [] : objectsOf(detail.details);
  const delay = delays.map(({ retryDelay }) => durationMs(asString(retryDelay))).find((ms) => ms !== undefined);
  const retryHeader =
    delay === undefined || headers['retry-after'] !== undefined ? {} : { 'retry-after': `${delay / 1000}` };
  return { headers: { ...headers, ...retryHeader }, text: JSON.stringify({ error: { ...detail, code, message } }) };
}
