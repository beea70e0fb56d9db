/** Schemas of tools for upstreams that support a subset. The general cases are in `test/translate/schema.test.ts`. */
import { describe, expect, it } from 'vitest';
import { dereference, objectRoot } from '../../../src/translate/anthropic/schema.ts';

const $defs = { x: { type: 'string', description: 'An x' }, list: { type: 'array', items: { $ref: '#/$defs/x' } } };
const x = $defs.x;
const resolved = (schema: Record<string, unknown>) => dereference({ ...schema, $defs });

describe('references in a schema', () => {
  const $ref = '#/$defs/x';

  it.each([
    'items',
    'additionalProperties',
    'additionalItems',
    'unevaluatedItems',
    'unevaluatedProperties',
    'contains',
    'propertyNames',
  ])('are resolved in %s', (member) => {
    expect(resolved({ [member]: { $ref } })).toEqual({ [member]: x });
  });

  it.each(['properties', 'patternProperties', 'dependentSchemas', 'dependencies'])('are resolved in %s', (member) => {
    expect(resolved({ [member]: { a: { $ref }, b: ['kept'] } })).toEqual({ [member]: { a: x, b: ['kept'] } });
  });

  it.each([
    ['anyOf', 'anyOf'],
    ['oneOf', 'anyOf'],
    ['allOf', 'allOf'],
    ['prefixItems', 'prefixItems'],
  ])('are resolved in %s, which becomes %s', (member, expected) => {
    expect(resolved({ [member]: [{ $ref }, { type: 'null' }] })).toEqual({ [expected]: [x, { type: 'null' }] });
  });

  it('leave oneOf beside anyOf', () => {
    expect(resolved({ oneOf: [{ $ref }], anyOf: [{ $ref }] })).toEqual({ oneOf: [x], anyOf: [x] });
  });

  it.each(['not', 'if', 'then', 'else'])('remove %s, which would forbid more if it were truncated', (member) => {
    expect(resolved({ items: { $ref }, [member]: { $ref } })).toEqual({ items: x });
    expect(resolved({ items: { $ref }, [member]: { type: 'null' } })).toEqual({ items: x, [member]: { type: 'null' } });
  });

  it('are resolved inside their targets and in lists of schemas', () => {
    expect(resolved({ items: { $ref: '#/$defs/list' } })).toEqual({ items: { type: 'array', items: x } });
    expect(resolved({ items: [{ $ref }, true] })).toEqual({ items: [x, true] });
  });

  it('have pointers with escapes and indexes', () => {
    const definitions = { 'a/b~c d': { type: 'number' }, 'e%': { type: 'null' } };
    const at = (reference: string) =>
      dereference({ items: { $ref: reference }, definitions, prefixItems: [{}, { type: 'boolean' }] }).items;
    expect(at('#/definitions/a~1b~0c%20d')).toEqual({ type: 'number' });
    expect(at('#/definitions/e%')).toEqual({ type: 'null' });
    expect(at('#/prefixItems/1')).toEqual({ type: 'boolean' });
    expect(at('#/prefixItems/5')).toEqual({});
    expect(at('#/type/deeper')).toEqual({});
    expect(at('#/toString')).toEqual({});
    expect(at('#definitions')).toEqual({});
    expect(at('x/definitions/e%')).toEqual({});
  });

  it('have members beside them that apply too', () => {
    const target = {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    };
    const merged = (siblings: object) =>
      dereference({ items: { $ref: '#/$defs/t', ...siblings }, $defs: { t: target } }).items;
    expect(merged({ description: 'd', type: 'x' })).toEqual({ ...target, description: 'd', type: 'x' });
    expect(merged({ properties: { b: {} } })).toEqual({
      ...target,
      properties: { a: { type: 'string' }, b: {} },
      additionalProperties: true,
    });
    expect(merged({ required: ['b', 'a'] })).toMatchObject({ required: ['b', 'a'], properties: { a: {} } });
    expect(merged({ patternProperties: { '^x': {} } })).toMatchObject({
      patternProperties: { '^x': {} },
      additionalProperties: true,
    });
    expect(merged({ additionalProperties: { type: 'null' } })).toMatchObject({ additionalProperties: true });
  });

  it('that are recursive keep the members beside them', () => {
    const node = { type: 'object', description: 'A node', properties: { next: { $ref: '#/$defs/node', title: 'n' } } };
    expect(dereference({ $ref: '#/$defs/node', $defs: { node } })).toEqual({
      ...node,
      properties: { next: { type: 'object', description: 'A node', title: 'n' } },
    });
  });

  it('are truncated when the schema becomes too large, by its nodes, texts and values', () => {
    const repeated = (target: object) => {
      const items = Array.from({ length: 60 }, () => ({ $ref: '#/$defs/t' }));
      const { prefixItems } = dereference({ prefixItems: items, $defs: { t: target } });
      return (prefixItems as object[]).filter((entry) => Object.keys(entry).length > 0).length;
    };
    expect(repeated({ type: 'string' })).toBe(60);
    expect(repeated({ description: 'x'.repeat(25_000) })).toBeLessThan(30);
    expect(repeated({ enum: Array.from({ length: 500 }, (_, n) => n) })).toBeLessThan(30);
    expect(repeated({ default: { a: Array.from({ length: 500 }, () => ({})) } })).toBeLessThan(30);
    expect(repeated({ items: Array.from({ length: 500 }, () => ({ type: 'null' })) })).toBeLessThan(30);
  });

  it('that are no text are members like any other', () => {
    const schema = { items: { $ref: 5 } };
    expect(dereference(schema)).toBe(schema);
  });
});

