/** The answer of Gemini, chunk by chunk, and its errors. Malformed streams are in `stream.test.ts`. */
import { describe, expect, it } from 'vitest';
import { openReasoning } from '../../../../src/translate/anthropic/envelope.ts';
import { validateRequest } from '../../../../src/translate/anthropic/validate.ts';
import type { Host, PrepareOptions } from '../../../../src/translate/dialect.ts';
import { geminiDialect } from '../../../../src/translate/dialects/gemini/dialect.ts';
import { normalizeFailure } from '../../../../src/translate/dialects/gemini/failures.ts';
import { usageOf } from '../../../../src/translate/dialects/gemini/usage.ts';
import type { Output } from '../../../../src/translate/output.ts';
import type { JsonObject } from '../../../../src/wire/json.ts';
import { prepareOptions } from '../../../support/upstreams.ts';

const model = 'gemini-3.8-flash';
const host: Host = {
  name: 'gemini',
  failures: {},
  credentialHint: 'set GEMINI_API_KEY',
  modelHint: undefined,
  forwardedHeaders: 'none',
};
const tools = [
  { name: 'Read', input_schema: { properties: { path: {}, pages: { type: 'string' } }, required: ['path'] } },
];

function prepared(
  more: Record<string, unknown> = {},
  options: Partial<PrepareOptions> = {},
  profile = geminiDialect.plain,
) {
  const request = validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], tools, ...more });
  return geminiDialect.translator(host, profile).prepare(request, prepareOptions({ model, ...options }));
}
/** The outputs of an answer, without its usage. */
function outputsOf(chunks: JsonObject[], more: Record<string, unknown> = {}): Output[] {
  let ids = 0;
  const stream = prepared(more).open((prefix) => `${prefix}_new${ids++}`);
  return [...chunks.flatMap((chunk) => stream.step(chunk)), ...stream.eof()].filter(({ type }) => type !== 'usage');
}
const chunk = (parts: unknown, finishReason?: string, more: object = {}): JsonObject => ({
  candidates: [{ content: { parts }, finishReason, ...more }],
});
const call = (name = 'Read', args: unknown = { path: '/a' }, more: object = {}) => ({
  functionCall: { name, args, ...more },
});
const endOf = (outputs: Output[]) => {
  const last = outputs.at(-1);
  return last?.type === 'end' ? last.ending : last?.type === 'failure' ? last.error : undefined;
};
const blocksOf = (outputs: Output[]) =>
  outputs.slice(0, -1).map((output) => {
    if (output.type === 'signature') return ['signature', openReasoning(output.signature)?.encrypted];
    if ('text' in output) return [output.type, output.text];
    if (output.type === 'tool_start') return [output.type, output.id, output.name];
    if (output.type === 'tool_input') return [output.type, output.json];
    if (output.type === 'warning') return [output.type, output.message];
    return [output.type];
  });

