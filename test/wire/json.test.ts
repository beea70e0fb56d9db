import { describe, expect, it } from 'vitest';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  isSameValue,
  objectsOf,
  ownValue,
  parseJson,
} from '../../src/wire/json.ts';

describe('a value of external JSON', () => {
  it.each<[string, unknown, { string?: string; number?: number; array?: unknown[]; object?: object }]>([
    ['a string', 'text', { string: 'text' }],
    ['an empty string', '', { string: '' }],
    ['a number', 1.5, { number: 1.5 }],
    ['zero', 0, { number: 0 }],
    ['an infinite number', Number.POSITIVE_INFINITY, {}],
    ['not a number', Number.NaN, {}],
    ['an array', [1], { array: [1] }],
    ['an object', { a: 1 }, { object: { a: 1 } }],
    ['null', null, {}],
    ['missing', undefined, {}],
    ['a boolean', true, {}],
    ['a function', () => 1, {}],
  ])('that is %s is read as its own type only', (_name, value, { string, number, array, object }) => {
    expect(asString(value)).toBe(string);
    expect(asNumber(value)).toBe(number);
    expect(asArray(value)).toEqual(array ?? []);
    expect(asObject(value)).toEqual(object ?? {});
    expect(isObject(value)).toBe(object !== undefined);
  });

  it('contributes only the objects of an array', () => {
    expect(objectsOf([{ a: 1 }, null, [2], 'x', {}])).toEqual([{ a: 1 }, {}]);
    expect(objectsOf({ a: 1 })).toEqual([]);
  });

  it('is looked up in a table among its own members, not those of its prototype', () => {
    expect(ownValue({ a: 1 }, 'a')).toBe(1);
    expect(ownValue({ a: 1 }, 'b')).toBeUndefined();
    expect(ownValue<unknown>({ a: 1 }, 'toString')).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['{"a":[1]}', { a: [1] }],
    ['null', null],
    ['', undefined],
    ['{"a":', undefined],
  ])('%s is parsed, or undefined when it is invalid', (text, wanted) => {
    expect(parseJson(text)).toEqual(wanted);
  });
});

describe('two values', () => {
  it.each([
    [
      { a: 1, b: [null, 'x'] },
      { b: [null, 'x'], a: 1 },
    ],
    [[], []],
    [null, null],
    ['a', 'a'],
  ])('are equal: %j and %j', (a, b) => {
    expect(isSameValue(a, b)).toBe(true);
  });

  it.each([
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [{ a: undefined }, { b: 1 }],
    [{ toString: undefined }, { a: undefined }],
    [[1, 2], [1]],
    [[1], { 0: 1 }],
    [null, {}],
    ['1', 1],
  ])('are not equal: %j and %j', (a, b) => {
    expect(isSameValue(a, b)).toBe(false);
  });

  it('are not equal when they are nested too deep to be compared', () => {
    const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect(isSameValue(nested(150), nested(150))).toBe(true);
    expect(isSameValue(nested(100_000), nested(100_000))).toBe(false);
  });
});
