import { describe, expect, it } from 'vitest';
import { callIdOf, toolUseId } from '../../src/translate/anthropic/call-id.ts';
import { repairArguments } from '../../src/translate/anthropic/repair.ts';
import { isStrict } from '../../src/translate/anthropic/strict-schema.ts';

describe('argument repair', () => {
  const expectUnchanged = (schema: object, value: Record<string, unknown>) =>
    expect(repairArguments(value, schema as never, 'Read')).toEqual({ value, dropped: [] });

  it('keeps values that the schema allows explicitly or implicitly', () => {
    expectUnchanged({ properties: { value: { description: 'anything' } } }, { value: null });
    expectUnchanged({ properties: { value: true } }, { value: null });
    expectUnchanged({ properties: { value: { allOf: [{ type: ['string', 'null'] }] } } }, { value: null });
    expectUnchanged(
      { properties: {}, patternProperties: { '^X_': { type: 'string' } }, additionalProperties: false },
      { X_A: '' },
    );
    expectUnchanged({ required: ['a'], patternProperties: { '^a': {} }, additionalProperties: false }, { a: '' });
    expectUnchanged({ required: ['a'], additionalProperties: false }, { a: '' });
  });

  it('drops values that the schema does not allow', () => {
    const schema = {
      properties: { pages: { type: 'string' }, limit: { type: 'number' } },
      additionalProperties: false,
    };
    expect(repairArguments({ pages: '', limit: null, odd: null }, schema, 'Read').value).toEqual({});
  });

  const optional = (property: object) => ({ type: 'object', properties: { value: property }, required: [] });

  it.each([
    ['a number', { type: 'number' }],
    ['an enum', { type: 'string', enum: ['a', 'b'] }],
    ['a minimum length', { type: 'string', minLength: 1 }],
    ['a pattern', { type: 'string', pattern: '^/' }],
  ])('drops an empty string where the schema has %s', (_title, property) => {
    expect(repairArguments({ value: '' }, optional(property), 'Grep').dropped).toEqual(['$.value']);
    // A server's tool gets what the model sent.
    expect(repairArguments({ value: '' }, optional(property), 'mcp__notes__find').dropped).toEqual([]);
  });

  it('keeps an empty string that the schema allows, except where the tool is known to reject it', () => {
    expectUnchanged(optional({ type: 'string' }), { value: '' });
    const read = { properties: { pages: { type: 'string' } } };
    expect(repairArguments({ pages: '' }, read, 'Read').dropped).toEqual(['$.pages']);
    expect(repairArguments({ pages: '' }, read, 'mcp__pdf__read').dropped).toEqual([]);
    expect(repairArguments({ pages: '' }, read, 'Print').dropped).toEqual([]);
  });

  it('drops null also for the tools of a server', () => {
    expect(repairArguments({ value: null }, optional({ type: 'string' }), 'mcp__notes__find').dropped).toEqual([
      '$.value',
    ]);
  });
});

describe('strict mode', () => {
  const closed = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  it.each([
    [closed, true],
    [{ ...closed, $defs: { open: { type: 'object', properties: {} } } }, false],
    [{ ...closed, properties: { a: { type: ['object', 'null'], properties: {} } } }, false],
    [{ ...closed, properties: { a: {} } }, false],
    [{ anyOf: [closed] }, false],
    [{ type: 'array', items: closed }, false],
    [{ ...closed, oneOf: [closed] }, false],
  ])('of %j is %s', (schema, wanted) => {
    expect(isStrict(schema)).toBe(wanted);
  });
});

describe('tool_use ids with a namespace', () => {
  it.each([
    ['call_1', 'functions'],
    ['a__ns__b', 'x__ns__y'],
    ['漢', 'ns'],
  ])('encode the call id %s and the namespace %s', (callId, namespace) => {
    const id = toolUseId(callId, namespace);
    expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(callIdOf(id)).toEqual({ callId, namespace });
  });

  it.each(['call_1', 'c__ns__x', 'ccpns_', 'ccpns_!!', 'ccpns_W10'])('are not recognised in %s', (id) => {
    expect(callIdOf(id)).toEqual({ callId: id, namespace: undefined });
  });

  it('are not created for an empty namespace', () => {
    expect(toolUseId('call_1', '')).toBe('call_1');
  });
});