describe('an answer of Gemini', () => {
  it('is thinking, text and calls, each closed before the next', () => {
    const outputs = outputsOf([
      chunk([
        { thought: true, text: 'h' },
        { thought: true, text: '' },
      ]),
      chunk([{ thought: true, text: 'm' }, { text: 'a' }, { text: '' }]),
      chunk([{ text: 'b' }, call('Read', { path: '/a', pages: '' }, { id: 'c1' })]),
      chunk([call('Read', { path: '/b' })], 'STOP'),
    ]);
    expect(blocksOf(outputs)).toEqual([
      ['thinking', 'h'],
      ['thinking', 'm'],
      ['block_end'],
      ['text', 'a'],
      ['text', 'b'],
      ['block_end'],
      ['tool_call'],
      ['tool_call'],
      ['tool_start', 'c1', 'Read'],
      ['tool_input', '{"path":"/a"}'],
      ['block_end'],
      ['repaired'],
      ['tool_start', 'call_new0', 'Read'],
      ['tool_input', '{"path":"/b"}'],
      ['block_end'],
    ]);
    expect(endOf(outputs)).toMatchObject({ end: { stopReason: 'tool_use' }, measured: false, abort: false });
  });

  it.each([
    ['STOP', 'end_turn'],
    ['MAX_TOKENS', 'max_tokens'],
    ['CONTINUATION', 'max_tokens'],
  ])('with the reason %s ends with %s', (reason, stopReason) => {
    expect(endOf(outputsOf([chunk([{ text: 'a' }], reason)]))).toMatchObject({ end: { stopReason } });
  });

  it.each([
    'SAFETY',
    'RECITATION',
    'LANGUAGE',
    'BLOCKLIST',
    'PROHIBITED_CONTENT',
    'SPII',
    'IMAGE_SAFETY',
    'IMAGE_PROHIBITED_CONTENT',
    'IMAGE_RECITATION',
    'MODEL_ARMOR',
    'ESCALATION',
  ])('with the reason %s is a refusal', (reason) => {
    expect(endOf(outputsOf([chunk([{ text: 'a' }], reason, { finishMessage: 'why' })]))).toMatchObject({
      end: { stopReason: 'refusal', explanation: `The upstream stopped this answer (${reason}: why).` },
    });
  });

  it.each([
    ['MALFORMED_FUNCTION_CALL', 'broken_tool_call'],
    ['UNEXPECTED_TOOL_CALL', 'broken_tool_call'],
    ['TOO_MANY_TOOL_CALLS', 'broken_tool_call'],
    ['MALFORMED_RESPONSE', 'upstream_failed'],
    ['MISSING_THOUGHT_SIGNATURE', 'reasoning_rejected'],
    ['PUP_LIMITED_DISABLED', 'plan_required'],
    ['FUTURE', 'upstream_failed'],
    ['toString', 'upstream_failed'],
  ])('with the reason %s is the error %s', (reason, code) => {
    expect(endOf(outputsOf([chunk([], reason)]))).toMatchObject({
      code,
      message: `gemini (${model}) stopped the answer (${reason}).`,
    });
  });

  it('without a reason is truncated', () => {
    for (const reason of [undefined, '', 'FINISH_REASON_UNSPECIFIED'])
      expect(endOf(outputsOf([chunk([{ text: 'a' }], reason)]))).toMatchObject({
        code: 'truncated',
        message: `gemini (${model}) ended the stream before the answer was complete.`,
      });
  });

  it('to a blocked prompt is a refusal, of which no call runs', () => {
    const outputs = outputsOf([
      { promptFeedback: { blockReason: 'SAFETY' } },
      { promptFeedback: { blockReason: 'OTHER' } },
      chunk([call()]),
    ]);
    expect(blocksOf(outputs)).toEqual([['tool_call']]);
    expect(endOf(outputs)).toMatchObject({
      end: { stopReason: 'refusal', explanation: 'The prompt was blocked (SAFETY).' },
    });
  });

  it('that was cut or refused runs no call', () => {
    for (const reason of ['MAX_TOKENS', 'SAFETY'])
      expect(blocksOf(outputsOf([chunk([{ text: 'a' }, call()], reason)]))).toEqual([
        ['text', 'a'],
        ['block_end'],
        ['tool_call'],
      ]);
  });

  it('is read from the first candidate', () => {
    const other = { index: 1, content: { parts: [{ text: 'other' }] }, finishReason: 'STOP' };
    const first = { index: 0, content: { parts: [{ text: 'first' }] }, finishReason: 'STOP' };
    expect(blocksOf(outputsOf([{ candidates: [other] }, { candidates: [other, first] }]))).toContainEqual([
      'text',
      'first',
    ]);
    expect(endOf(outputsOf([{ candidates: [other] }]))).toMatchObject({ code: 'truncated' });
  });

  it.each([
    [{ content: null }, undefined],
    [{ content: {} }, undefined],
    [{}, undefined],
    [{ content: 'text' }, 'garbage'],
    [{ content: [] }, 'garbage'],
    [{ content: { parts: {} } }, 'garbage'],
  ])('with the content %j is %s', (candidate, code) => {
    const end = endOf(outputsOf([{ candidates: [{ ...candidate, finishReason: 'STOP' }] }]));
    expect(end && 'code' in end ? end.code : undefined).toBe(code);
    if (end && 'code' in end) expect(end.message).toBe(`gemini (${model}) sent content that is not a list of parts.`);
  });

  it('names parts that Claude Code cannot display', () => {
    const outputs = outputsOf([
      chunk(
        [
          { inlineData: { data: 'AAAA' } },
          { thoughtSignature: 's', executableCode: {} },
          { thoughtSignature: 's' },
          {},
        ],
        'STOP',
      ),
    ]);
    expect(blocksOf(outputs)).toEqual([
      ['warning', '[inlineData of gemini omitted: Claude Code cannot display it]'],
      ['warning', '[executableCode of gemini omitted: Claude Code cannot display it]'],
    ]);
  });

  it('ends at a stop sequence, and the calls after it do not run', () => {
    const outputs = outputsOf([chunk([{ text: 'abENDc' }]), chunk([call()], 'STOP')], { stop_sequences: ['END'] });
    expect(blocksOf(outputs)).toEqual([['text', 'ab']]);
    expect(endOf(outputs)).toMatchObject({
      abort: true,
      measured: false,
      end: { stopReason: 'stop_sequence', stopSequence: 'END' },
    });
    const held = outputsOf([chunk([{ text: 'abEN' }], 'STOP')], { stop_sequences: ['END'] });
    expect(blocksOf(held)).toEqual([['text', 'ab'], ['text', 'EN'], ['block_end']]);
  });

  it('of another model is named once', () => {
    const served = (modelVersion: string) => ({ modelVersion, candidates: [] });
    const warnings = (...versions: string[]) =>
      outputsOf(versions.map(served)).flatMap((output) => (output.type === 'warning' ? [output.message] : []));
    expect(warnings(`${model}-001`, 'gemini-9')).toEqual([]);
    expect(warnings('gemini-9', 'gemini-10')).toEqual([`gemini serves gemini-9 instead of ${model}`]);
  });

  it('reports the usage of every chunk, and that only usage may follow', () => {
    const stream = prepared().open(() => 'id');
    const usage = (count: number) => ({ usageMetadata: { promptTokenCount: count } });
    expect(stream.step({ ...chunk([{ text: 'a' }]), ...usage(1) })[0]).toMatchObject({ usage: { input_tokens: 1 } });
    expect(stream.step({ ...chunk([], 'STOP'), usageMetadata: { candidatesTokenCount: 5 } })).toMatchObject([
      { type: 'usage', usage: { input_tokens: 1, output_tokens: 5 } },
      { type: 'settled' },
    ]);
    expect(stream.done()).toMatchObject([
      { type: 'block_end' },
      { type: 'end', ending: { measured: true, end: { usage: { input_tokens: 1, output_tokens: 5 } } } },
    ]);
    expect(stream.eof()).toEqual([]);
  });

  it('is not settled before its usage, or when content follows the reason', () => {
    const types = (outputs: Output[]) => outputs.map(({ type }) => type);
    expect(types(outputsOf([chunk([{ text: 'a' }], 'STOP')]))).not.toContain('settled');
    const usageMetadata = { promptTokenCount: 1 };
    const outputs = outputsOf([chunk([{ text: 'a' }], 'STOP'), { ...chunk([{ text: 'b' }], 'STOP'), usageMetadata }]);
    expect(types(outputs)).not.toContain('settled');
    expect(blocksOf(outputs)).toEqual([['text', 'a'], ['text', 'b'], ['block_end']]);
  });
});