describe('the root of a schema', () => {
  it('has no dialect, id, enumeration or negation', () => {
    expect(objectRoot({ $schema: 's', $id: 'i', enum: [1], not: {}, title: 't', properties: 5 })).toEqual({
      title: 't',
      type: 'object',
      properties: {},
    });
  });

  it('merges allOf, of which a closed part accepts the properties of the others', () => {
    expect(
      objectRoot({
        allOf: [
          { properties: { a: { type: 'string' } }, additionalProperties: false, patternProperties: { '^a': {} } },
          { properties: { a: { type: 'null' }, b: {} }, patternProperties: { '^b': {} } },
        ],
        required: ['a'],
      }),
    ).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, b: {} },
      patternProperties: { '^a': {}, '^b': {} },
      required: ['a'],
      additionalProperties: true,
    });
    expect(objectRoot({ allOf: [{ properties: { a: {} } }] })).toEqual({ type: 'object', properties: { a: {} } });
  });

  it('merges variants with the same schema of a property into one', () => {
    expect(
      objectRoot({
        anyOf: [
          { properties: { a: { type: 'string' }, b: {} }, required: ['a'] },
          { properties: { a: { type: 'string' } }, required: ['a', 'c'] },
          { properties: { a: { type: 'null' } }, required: ['a'] },
        ],
        required: ['r'],
        properties: { b: { type: 'number' } },
        additionalProperties: { type: 'string' },
      }),
    ).toEqual({
      type: 'object',
      description: 'Give the properties of one of these sets: {a, b} or {a} or {a}.',
      properties: { a: { anyOf: [{ type: 'string' }, { type: 'null' }] }, b: { type: 'number' } },
      required: ['r', 'a'],
      additionalProperties: { type: 'string' },
    });
  });

  it('requires nothing when the variants share nothing, and is open when it was closed', () => {
    const root = objectRoot({ oneOf: [{ required: ['a'] }, {}], additionalProperties: false });
    expect(root).not.toHaveProperty('required');
    expect(root).not.toHaveProperty('additionalProperties');
    expect(objectRoot({ oneOf: [{}, { required: ['a'] }] })).not.toHaveProperty('required');
  });
});
