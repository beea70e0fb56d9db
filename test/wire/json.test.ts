import { describe, expect, it } from 'vitest';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
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
