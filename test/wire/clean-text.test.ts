import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanData, cleanLines, cleanText, hasControls } from '../../src/wire/clean-text.ts';

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

  it('in data is limited in length and number', () => {
    const data = { list: Array.from({ length: 1_000 }, () => 'x'.repeat(100)) };
    expect(cleanData(data, 20).list).toHaveLength(200);
    expect(cleanData(data, 20).list[0]).toBe(`${'x'.repeat(19)}…`);
  });
});
