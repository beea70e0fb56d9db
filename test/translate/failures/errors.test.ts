import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/errors/table.ts';
import type { QuotaWindow } from '../../../src/models/quota.ts';
import { type FailureContext, httpFailure, streamFailure } from '../../../src/translate/failures/errors.ts';
import { readFailure } from '../../../src/translate/failures/read.ts';

const now = Date.UTC(2026, 10, 20, 12);
const context = (extra: Partial<FailureContext> = {}): FailureContext => ({
  upstream: 'nest',
  model: 'heron-1',
  credentialHint: 'Set NEST_KEY.',
  failures: {},
  quotaOf: () => undefined,
  optionalFields: ['temperature'],
  unlisted: false,
  contextWindow: 200_000,
  clockTime: (epochMs) => new Date(epochMs).toISOString().slice(11, 16),
  now: () => now,
  ...extra,
});
type Facts = Partial<FailureContext> & { headers?: Record<string, string> };
const http = (status: number, body: unknown = '', { headers = {}, ...extra }: Facts = {}) =>
  httpFailure(status, headers, typeof body === 'string' ? body : JSON.stringify(body), context(extra));
const stream = (error: object, extra: Partial<FailureContext> = {}) =>
  streamFailure(readFailure(JSON.stringify({ error })), context(extra));
const coded = (code: string, message = 'Words.') => ({ error: { code, message } });

/** Documented error codes of the APIs. A code takes precedence over the HTTP status. */
const codes: readonly (readonly [string, ErrorCode])[] = [
  ['context_length_exceeded', 'context_overflow'],
  ['insufficient_quota', 'plan_required'],
  ['usage_not_included', 'plan_required'],
  ['usage_limit_reached', 'plan_limit'],
  ['model_not_found', 'model_unavailable'],
  ['invalid_encrypted_content', 'reasoning_rejected'],
  ['invalid_prompt', 'policy_refused'],
  ['cyber_policy', 'policy_refused'],
  ['bio_policy', 'policy_refused'],
  ['misalignment_policy_violation', 'policy_refused'],
  ['server_is_overloaded', 'upstream_overloaded'],
  ['slow_down', 'upstream_overloaded'],
  ['invalid_request', 'upstream_invalid'],
  ['invalid_image', 'upstream_invalid'],
  ['invalid_image_format', 'upstream_invalid'],
  ['image_too_small', 'upstream_invalid'],
  ['data_residency_mismatch', 'upstream_invalid'],
  ['unsupported_value', 'upstream_invalid'],
  ['rate_limit_exceeded', 'rate_limited'],
  ['not_a_stream', 'not_a_stream'],
  ['exceed_context_size_error', 'context_overflow'],
  ['ContextWindowExceededError', 'context_overflow'],
  ['access_terminated_error', 'plan_required'],
  ['exceeded_current_quota_error', 'plan_limit'],
  ['rate_limit_reached_error', 'rate_limited'],
  ['engine_overloaded_error', 'upstream_overloaded'],
  ['1261', 'context_overflow'],
  ['1308', 'plan_limit'],
];

describe('an upstream error code', () => {
  it.each(codes)('maps %s to %s, in a response and in a stream', (code, wanted) => {
    expect(http(418, coded(code)).code).toBe(wanted);
    expect(stream({ code, message: 'Words.' }).code).toBe(wanted);
  });

  it('is mapped by the table of the upstream first, with its message', () => {
    const failures = {
      slow_down: { code: 'plan_limit' as const },
      odd: { code: 'blocked_network' as const, message: 'No {param}.' },
    };
    expect(http(418, coded('slow_down'), { failures }).code).toBe('plan_limit');
    const error = http(418, { error: { code: 'odd', message: 'x', param: 'way' } }, { failures });
    expect([error.code, error.message]).toEqual(['blocked_network', 'nest (heron-1): No way.']);
    expect(http(418, coded('odd'), { failures }).message).toBe('nest (heron-1): No field.');
    expect(stream({ code: 'odd', message: 'x' }, { failures }).message).toBe('nest (heron-1): No field.');
  });

  it('is not mapped for a property name of Object.prototype', () => {
    expect(http(400, coded('constructor')).code).toBe('upstream_invalid');
    expect(stream({ code: 'toString', message: 'x' }).code).toBe('upstream_failed');
  });

  it('is not matched as part of a longer one', () => {
    expect(stream({ code: 'an_invalid_image', message: 'x' }).code).toBe('upstream_failed');
    expect(stream({ code: 'the_image_x', message: 'x' }).code).toBe('upstream_failed');
  });
});

