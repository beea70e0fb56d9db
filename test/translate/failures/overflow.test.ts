import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/errors/table.ts';
import { isOverflow, overflowIn } from '../../../src/translate/failures/overflow.ts';
import { cleanText } from '../../../src/wire/clean-text.ts';

const failure = (message: string, code = '', detail = {}) => ({
  code: cleanText(code),
  message: cleanText(message, 1_000),
  detail,
});
const isTooLong = (message: string, code: ErrorCode = 'upstream_invalid', upstreamCode = '', detail = {}) =>
  isOverflow(code, failure(message, upstreamCode, detail));

describe('a prompt that is too long', () => {
  it.each([
    "This model's maximum context length is 128000 tokens.",
    'exceed_context_size: the request is larger',
    'prompt is too long: 210000 tokens > 200000 maximum',
    'Input is too long for requested model.',
    'Too many tokens in the request',
    'Prompt too long',
    'Prompt exceeds max length',
    'Your request exceeded model token limit: 131072',
    'Range of input length should be [1, 129024]',
    "The input is longer than the model's context",
    'This exceeds the maximum prompt length of 131072',
    'context length exceeded',
    'The context_window is too small: your input is too large',
    'Requested 9000 tokens; the context size is 8000',
    'It does not fit the context-window',
    'It went over the context length',
    'Input is greater than the context size',
  ])('is recognised by the message: %s', (words) => {
    expect(isTooLong(words)).toBe(true);
    expect(isTooLong(words, 'upstream_failed')).toBe(true);
    expect(isTooLong(words, 'rate_limited')).toBe(false);
    expect(isTooLong(words, 'credential_rejected')).toBe(false);
  });

  it.each([
    'The context length is fine.',
    'Limit of images: the maximum is 20',
    'Unknown parameter context_length: it exceeds nothing',
    "Invalid 'context_window': too large",
    'max_tokens is too large for this context window: it must be at most 8000',
    'The overnight context window',
    'Too many tokens per minute: rate limit reached',
    'Prompt is too long for your rate limit',
    'Too many requests with too many tokens',
    'Too many tokens per day, please wait',
    '',
  ])('is not recognised by the message: %s', (words) => {
    expect(isTooLong(words)).toBe(false);
  });

  it('is recognised by a code, for any message', () => {
    expect(isTooLong('', 'context_overflow')).toBe(true);
    expect(isTooLong('', 'context_overflow', '', { param: 'tools' })).toBe(true);
  });

  it('is not recognised for an error of a tool or a format', () => {
    const words = 'prompt is too long';
    for (const param of ['tools[0].name', 'tool_choice', 'text.format', 'prompt_cache_key'])
      expect(isTooLong(words, 'upstream_invalid', '', { param })).toBe(false);
    expect(isTooLong(words, 'upstream_invalid', '', { param: 'input' })).toBe(true);
    expect(isTooLong(words, 'upstream_invalid', '', { param: 'input.tools' })).toBe(true);
    expect(isTooLong(words, 'upstream_invalid', '', { param: 'toolset' })).toBe(true);
    expect(isTooLong(words, 'upstream_invalid', 'invalid_function_parameters')).toBe(false);
    expect(isTooLong(`Invalid schema: ${words}`)).toBe(false);
  });

  it('is recognised by string_above_max_length only for the input', () => {
    const tooLong = (param?: string) => isTooLong('', 'upstream_invalid', 'string_above_max_length', { param });
    expect([tooLong('input[0].content'), tooLong('instructions')]).toEqual([true, true]);
    expect([tooLong('metadata.input'), tooLong('inputs'), tooLong(), tooLong('tools')]).toEqual(Array(4).fill(false));
  });
});

describe('the numbers of an overflow', () => {
  const window = 200_000;
  const read = (words: string, detail?: object) =>
    overflowIn(words, { contextWindow: window, ...(detail ? { detail: { ...detail } } : {}) });

  it.each([
    ['fields', '', { n_prompt_tokens: 9_000, n_ctx: 8_192 }, 9_000, 8_192],
    [
      'a limit and a request',
      'maximum context length is 8,192 tokens. However, you requested 9,100 tokens (8,000 in the messages)',
      undefined,
      9_100,
      8_192,
    ],
    ['a request and a limit', 'You requested about 9100 tokens, and the limit is 8192', undefined, 9_100, 8_192],
    ['a window', 'requested 9000 tokens; the window of 8000', undefined, 9_000, 8_000],
    ['an excess', 'Too long by 5,000 tokens', undefined, 205_000, 200_000],
    ['two numbers', 'prompt is too long: 210000 tokens > 200000 maximum tokens', undefined, 210_000, 200_000],
    ['two numbers the other way', 'at most 8192 tokens, but 9100 tokens came', undefined, 9_100, 8_192],
    ['a number after the word', 'tokens: 9,100, and a bound of 8192 tokens', undefined, 9_100, 8_192],
    ['a single number above the window', 'prompt is too long: 210,000 tokens', undefined, 210_000, 200_000],
    ['a single number within it', 'only 8192 tokens fit', undefined, undefined, 8_192],
    ['the window itself', 'only 200000 tokens fit', undefined, undefined, 200_000],
    ['no number', 'too long', undefined, undefined, 200_000],
    ['a small number', 'Too long: more than 999 tokens', undefined, undefined, 200_000],
    ['a thousand', 'Too long: more than 1000 tokens', undefined, undefined, 1_000],
    ['numbers that are not tokens', 'Error 400: 9100 letters', undefined, undefined, 200_000],
  ])('are read from %s', (_name, words, detail, used, maximum) => {
    expect(read(words, detail)).toEqual({ used, maximum });
  });

  it('are not read from implausible fields', () => {
    const nothing = { used: undefined, maximum: window };
    expect(read('', { n_prompt_tokens: 8_000, n_ctx: 8_000 })).toEqual(nothing);
    expect(read('', { n_prompt_tokens: 1_200, n_ctx: 900 })).toEqual(nothing);
    expect(read('', { n_prompt_tokens: 1_200, n_ctx: 1_000 })).toEqual({ used: 1_200, maximum: 1_000 });
    expect(read('', { n_prompt_tokens: '9000', n_ctx: 8_000 })).toEqual(nothing);
    expect(read('', { n_ctx: 8_000 })).toEqual(nothing);
  });
});
