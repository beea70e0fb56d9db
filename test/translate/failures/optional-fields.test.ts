import { describe, expect, it } from 'vitest';
import { rejectedField, rejectedFieldKey, withoutFields } from '../../../src/translate/failures/optional-fields.ts';

const fields = ['service_tier', 'reasoning.summary', 'include', 'output_config.effort', 'output_config', 'temperature'];
const byWords = (words: string) => rejectedField('', undefined, words, fields);
const byParam = (param: string, code = 'unsupported_parameter') => rejectedField(code, param, '', fields);

describe('the optional field named by an error', () => {
  it.each([
    ['the field', 'service_tier', 'service_tier'],
    ['an entry of it', 'include[0]', 'include'],
    ['a member of it', 'reasoning.summary.kind', 'reasoning.summary'],
    ['the longest one', 'output_config.effort', 'output_config.effort'],
    ['its parent', 'output_config.other', 'output_config'],
    ['a file anywhere', 'input[3].content[0].input_file', 'input_file'],
    ['another field', 'input', undefined],
    ['a longer name', 'temperatures', undefined],
    ['a shorter path', 'reasoning', undefined],
  ])('is read from the parameter: %s', (_name, param, wanted) => {
    expect(byParam(param)).toBe(wanted);
  });

  it.each([
    'unsupported_parameter',
    'unknown_parameter',
    'unsupported_value',
    'invalid_value',
    'subscription_sharing_unsupported_capability',
  ])('is accepted with the code %s', (code) => {
    expect(byParam('include', code)).toBe('include');
    expect(byParam('include', `${code}_x`)).toBeUndefined();
    expect(byParam('include', `x_${code}`)).toBeUndefined();
  });

  it.each([
    "Unsupported parameter: 'temperature'",
    'Unknown field: "temperature"',
    'Unrecognized argument temperature',
    'Unknown parameters: temperature, x',
    'This value is not allowed: unsupported value temperature',
    '`temperature` is not supported with this model.',
    'temperature is not allowed',
    'temperature is not permitted here',
    "The 'temperature' 0.7 is not supported",
    'temperature: Extra inputs are not permitted',
    'body.x "temperature": unknown',
    'temperature.kind: Extra inputs are not permitted',
  ])('is found in the message: %s', (words) => {
    expect(byWords(words)).toBe('temperature');
  });

  it.each([
    'The room temperature is unknown to me.',
    'The temperature of messages is high, and this is not supported.',
    'Unknown field temperatures',
    'Unknown field temperature.kind',
    'temperature must be below 2',
    'Something is not supported.',
    '',
  ])('is not found in the message: %s', (words) => {
    expect(byWords(words)).toBeUndefined();
  });

  it('is the effort for a model without effort, and include for unsupported encrypted content', () => {
    expect(byWords('This model does not support the effort parameter.')).toBe('output_config.effort');
    expect(rejectedField('', undefined, 'x does not support the effort parameter', ['include'])).toBeUndefined();
    expect(byWords('Encrypted content is not supported with this model.')).toBe('include');
    expect(byWords('reasoning.summary: extra inputs are not permitted')).toBe('reasoning.summary');
    expect(byWords('reasoningxsummary: extra inputs are not permitted')).toBeUndefined();
  });

  it('is read from the message only when the parameter is empty', () => {
    expect(rejectedField('unsupported_parameter', '', 'temperature is not supported', fields)).toBe('temperature');
    expect(rejectedField('unsupported_parameter', 'input', 'temperature is not supported', fields)).toBeUndefined();
  });
});

describe('the key of a rejected field', () => {
  const body = {
    temperature: 0.5,
    output_config: { effort: 'max' },
    parallel_tool_calls: true,
    input: [{ type: 'input_file' }],
  };
  const key = (field: string, code = '', sent: object = body) => rejectedFieldKey(field, code, { ...sent });

  it('is its name, or its name and value when only that value was rejected', () => {
    expect(key('temperature')).toBe('temperature');
    expect(key('output_config.effort', 'unknown_parameter')).toBe('output_config.effort');
    expect(key('output_config.effort', 'unsupported_value')).toBe('output_config.effort="max"');
    expect(key('temperature', 'invalid_value')).toBe('temperature=0.5');
  });

  it('is undefined when the field was not sent', () => {
    expect(key('top_p')).toBeUndefined();
    expect(key('output_config.format')).toBeUndefined();
    expect(key('temperature.kind')).toBeUndefined();
    expect(key('input_file')).toBe('input_file');
    expect(key('input_file', '', { input: [{ type: 'input_text' }] })).toBeUndefined();
  });

  it('is undefined when its removal would allow parallel calls', () => {
    expect(key('parallel_tool_calls')).toBe('parallel_tool_calls');
    expect(key('parallel_tool_calls', '', { parallel_tool_calls: false })).toBeUndefined();
    expect(key('temperature', '', { temperature: false })).toBe('temperature');
  });
});

describe('a body without rejected fields', () => {
  const body = { a: 1, b: { c: 'x', d: 2 }, e: [1] };
  const without = (...names: string[]) => withoutFields(body, new Set(names));

  it('keeps the rest', () => {
    expect(without()).toEqual(body);
    expect(without('a')).toEqual({ b: { c: 'x', d: 2 }, e: [1] });
    expect(without('b.c')).toEqual({ a: 1, b: { d: 2 }, e: [1] });
    expect(without('b')).toEqual({ a: 1, e: [1] });
    expect(without('a', 'b.d', 'nothing', 'nothing.at.all')).toEqual({ b: { c: 'x' }, e: [1] });
    expect(body).toEqual({ a: 1, b: { c: 'x', d: 2 }, e: [1] });
  });

  it('loses a field with a rejected value only when it has that value', () => {
    expect(without('a=1')).toEqual({ b: { c: 'x', d: 2 }, e: [1] });
    expect(without('a=2')).toEqual(body);
    expect(without('b.c="x"')).toEqual({ a: 1, b: { d: 2 }, e: [1] });
    expect(without('b.c="y"')).toEqual(body);
    expect(without('e=[1]')).toEqual({ a: 1, b: { c: 'x', d: 2 } });
    expect(withoutFields({ s: 'k=v' }, new Set(['s="k=v"']))).toEqual({});
    expect(withoutFields({ s: 'a\nb' }, new Set([`s=${JSON.stringify('a\nb')}`]))).toEqual({});
  });

  it('loses a value in place of the parent of a rejected member', () => {
    expect(withoutFields({ b: 'auto', a: 1 }, new Set(['b.c']))).toEqual({ a: 1 });
  });
});