describe('the thought signature of a call', () => {
  const signed = (thoughtSignature: string, more: object = {}) => ({
    ...call('Read', { path: '/a' }, more),
    thoughtSignature,
  });
  const thinking = { thinking: { type: 'adaptive' } };

  it('belongs to the thinking before it', () => {
    const outputs = outputsOf([chunk([{ thought: true, text: 'hm' }, signed('s1')], 'STOP')]);
    expect(blocksOf(outputs).slice(0, 3)).toEqual([['thinking', 'hm'], ['signature', 's1'], ['block_end']]);
  });

  it('is in an empty block when the client keeps thinking', () => {
    const chunks = [chunk([{ text: 'a' }, signed('s1')], 'STOP')];
    expect(blocksOf(outputsOf(chunks, thinking)).slice(1, 6)).toEqual([
      ['block_end'],
      ['tool_call'],
      ['signature', 's1'],
      ['block_end'],
      ['tool_start', 'call_new0', 'Read'],
    ]);
    expect(blocksOf(outputsOf(chunks)).flat()).not.toContain('signature');
  });
});

describe('a call of Gemini', () => {
  const failureOf = (functionCall: unknown) => endOf(outputsOf([chunk([{ functionCall }], 'STOP')]));

  it.each([
    ['Read', 'The upstream sent a tool call that is not an object.'],
    [{ name: 'Read', willContinue: true }, 'The upstream sent a tool call in parts that cannot be combined.'],
    [{ name: 'Read', partialArgs: [] }, 'The upstream sent a tool call in parts that cannot be combined.'],
    [{ args: {} }, 'The upstream sent a tool call without a name.'],
    [{ name: '' }, 'The upstream sent a tool call without a name.'],
    [
      { name: 'Read', args: { a: [1e300] } },
      'The upstream sent a call of Read with a number that cannot be read exactly.',
    ],
    [{ name: 'Read', args: [1] }, 'The upstream sent an invalid call of Read.'],
  ])('like %j is an error', (functionCall, message) => {
    expect(failureOf(functionCall)).toMatchObject({ code: 'broken_tool_call', message });
  });

  it('may have fractions, no arguments and a continuation that is over', () => {
    expect(failureOf({ name: 'Read', args: { a: [0.5, 1, { b: -2 }, 'x', null] } })).toHaveProperty('end');
    expect(failureOf({ name: 'Read', willContinue: false })).toHaveProperty('end');
  });

  it('with text in its part keeps the text, but not as thinking', () => {
    expect(blocksOf(outputsOf([chunk([{ text: 'a', ...call() }], 'STOP')]))[0]).toEqual(['text', 'a']);
    expect(blocksOf(outputsOf([chunk([{ text: 'a', thought: true, ...call() }], 'STOP')]))[0]).toEqual(['tool_call']);
  });
});

