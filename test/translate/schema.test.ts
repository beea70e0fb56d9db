import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dereference, objectRoot } from '../../src/translate/anthropic/schema.ts';

describe('references', () => {
  it('are inlined together with their sibling keywords', () => {
    const schema = {
      type: 'object',
      properties: { from: { $ref: '#/$defs/place', description: 'Start' }, to: { $ref: '#/definitions/a~1b' } },
      $defs: { place: { type: 'string', description: 'A place' } },
      definitions: { 'a/b': { type: 'number' } },
    };
    expect(dereference(schema)).toEqual({
      type: 'object',
      properties: { from: { type: 'string', description: 'Start' }, to: { type: 'number' } },
    });
  });

  it('that are recursive keep their type', () => {
    const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, required: ['next'] };
    expect(dereference({ $ref: '#/$defs/node', $defs: { node } })).toEqual({
      type: 'object',
      properties: { next: { type: 'object' } },
      required: ['next'],
    });
    expect(dereference({ type: 'object', properties: { self: { $ref: '#' } } })).toEqual({
      type: 'object',
      properties: { self: { type: 'object', properties: { self: { type: 'object' } } } },
    });
  });

  it('that cannot be resolved become an empty schema', () => {
    expect(dereference({ properties: { a: { $ref: 'https://example.org/x' }, b: { $ref: '#/nowhere' } } })).toEqual({
      properties: { a: {}, b: {} },
    });
  });

  it('that expand exponentially are limited', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [
        `d${n}`,
        { anyOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] },
      ]),
    );
    expect(JSON.stringify(dereference({ $ref: '#/$defs/d0', $defs })).length).toBeLessThan(2_000_000);
  });

  it('are resolved only in schema positions, not as a parameter name or inside a default value', () => {
    const schema = {
      properties: { $ref: { type: 'string' }, b: { default: { $ref: '#/x' } }, c: { $ref: '#/properties/b' } },
    };
    expect(dereference(schema)).toEqual({
      properties: { $ref: { type: 'string' }, b: { default: { $ref: '#/x' } }, c: { default: { $ref: '#/x' } } },
    });
  });

  it('that are absent leave the schema object unchanged', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    expect(dereference(schema)).toBe(schema);
  });
});

describe('the root schema', () => {
  it('is an object with properties', () => {
    expect(objectRoot({})).toEqual({ type: 'object', properties: {} });
    expect(objectRoot({ $schema: 'x', type: ['object', 'null'], properties: { a: {} } })).toEqual({
      type: 'object',
      properties: { a: {} },
    });
  });

  it('merges the entries of allOf', () => {
    const allOf = [
      { properties: { a: { type: 'string' } }, required: ['a'] },
      { properties: { b: { type: 'number' } }, required: ['b'] },
    ];
    expect(objectRoot({ allOf, properties: { c: {} } })).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'number' }, c: {} },
      required: ['a', 'b'],
    });
  });

  it('merges the variants of oneOf, requires their common properties, and describes the valid sets', () => {
    const root = objectRoot({
      description: 'Find.',
      additionalProperties: false,
      oneOf: [
        { properties: { id: { type: 'string' }, all: {} }, required: ['id', 'all'] },
        { properties: { id: { type: 'number' }, all: {} }, required: ['id'] },
      ],
    });
    expect(root).toEqual({
      type: 'object',
      description: 'Find. Give the properties of one of these sets: {id, all} or {id, all}.',
      properties: { id: { anyOf: [{ type: 'string' }, { type: 'number' }] }, all: {} },
      required: ['id'],
    });
  });

  it('never contains keywords that the upstream rejects, for any schema', () => {
    const words = fc.constantFrom(
      'anyOf',
      'oneOf',
      'allOf',
      'not',
      'enum',
      '$schema',
      'properties',
      'required',
      'type',
    );
    const schema = fc.letrec((tie) => ({
      node: fc.dictionary(
        words,
        fc.oneof(
          { depthSize: 'small' },
          fc.string(),
          fc.constant(null),
          fc.array(tie('node'), { maxLength: 3 }),
          tie('node'),
        ),
        { maxKeys: 4 },
      ),
    })).node;
    fc.assert(
      fc.property(schema, (value) => {
        const root = objectRoot(dereference(value as Record<string, unknown>));
        for (const key of ['anyOf', 'oneOf', 'allOf', 'not', 'enum', '$schema']) expect(root).not.toHaveProperty(key);
        expect(root).toMatchObject({ type: 'object', properties: expect.any(Object) });
      }),
    );
  });
});
