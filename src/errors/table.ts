/** One row per error code: the response to Claude Code, the verdict in the meter, and whether ccp may retry. */
import type { ErrorType } from '../wire/anthropic.ts';

export type Verdict = 'complete' | 'truncated' | 'stalled' | 'refused' | 'cancelled' | 'repaired';

export interface ErrorRow {
  /** HTTP status, while no response has been sent. */
  readonly status: number;
  readonly type: ErrorType;
  /** `error.type` inside a stream; `overloaded_error` makes newer clients continue automatically. */
  readonly streamType: ErrorType;
  /** ccp may retry while no content has been forwarded. */
  readonly retryable: boolean;
  /** The response tells Claude Code not to retry. */
  readonly final: boolean;
  readonly verdict: Verdict;
  /**
   * Next step for the user, appended to the message. Empty when the message contains it. `{switch}`: see `remedies.ts`.
   */
  readonly hint: string;
}

const row = (
  status: number,
  type: ErrorType,
  verdict: Verdict,
  options: { streamType?: ErrorType; retryable?: boolean; final?: boolean; hint?: string } = {},
): ErrorRow => ({
  status,
  type,
  verdict,
  streamType: options.streamType ?? (options.retryable ? 'overloaded_error' : 'invalid_request_error'),
  retryable: options.retryable ?? false,
  final: options.final ?? !options.retryable,
  hint: options.hint ?? '',
});

const resendHint = 'Send the message again; if it persists, {switch}.';

export const errorTable = {
  invalid_request: row(400, 'invalid_request_error', 'refused'),
  unknown_model: row(400, 'invalid_request_error', 'refused', {
    hint: 'Use a catalogue id or UPSTREAM/MODEL.',
  }),
  wrong_secret: row(401, 'authentication_error', 'refused', {
    hint: 'Use the token that `ccp serve --json` printed, or start Claude Code with `ccp launch`.',
  }),
  foreign_caller: row(403, 'permission_error', 'refused'),
  not_found: row(404, 'not_found_error', 'refused'),
  body_too_large: row(413, 'request_too_large', 'refused', { hint: 'Run /compact, or attach less.' }),
  switch_refused: row(409, 'invalid_request_error', 'refused', { hint: 'Run /compact in Claude Code first.' }),
  /** A change that spends money was not confirmed by the user. */
  not_confirmed: row(402, 'billing_error', 'refused'),
  cannot_carry: row(402, 'billing_error', 'refused'),
  no_credential: row(401, 'authentication_error', 'refused'),
  credential_rejected: row(401, 'authentication_error', 'refused'),
  /** The credential is stored, but the keychain cannot be unlocked. */
  credential_locked: row(401, 'authentication_error', 'refused'),
  /** The login is valid, but the server that renews it does not respond. Claude Code retries automatically. */
  auth_unavailable: row(529, 'overloaded_error', 'refused', { streamType: 'overloaded_error', final: false }),
  budget_exceeded: row(402, 'billing_error', 'refused', {
    hint: '{allow}, or {switch} to a plan or a local one.',
  }),
  /** More requests at the same time than the setting `fanOut` allows. */
  fan_out: row(402, 'billing_error', 'refused', {
    hint: 'Ask for fewer agents at a time, or raise the setting fanOut.',
  }),
  /** The request contains the shape of a secret, and a policy forbids or asks about it. */
  outbound_secret: row(402, 'billing_error', 'refused', {
    hint: 'Remove it from the conversation (/rewind, or a new session), or {switch} to a local one.',
  }),
  /** A rule denies every route of this request. */
  route_denied: row(402, 'billing_error', 'refused'),
  plan_required: row(402, 'billing_error', 'refused'),
  model_unavailable: row(402, 'billing_error', 'refused', { hint: '{Switch}.' }),
  blocked_network: row(402, 'billing_error', 'refused', {
    hint: 'The network on the way or the provider blocked it: try another network, without or with a VPN, or {switch}.',
  }),
  plan_limit: row(429, 'rate_limit_error', 'refused', { hint: 'Wait for the reset, or {switch}.' }),
  rate_limited: row(429, 'rate_limit_error', 'refused', { retryable: true }),
  context_overflow: row(400, 'invalid_request_error', 'refused'),
  upstream_too_large: row(413, 'request_too_large', 'refused', { hint: 'Run /compact.' }),
  /** The model's provider refuses to process this request. */
  policy_refused: row(400, 'invalid_request_error', 'refused'),
  /** Hosted search is not available to this account or plan. */
  search_refused: row(400, 'invalid_request_error', 'refused'),
  field_refused: row(400, 'invalid_request_error', 'refused'),
  reasoning_rejected: row(400, 'invalid_request_error', 'refused'),
  upstream_invalid: row(400, 'invalid_request_error', 'refused'),
  upstream_overloaded: row(529, 'overloaded_error', 'refused', { retryable: true }),
  upstream_failed: row(500, 'api_error', 'refused', { retryable: true }),
  not_a_stream: row(500, 'api_error', 'refused', { final: true }),
  upstream_timeout: row(504, 'timeout_error', 'refused', { retryable: true }),
  unreachable: row(500, 'api_error', 'refused', {
    retryable: true,
    final: true,
    hint: 'Check the network and the base URL (`ccp config list`).',
  }),
  no_headers: row(504, 'timeout_error', 'stalled', { streamType: 'overloaded_error', hint: resendHint }),
  idle: row(504, 'timeout_error', 'stalled', { retryable: true, final: false, hint: resendHint }),
  truncated: row(500, 'api_error', 'truncated', { retryable: true, hint: resendHint }),
  reset: row(500, 'api_error', 'truncated', { retryable: true, hint: resendHint }),
  broken_tool_call: row(500, 'api_error', 'truncated', {
    streamType: 'invalid_request_error',
    retryable: true,
    hint: 'The tool was not run. Send the message again.',
  }),
  incomplete_tool_call: row(500, 'api_error', 'truncated', {
    streamType: 'invalid_request_error',
    hint: 'The tool was not run. Ask for it in smaller steps.',
  }),
  buffer_full: row(500, 'api_error', 'truncated', {
    streamType: 'invalid_request_error',
    hint: 'The tool was not run. Ask for it in smaller steps.',
  }),
  garbage: row(500, 'api_error', 'truncated', { retryable: true, hint: resendHint }),
  answer_timeout: row(504, 'timeout_error', 'stalled', { hint: 'Send the request with "stream": true.' }),
  cancelled: row(499, 'api_error', 'cancelled'),
  draining: row(529, 'overloaded_error', 'refused', { hint: 'ccp is stopping.' }),
  internal: row(500, 'api_error', 'refused', { hint: 'See `ccp logs`; please report it.' }),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;