describe('an HTTP status', () => {
  it.each<[number, ErrorCode]>([
    [400, 'upstream_invalid'],
    [401, 'credential_rejected'],
    [402, 'plan_required'],
    [403, 'plan_required'],
    [408, 'upstream_timeout'],
    [409, 'upstream_failed'],
    [413, 'upstream_too_large'],
    [418, 'upstream_invalid'],
    [422, 'upstream_invalid'],
    [425, 'upstream_failed'],
    [429, 'rate_limited'],
    [499, 'upstream_invalid'],
    [500, 'upstream_failed'],
    [502, 'upstream_failed'],
    [503, 'upstream_overloaded'],
    [504, 'upstream_timeout'],
    [529, 'upstream_overloaded'],
  ])('%d without a known code is %s', (status, wanted) => {
    expect(http(status, coded('', 'Words.')).code).toBe(wanted);
  });

  it('404 is a wrong URL unless the message mentions a model', () => {
    expect(http(404, coded('', 'Not here.')).code).toBe('not_a_stream');
    expect(http(404, coded('', 'The Model heron is gone.')).code).toBe('model_unavailable');
    expect(http(404, '<html><title>model</title></html>').code).toBe('not_a_stream');
    expect(http(404, coded('', 'No endpoints found for heron')).code).toBe('model_unavailable');
    expect(http(404, '<html><title>No endpoints found</title></html>').code).toBe('model_unavailable');
  });

  it.each<[string, ErrorCode]>([
    ['invalid_request_error', 'upstream_invalid'],
    ['authentication_error', 'credential_rejected'],
    ['billing_error', 'plan_required'],
    ['permission_error', 'plan_required'],
    ['not_found_error', 'model_unavailable'],
    ['request_too_large', 'upstream_too_large'],
    ['rate_limit_error', 'rate_limited'],
    ['api_error', 'upstream_failed'],
    ['server_error', 'upstream_failed'],
    ['timeout_error', 'upstream_timeout'],
    ['overloaded_error', 'upstream_overloaded'],
  ])('without a meaning of its own is replaced by the error type %s: %s', (type, wanted) => {
    expect(http(418, { error: { type, message: 'Words.' } }).code).toBe(wanted);
    expect(stream({ type, message: 'Words.' }).code).toBe(wanted);
    expect(http(401, { error: { type, message: 'Words.' } }).code).toBe('credential_rejected');
  });

  it('may be used as the code of a stream error', () => {
    expect(stream({ code: 429, message: 'x' }).code).toBe('rate_limited');
    expect(stream({ code: '503', message: 'x' }).code).toBe('upstream_overloaded');
    expect(stream({ code: 418, message: 'x' }).code).toBe('upstream_failed');
    expect(stream({ message: 'x' }).code).toBe('upstream_failed');
  });
});

describe('an error message', () => {
  it.each([
    'Insufficient balance',
    'insufficient account funds',
    'You have insufficient credits',
    'insufficient quota',
    'Your credit balance is too low',
    'balance exhausted',
    'credit is not enough',
    'Billing hard limit has been reached',
    'Please check your plan and billing details',
  ])('about an empty account is a permanent error: %s', (message) => {
    expect(http(429, coded('', message)).code).toBe('plan_required');
    expect(http(400, coded('', message)).code).toBe('plan_required');
    expect(http(500, coded('', message)).code).toBe('upstream_failed');
  });

  it.each([
    'Model Not Exist',
    'heron is not a valid model ID',
    'Invalid model name passed',
    'No endpoints found for heron',
    'Unknown model: heron',
    'The model `heron` does not exist',
    'model heron not found',
    'Model heron is not available',
    'model heron is not found',
  ])('about a missing model is recognised: %s', (message) => {
    for (const status of [400, 404, 422]) expect(http(status, coded('', message)).code).toBe('model_unavailable');
    expect(http(500, coded('', message)).code).toBe('upstream_failed');
  });

  it('about a budget of the host is recognised', () => {
    for (const message of ['Budget has been exceeded!', 'You exceeded your budget'])
      expect(http(400, coded('', message)).code).toBe('plan_required');
    expect(http(400, coded('budget_exceeded', 'No.')).code).toBe('plan_required');
    expect(http(400, coded('', 'The budget of a team that has long exceeded')).code).toBe('upstream_invalid');
  });

  it.each([
    'Invalid `signature` in `thinking` block',
    'The encrypted content gAAA could not be verified.',
    'It could not be verified: encrypted content',
  ])('about rejected thinking is recognised: %s', (message) => {
    expect(http(400, coded('invalid_request_error', message)).code).toBe('reasoning_rejected');
    expect(http(400, coded('slow_down', message)).code).toBe('reasoning_rejected');
    expect(stream({ code: 'x', message }).code).toBe('reasoning_rejected');
  });
});

