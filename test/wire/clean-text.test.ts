import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanData, cleanLines, cleanName, cleanText, hasControls } from '../../src/wire/clean-text.ts';

describe('foreign text', () => {
  it.each([
    ['an escape sequence that sets the clipboard', '\x1b]52;c;ZXZpbA==\x07name', ']52;c;ZXZpbA== name'],
    ['a C1 control sequence', 'a\u009b31mb', 'a 31mb'],
    ['line breaks, which could forge a line', 'one\r\ntwo\u2028three', 'one two three'],
    ['a change of the text’s direction', 'gpt\u202egnp.exe\u202c', 'gpt gnp.exe'],
    ['blanks around it', '  name \t', 'name'],
    ['letters of every script', 'modèle 漢字 👩‍💻', 'modèle 漢字 👩‍💻'],
  ])('loses %s', (_name, text, wanted) => {
    expect(cleanText(text)).toBe(wanted);
  });

  it('is cut to its length, without half a character', () => {
    expect(cleanText('x'.repeat(300))).toBe(`${'x'.repeat(199)}…`);
    expect(cleanText('abc', 3)).toBe('abc');
    expect(cleanText('a😀b', 3)).toBe('a…');
    expect(cleanText(`${' '.repeat(500)}x`, 100)).toBe('…');
  });

  it.each([
    '\u0000',
    '\u001f',
    '\u007f',
    '\u009f',
    '\u200e',
    '\u200f',
    '\u2028',
    '\u2029',
    '\u202a',
    '\u202e',
    '\u2066',
    '\u2069',
    '\ufeff',
  ])('loses %j, and says that it was there', (control) => {
    expect(cleanText(`a${control}${control}b`)).toBe('a b');
    expect(hasControls(`a${control}`)).toBe(true);
    expect(hasControls('a b')).toBe(false);
  });

  it('is marked when it was cut, also by its control characters', () => {
    expect(cleanText('x'.repeat(200))).toBe('x'.repeat(200));
    expect(cleanText('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
    expect(cleanText(`ab${'\n'.repeat(4)}`, 3)).toBe('ab');
    expect(cleanText(`ab${'\n'.repeat(5)}`, 3)).toBe('ab…');
  });

  it('as a name may be absent', () => {
    expect(cleanName(undefined)).toBeUndefined();
    expect(cleanName('a\n')).toBe('a');
  });

  it('never contains a control character and never exceeds its length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 250 }), (text, length) => {
        const clean = cleanText(text, length);
        expect(hasControls(clean)).toBe(false);
        expect(clean.length).toBeLessThanOrEqual(length);
      }),
      { numRuns: 50 },
    );
  });

  it('of several lines keeps its line breaks', () => {
    expect(cleanLines('one\x1b[2J\ntwo\r', 100)).toBe('one [2J\ntwo');
  });

  it('in data is cleaned at every level, member names included', () => {
    const data = { 'na\x1bme': ['a\nb', { deep: 'c\u0085d' }], count: 1, none: undefined, flag: null };
    expect(cleanData(data, 50)).toEqual({ 'na me': ['a b', { deep: 'c d' }], count: 1, none: undefined, flag: null });
  });

  it('in data that is nested too deep is dropped, not kept as it is', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 'a\nb' : [nested(depth - 1)]);
    expect(JSON.stringify(cleanData(nested(9), 50))).toBe(JSON.stringify(nested(9)).replace('\\n', ' '));
    expect(JSON.stringify(cleanData(nested(10), 50))).toBe('[[[[[[[[[null]]]]]]]]]');
    expect(JSON.stringify(cleanData(nested(50), 50))).toBe('[[[[[[[[[null]]]]]]]]]');
  });

  it('in data is limited in length and number', () => {
    const data = { list: Array.from({ length: 1_000 }, () => 'x'.repeat(100)) };
    expect(cleanData(data, 20).list).toHaveLength(200);
    expect(cleanData(data, 20).list[0]).toBe(`${'x'.repeat(19)}…`);
    const members = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`m${n}`, n]));
    expect(Object.keys(cleanData(members, 20))).toHaveLength(200);
    expect(cleanData(['x'.repeat(20), 'x'.repeat(21)], 20)).toEqual(['x'.repeat(20), `${'x'.repeat(19)}…`]);
  });
});
