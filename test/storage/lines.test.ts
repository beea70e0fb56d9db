import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eachLine } from '../../src/storage/lines.ts';

const mebi = 1024 * 1024;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-lines-'));
  path = join(folder, 'lines.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function read(text: string | undefined, from = 0, torn?: boolean) {
  if (text !== undefined) writeFileSync(path, text);
  const lines: string[] = [];
  const end = await eachLine(path, from, (line) => lines.push(line), torn);
  return { lines, end };
}

describe('the lines of a file', () => {
  it('are returned in order, without empty ones, up to the last line break', async () => {
    expect(await read('one\n\ntwo\nthr')).toEqual({ lines: ['one', 'two'], end: 9 });
    expect(await read('one\n')).toEqual({ lines: ['one'], end: 4 });
    expect(await read('\n\n')).toEqual({ lines: [], end: 2 });
  });

  it('are none in an empty file, in one without a line break, and in a missing one', async () => {
    expect(await read('')).toEqual({ lines: [], end: 0 });
    expect(await read('on')).toEqual({ lines: [], end: 0 });
    rmSync(path);
    expect(await read(undefined, 7)).toEqual({ lines: [], end: 7 });
  });

  it('include an incomplete last line on request', async () => {
    expect(await read('one\ntw', 0, true)).toEqual({ lines: ['one', 'tw'], end: 6 });
    expect(await read('tw', 0, true)).toEqual({ lines: ['tw'], end: 2 });
    expect(await read('one\n', 0, true)).toEqual({ lines: ['one'], end: 4 });
  });

  it('continue at the end of the last read, once the incomplete line is complete', async () => {
    const first = await read('one\ntw');
    appendFileSync(path, 'o\nthree\n');
    expect(await read(undefined, first.end)).toEqual({ lines: ['two', 'three'], end: 14 });
    expect(await read(undefined, 14)).toEqual({ lines: [], end: 14 });
  });

  it('are counted in bytes, not characters', async () => {
    expect(await read('é漢😀\nx')).toEqual({ lines: ['é漢😀'], end: 10 });
    expect(await read('é漢', 0, true)).toEqual({ lines: ['é漢'], end: 5 });
  });

  it('are complete when a chunk ends inside a line or a character', async () => {
    const long = `${'a'.repeat(mebi - 1)}é${'b'.repeat(mebi)}`;
    const { lines, end } = await read(`first\n${long}\nlast\n`);
    expect(lines.map((line) => line.length)).toEqual([5, long.length, 4]);
    expect(lines[1] === long).toBe(true);
    expect(end).toBe(6 + long.length + 2 + 5);
  });

  it('are empty when they exceed the length limit, and the rest is read', async () => {
    const { lines, end } = await read(`first\n${'x'.repeat(18 * mebi)}\nlast\n`);
    expect(lines[0]).toBe('first');
    expect(lines[1]).toBe('');
    expect(lines.at(-1)).toBe('last');
    expect(lines.every((line) => line.length < 2 * mebi)).toBe(true);
    expect(end).toBe(6 + 18 * mebi + 1 + 5);
  });

  it('may be as long as sixteen mebibytes', async () => {
    const { lines } = await read(`${'x'.repeat(16 * mebi)}\n`);
    expect(lines.map((line) => line.length)).toEqual([16 * mebi]);
  });

  it('are an error in something that is no file', async () => {
    mkdirSync(path);
    await expect(read(undefined)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