describe('the message of a failure', () => {
  it('contains the upstream, the model, the status, and the upstream’s message', () => {
    expect(http(500, coded('', 'Out of fish')).message).toBe('nest (heron-1) answered HTTP 500: Out of fish.');
    expect(http(500, coded('', 'Out of fish.')).message).toBe('nest (heron-1) answered HTTP 500: Out of fish.');
    expect(http(500).message).toBe('nest (heron-1) answered HTTP 500.');
    expect(http(500, coded('', 'Wait.. then ask')).message).toBe('nest (heron-1) answered HTTP 500: Wait.. then ask.');
    expect(stream({ code: 'odd', message: 'No' }).message).toBe('nest (heron-1) answered odd: No.');
    expect(stream({ message: 'No' }).message).toBe('nest (heron-1) answered error: No.');
  });

  it('is truncated', () => {
    expect(http(500, coded('', 'x'.repeat(700))).message).toBe(
      `nest (heron-1) answered HTTP 500: ${'x'.repeat(199)}….`,
    );
  });

  it('contains the credential hint only for a credential error', () => {
    expect(http(401, coded('', 'No.')).message).toBe('nest (heron-1) answered HTTP 401: No. Set NEST_KEY.');
    expect(http(403, coded('', 'No.')).message).not.toContain('NEST_KEY');
  });

  it('contains a remedy for a missing model', () => {
    const messageOf = (extra: Partial<FailureContext>) => http(418, coded('model_not_found', 'No.'), extra).message;
    expect(messageOf({})).toMatch(/^nest \(heron-1\) answered HTTP 418: No\. .*not available to this account/);
    expect(messageOf({ unlisted: true })).toContain('openai/heron-1');
    expect(messageOf({ unlisted: true, modelHint: 'Run `pull {model}`, {model}.' })).toMatch(
      / Run `pull heron-1`, heron-1\.$/,
    );
    expect(http(418, coded('slow_down', 'No.'), { unlisted: true }).message).toBe(
      'nest (heron-1) answered HTTP 418: No.',
    );
  });

  it('contains the title and the cf-ray of a blocking page', () => {
    const page = '<html><title>Attention Required</title></html>';
    for (const status of [402, 403]) {
      const error = http(status, page, { headers: { 'cf-ray': 'abc-ZRH' } });
      expect(error.code).toBe('blocked_network');
      expect(error.message).toMatch(/^nest \(heron-1\) .*\(Attention Required, cf-ray abc-ZRH\)\.$/);
    }
    expect(http(403, page).message).toMatch(/\(Attention Required\)\.$/);
    expect(http(502, page, { headers: { 'cf-ray': 'abc-ZRH' } })).toMatchObject({
      code: 'upstream_failed',
      message: 'nest (heron-1) answered HTTP 502: Attention Required, cf-ray abc-ZRH.',
    });
    expect(http(403, coded('', 'No.'), { headers: { 'cf-ray': 'abc' } }).message).not.toContain('abc');
  });

  it('is accompanied by the upstream’s code for the log', () => {
    expect(http(500, coded('odd')).upstreamCode).toBe('odd');
  });
});

describe('a rejected field', () => {
  it('is reported for an invalid request', () => {
    const body = { error: { code: 'unsupported_parameter', message: 'No.', param: 'temperature' } };
    for (const status of [400, 422])
      expect(http(status, body)).toMatchObject({ code: 'field_refused', field: 'temperature' });
    expect(http(418, body)).toMatchObject({ code: 'upstream_invalid', field: undefined });
    expect(stream(body.error)).toMatchObject({ code: 'field_refused', field: 'temperature' });
  });

  it('is not reported for another error', () => {
    expect(http(400, { error: { code: 'slow_down', message: 'temperature is not supported' } }).field).toBeUndefined();
    expect(http(400, coded('', 'temperature is not supported'))).toMatchObject({ field: 'temperature' });
    expect(http(400, coded('', 'temperature is high')).code).toBe('upstream_invalid');
  });
});

