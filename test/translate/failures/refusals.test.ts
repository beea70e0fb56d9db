/** Refusals of real hosts that name a model, a plan or a feature: answered once, with the remedy. */
import { describe, expect, it } from 'vitest';
import { validateRequest } from '../../../src/translate/anthropic/validate.ts';
import { prepareOptions, upstreamNamed } from '../../support/upstreams.ts';

const request = validateRequest({
  model: 'm',
  max_tokens: 9,
  stream: true,
  messages: [{ role: 'user', content: 'hello' }],
});

/** Host, status, body as sent, and the code. Sources: the hosts' documentation and reports of their users, 2026-11. */
const refusals: readonly (readonly [upstream: string, status: number, body: string, code: string])[] = [
  [
    'codex',
    400,
    `{"detail":"The 'gpt-5.3-codex' model is not supported when using Codex with a ChatGPT account."}`,
    'model_unavailable',
  ],
  [
    'openai',
    404,
    `{"error":{"message":"The model 'gpt-9' does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}`,
    'model_unavailable',
  ],
  [
    'openai',
    403,
    `{"error":{"message":"Project 'proj_x' does not have access to model 'gpt-5.5'","type":"invalid_request_error","code":"model_not_found"}}`,
    'model_unavailable',
  ],
  [
    'openai',
    400,
    '{"error":{"message":"Your organization must be verified to stream this model. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization.","type":"invalid_request_error","param":"stream","code":"unsupported_value"}}',
    'plan_required',
  ],
  [
    'openai',
    429,
    '{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","code":"insufficient_quota"}}',
    'plan_required',
  ],
  [
    'openrouter',
    402,
    '{"error":{"message":"Insufficient credits. Add more using https://openrouter.ai/settings/credits","code":402}}',
    'plan_required',
  ],
  [
    'openrouter',
    404,
    '{"error":{"message":"No endpoints found that support tool use.","code":404}}',
    'model_unavailable',
  ],
  [
    'kimi',
    403,
    '{"error":{"message":"Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code, Kilo Code, etc.","type":"access_terminated_error"}}',
    'plan_required',
  ],
  [
    'anthropic',
    400,
    '{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."}}',
    'plan_required',
  ],
  [
    'anthropic',
    404,
    '{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"}}',
    'model_unavailable',
  ],
  [
    'litellm',
    400,
    '{"error":{"message":"Budget has been exceeded! Current cost: 1.0, Max budget: 0.5","type":"budget_exceeded","param":null,"code":"400"}}',
    'plan_required',
  ],
  [
    'litellm',
    401,
    `{"error":{"message":"key not allowed to access model. This key can only access models=['a']. Tried to access b","type":"key_model_access_denied","param":"model","code":"401"}}`,
    'model_unavailable',
  ],
  [
    'gemini',
    400,
    '{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}',
    'plan_required',
  ],
  [
    'gemini',
    404,
    '{"error":{"code":404,"message":"models/gemini-x is not found for API version v1beta, or is not supported for generateContent.","status":"NOT_FOUND"}}',
    'model_unavailable',
  ],
  ['codex', 403, '<html><head><title>Just a moment...</title></head><body></body></html>', 'blocked_network'],
];

describe('a refusal', () => {
  it.each(refusals)('of %s with %i is final, and names itself: %s', (upstream, status, body, code) => {
    const prepared = upstreamNamed(upstream).translator.prepare(request, prepareOptions({ model: 'm' }));
    const error = prepared.failure(status, {}, body);
    expect(error.code).toBe(code);
    // Newer clients send any other 400 again, up to six times.
    expect([error.row.status, error.final, error.retryable]).toEqual([402, true, false]);
    const words = /"(?:message|detail)":"([^"]{10,60})/.exec(body)?.[1];
    if (words !== undefined) expect(error.message).toContain(words);
  });
});
