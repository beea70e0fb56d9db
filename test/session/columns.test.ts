import { describe, expect, it } from 'vitest';
import { columnsOf, padLeft, padRight, table, truncate, wrapText } from '../../src/session/columns.ts';

describe('text in terminal columns', () => {
  it.each([
    ['latin', 'abc', 3],
    ['wide', '漢字', 4],
    ['combining', 'e\u0301', 1],
    ['styled', '\x1b[1mab\x1b[22m', 2],
  ])('has the width of its %s characters', (_name, text, wanted) => {
    expect(columnsOf(text)).toBe(wanted);
  });

  it.each([
    ['ab', 4, 'ab  ', '  ab'],
    ['漢', 4, '漢  ', '  漢'],
    ['abcd', 4, 'abcd', 'abcd'],
    ['abcdef', 4, 'abcdef', 'abcdef'],
  ])('%s is filled with spaces up to %i columns', (text, columns, right, left) => {
    expect(padRight(text, columns)).toBe(right);
    expect(padLeft(text, columns)).toBe(left);
  });

  it.each([
    ['abcdef', 4, 'abc…'],
    ['abcd', 4, 'abcd'],
    ['漢字漢字', 5, '漢字…'],
    ['漢字漢字', 4, '漢…'],
    ['a漢字', 3, 'a…'],
    ['abcdef', 1, '…'],
    ['abcdef', 0, '…'],
  ])('%s is truncated to %i columns', (text, columns, wanted) => {
    expect(truncate(text, columns)).toBe(wanted);
  });

  it.each([
    ['between words', 'one two three four', 9, 3, ['one two', 'three', 'four']],
    ['inside a word that is longer than a row', 'abcdefghij', 4, 9, ['abcd', 'efgh', 'ij']],
    ['with an ellipsis after the last row', 'one two three four', 9, 2, ['one two', 'three fo…']],
    ['into one row', 'one two three', 7, 1, ['one tw…']],
    ['into the narrowest column', 'ab', 0, 9, ['a', 'b']],
  ])('is wrapped %s', (_name, text, columns, rows, wanted) => {
    expect(wrapText(text, columns, rows)).toEqual(wanted);
  });
});

describe('a table', () => {
  it('aligns its columns to the widest cell, without spaces at the end of a row', () => {
    const rows = [
      ['model', 'requests', 'note'],
      ['漢', '7', ''],
      ['gpt-5.5', '12', 'new'],
    ];
    expect(table(rows, new Set([1])).split('\n')).toEqual([
      'model    requests  note',
      '漢              7',
      'gpt-5.5        12  new',
    ]);
    expect(table(rows).split('\n')[1]).toBe('漢       7');
  });

  it('may have rows of different length, or none', () => {
    expect(table([['a'], ['bb', 'c'], []])).toBe('a\nbb  c\n');
    expect(table([])).toBe('');
  });
});