describe('an overflow', () => {
  it('contains the numbers of the upstream, or the window of the catalogue', () => {
    expect(http(400, coded('', 'prompt is too long: 210000 tokens > 200000 tokens')).overflow).toEqual({
      used: 210_000,
      maximum: 200_000,
    });
    expect(
      http(400, { error: { code: 'exceed_context_size_error', n_prompt_tokens: 9_000, n_ctx: 8_000 } }).overflow,
    ).toEqual({
      used: 9_000,
      maximum: 8_000,
    });
    expect(stream({ code: 'context_length_exceeded', message: 'No.' }, { contextWindow: 4_000 }).overflow).toEqual({
      used: undefined,
      maximum: 4_000,
    });
  });
});

describe('the retry-after', () => {
  it('is read from the headers, else from the message', () => {
    const words = coded('slow_down', 'Please try again in 9s.');
    expect(http(429, words, { headers: { 'retry-after': '4' } }).retryAfterSec).toBe(4);
    expect(http(429, words).retryAfterSec).toBe(9);
    expect(http(429, words, { headers: { 'retry-after': '99999999' } }).retryAfterSec).toBe(9);
    expect(stream({ code: 'slow_down', message: 'Please try again in 9s.' }).retryAfterSec).toBe(9);
    expect(http(429, coded('slow_down')).retryAfterSec).toBeUndefined();
  });
});

describe('a plan limit', () => {
  const limit = (detail: object = {}, extra: Facts = {}) =>
    http(429, { error: { type: 'usage_limit_reached', message: 'Too much.', ...detail } }, extra);
  const inAnHour = now / 1000 + 3_600;

  it('contains its reset time and the wait until then', () => {
    expect(limit({ resets_at: inAnHour })).toMatchObject({
      code: 'plan_limit',
      retryAfterSec: 3_600,
      message: 'nest (heron-1): the plan limit is reached, resets at 13:00 (Too much).',
    });
    expect(limit({ resets_in_seconds: 1_800 })).toMatchObject({ retryAfterSec: 1_800 });
    expect(limit({ resets_in_seconds: 1_800 }).message).toContain('resets at 12:30');
    expect(limit({ resets_in_seconds: 60, resets_at: inAnHour })).toMatchObject({ retryAfterSec: 60 });
    expect(limit({ resets_in_seconds: 60, resets_at: inAnHour }).message).toContain('resets at 13:00');
    expect(limit({}, { headers: { 'retry-after': '600' } })).toMatchObject({ retryAfterSec: 600 });
    expect(limit({}, { headers: { 'retry-after': '600' } }).message).toContain('resets at 12:10');
    expect(limit()).toMatchObject({
      retryAfterSec: undefined,
      message: 'nest (heron-1): the plan limit is reached (Too much).',
    });
    expect(limit({ resets_at: now / 1000 - 60 }).retryAfterSec).toBeUndefined();
  });

  it('contains the plan name, or the message of the upstream’s table', () => {
    expect(limit({ plan_type: 'plus' }).message).toContain('the plus plan limit is reached');
    expect(limit({ message: 'v1.2 is full.' }).message).toContain('(v1.2 is full).');
    expect(limit({ message: '' }).message).toBe('nest (heron-1): the plan limit is reached.');
    expect(limit({ message: `${'x'.repeat(250)}.` }).message).toBe(
      `nest (heron-1): the plan limit is reached (${'x'.repeat(200)}).`,
    );
    const failures = { usage_limit_reached: { code: 'plan_limit' as const, message: 'no more fish' } };
    expect(limit({ resets_at: inAnHour }, { failures }).message).toBe('nest (heron-1): no more fish, resets at 13:00.');
  });

  const full = (...windows: Partial<QuotaWindow>[]) => ({
    quotaOf: () => ({
      windows: windows.map((one) => ({ name: 'w', usedPercent: 100, resetsAt: undefined, ...one })),
      plan: undefined,
      credits: undefined,
    }),
  });

  it('is detected from headers with a full window, until the last reset', () => {
    const soon = now + 600_000;
    const later = now + 3_600_000;
    const body = coded('', 'Slow.');
    const error = http(
      429,
      body,
      full({ resetsAt: soon }, { resetsAt: later }, { usedPercent: 99, resetsAt: later * 1.1 }),
    );
    expect(error).toMatchObject({ code: 'plan_limit', retryAfterSec: 3_600 });
    expect(error.message).toContain('resets at 13:00');
    expect(http(429, body, full({ usedPercent: 99.9, resetsAt: later })).code).toBe('rate_limited');
    expect(http(429, body, full({ resetsAt: undefined })).code).toBe('rate_limited');
    expect(http(429, body, full()).code).toBe('rate_limited');
    expect(http(503, body, full({ resetsAt: later })).code).toBe('upstream_overloaded');
    expect(limit({}, full({ resetsAt: later })).retryAfterSec).toBe(3_600);
  });
});