describe('the usage of Gemini', () => {
  it('is in the terms of Anthropic', () => {
    expect(
      usageOf({
        promptTokenCount: 10,
        toolUsePromptTokenCount: 5,
        cachedContentTokenCount: 4,
        candidatesTokenCount: 7,
        thoughtsTokenCount: 3,
      }),
    ).toEqual({
      input_tokens: 11,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 4,
      output_tokens: 10,
      output_tokens_details: { thinking_tokens: 3 },
    });
    expect(usageOf({ promptTokenCount: 1, cachedContentTokenCount: 4, candidatesTokenCount: -5 })).toMatchObject({
      input_tokens: 0,
      output_tokens: 0,
    });
    expect(usageOf('none')).toMatchObject({ input_tokens: 0, output_tokens: 0 });
  });
});

describe('an error of Gemini', () => {
  const failure = (
    error: unknown,
    { status = 400, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
  ) =>
    prepared({ temperature: 1, thinking: { type: 'adaptive' }, tool_choice: { type: 'any' } }).failure(
      status,
      headers,
      typeof error === 'string' ? error : JSON.stringify({ error }),
    );
  const status = (name: string, message = 'words', more: object = {}) => ({ status: name, message, ...more });

  it.each([
    ['UNAUTHENTICATED', 'credential_rejected'],
    ['PERMISSION_DENIED', 'plan_required'],
    ['FAILED_PRECONDITION', 'plan_required'],
    ['NOT_FOUND', 'model_unavailable'],
    ['INVALID_ARGUMENT', 'upstream_invalid'],
    ['RESOURCE_EXHAUSTED', 'rate_limited'],
    ['UNAVAILABLE', 'upstream_overloaded'],
    ['INTERNAL', 'upstream_failed'],
    ['DEADLINE_EXCEEDED', 'upstream_timeout'],
    ['CANCELLED', 'upstream_failed'],
  ])('with the status %s is %s', (name, code) => {
    expect(failure(status(name))).toMatchObject({ code });
  });

  it.each([
    [[{ reason: 'API_KEY_INVALID' }], 'credential_rejected'],
    [[{ reason: 'UNKNOWN' }, { reason: 'ACCESS_TOKEN_TYPE_UNSUPPORTED' }], 'credential_rejected'],
    [[{ reason: 'UNKNOWN' }], 'upstream_invalid'],
  ])('with the reasons %j is %s', (details, code) => {
    expect(failure(status('INVALID_ARGUMENT', 'words', { details }))).toMatchObject({ code });
  });

  it.each([
    ['Quota exceeded, limit: 0, model: x', 'plan_required'],
    ['Your prepayment credits are depleted.', 'plan_required'],
    ['insufficient balance', 'plan_required'],
    ['Insufficient credits', 'plan_required'],
    ['Quota exceeded, limit: 05', 'rate_limited'],
  ])('about a quota, "%s", is %s', (message, code) => {
    expect(failure(status('RESOURCE_EXHAUSTED', message), { status: 429 })).toMatchObject({ code });
  });

  it.each([
    ['GenerateRequestsPerDayPerProject', 'plan_limit'],
    ['DailyTokens', 'plan_limit'],
    ['RequestsPerMinute', 'rate_limited'],
    [undefined, 'rate_limited'],
  ])('with the quota %s is %s', (quotaId, code) => {
    const details = [{ violations: [{ quotaId: 'RequestsPerMinute' }, { quotaId }] }];
    expect(failure(status('RESOURCE_EXHAUSTED', 'words', { details }), { status: 429 })).toMatchObject({ code });
  });

  it.each([
    ['The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).', 'context_overflow'],
    ['Corrupted thought signature.', 'reasoning_rejected'],
    ['Invalid thought signature', 'reasoning_rejected'],
    ['The thought_signature is not valid.', 'reasoning_rejected'],
  ])('in words, "%s", is %s', (message, code) => {
    expect(failure(status('INVALID_ARGUMENT', message))).toMatchObject({ code });
  });

  it.each([
    [
      'Invalid JSON payload received. Unknown name "temperature" at \'generation_config\': Cannot find field.',
      'generationConfig.temperature',
    ],
    ['Unknown name "toolConfig": Cannot find field.', 'toolConfig'],
    ['Unknown name "temperature" at \'generation_config[12]\'', 'generationConfig.temperature'],
    ['Unknown name "thinkingConfig" at \'generationConfig\'', 'generationConfig.thinkingConfig'],
    ['Thinking level is not supported for this model.', 'generationConfig.thinkingConfig'],
    ['The thinking budget 5 is invalid.', 'generationConfig.thinkingConfig'],
    ['Budget -1 is invalid.', 'generationConfig.thinkingConfig'],
    ["Invalid value at 'generation_config.thinking_config.thinking_level'", 'generationConfig.thinkingConfig'],
  ])('about a field, "%s", names it', (message, field) => {
    expect(failure(status('INVALID_ARGUMENT', message))).toMatchObject({
      code: 'field_refused',
      // A field with a value names the value.
      field: field === 'generationConfig.thinkingConfig' ? expect.stringMatching(`^${field}`) : field,
    });
  });

  it('in a list or inside another error is read like any other', () => {
    const error = status('UNAVAILABLE');
    expect(failure(JSON.stringify([{ error }]))).toMatchObject({ code: 'upstream_overloaded' });
    expect(failure({ message: JSON.stringify({ error }) })).toMatchObject({ code: 'upstream_overloaded' });
    expect(failure({ status: 'UNAVAILABLE', message: '{"error":{}}' })).toMatchObject({ code: 'upstream_overloaded' });
    expect(failure('<html>', { status: 503 })).toMatchObject({ code: 'upstream_overloaded' });
  });

  it('names the delay before the next attempt', () => {
    const details = [{ retryDelay: 'odd' }, { retryDelay: '3.5s' }];
    const exhausted = status('RESOURCE_EXHAUSTED', 'words', { details });
    const headers = (error: unknown, given = {}) => normalizeFailure(given, JSON.stringify({ error })).headers;
    expect(headers(exhausted)).toEqual({ 'retry-after': '3.5' });
    expect(headers(exhausted, { a: 'b', 'retry-after': '9' })).toEqual({ a: 'b', 'retry-after': '9' });
    expect(headers(status('INTERNAL'))).toEqual({});
    const daily = [...details, { violations: [{ quotaId: 'PerDay' }] }];
    expect(headers({ ...exhausted, details: daily })).toEqual({});
    expect(normalizeFailure({ a: 'b' }, '<html>')).toEqual({ headers: { a: 'b' }, text: '<html>' });
  });

  it('inside a stream is the same error', () => {
    const details = [{ retryDelay: '3s' }];
    const [output] = outputsOf([{ error: status('RESOURCE_EXHAUSTED', 'words', { code: 429, details }) }]);
    expect(output).toMatchObject({ type: 'failure', error: { code: 'rate_limited', retryAfterSec: 3 } });
    expect(outputsOf([{ error: 'text' }])).toMatchObject([{ type: 'failure' }]);
  });
});

describe('the dialect of Gemini', () => {
  it('has the paths of the model', () => {
    expect(prepared().path).toBe(`/v1beta/models/${model}:streamGenerateContent?alt=sse`);
    expect(prepared({}, { model: 'models/tuned model' }).path).toBe(
      '/v1beta/models/tuned%20model:streamGenerateContent?alt=sse',
    );
  });

  it('counts tokens where the host does', () => {
    const { count } = prepared({ system: 's', temperature: 1 }, { model: `models/${model}` });
    expect(count?.path).toBe(`/v1beta/models/${model}:countTokens`);
    const body = JSON.parse(count?.body.text ?? '');
    expect(Object.keys(body.generateContentRequest)).toEqual(['model', 'contents', 'systemInstruction', 'tools']);
    expect(body.generateContentRequest.model).toBe(`models/${model}`);
    expect([{ totalTokens: 5 }, {}, 'x'].map((answer) => count?.read(answer))).toEqual([5, undefined, undefined]);
    const without = { ...geminiDialect.plain, counts: false };
    expect(prepared({}, {}, without).count).toBeUndefined();
    expect(
      [geminiDialect.plain, without].map((profile) => geminiDialect.translator(host, profile).countsTokens),
    ).toEqual([true, false]);
  });

  it('reports what a model supports', () => {
    const abilities = (row: unknown, profile = geminiDialect.plain) =>
      geminiDialect.translator(host, profile).abilities(row as undefined);
    expect(abilities(undefined)).toEqual({
      images: 'yes',
      imagesInResults: 'yes',
      pdf: 'yes',
      parallelTools: 'yes',
      stopSequences: 'emulated',
      structuredOutput: 'yes',
      webSearch: 'noted',
      thinking: 'yes',
      countTokens: 'yes',
    });
    expect(abilities({ vision: false }, { ...geminiDialect.plain, counts: false })).toMatchObject({
      images: 'noted',
      imagesInResults: 'noted',
      countTokens: 'emulated',
    });
  });

  it('reads an answer of one JSON document', () => {
    const { fromJson } = prepared();
    for (const answer of [{ candidates: [] }, { promptFeedback: {} }, { error: {} }])
      expect(fromJson?.(answer)).toEqual([answer]);
    expect(fromJson?.({ other: 1 })).toEqual([]);
  });

  it('answers a search, knows the signatures it replays, and forwards no headers', () => {
    const search = prepared({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] });
    expect(search.hasNoSearch).toBe(true);
    expect(search.answerWithoutSearch?.()[0]).toMatchObject({ type: 'server_tool' });
    const use = { type: 'tool_use', id: 'a', name: 'Read', input: {} };
    const replayed = prepared({
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [use] },
      ],
    });
    expect(replayed.replayedReasoning).toEqual(['skip_thought_signature_validator']);
    expect(prepared().replayedReasoning).toEqual([]);
    expect(prepared({}, { client: { 'user-agent': 'x' } }).headers).toEqual({});
    expect(prepared().readHeaders({})).toEqual({ quota: undefined, requestedModel: model, servedModel: undefined });
  });

  it('gives a call with a known id a new one', () => {
    const use = { type: 'tool_use', id: 'c1', name: 'Read', input: {} };
    const outputs = outputsOf([chunk([call('Read', { path: 'x' }, { id: 'c1' })], 'STOP')], {
      messages: [{ role: 'assistant', content: [use] }],
    });
    expect(blocksOf(outputs)).toContainEqual(['tool_start', 'call_new0', 'Read']);
  });
});
