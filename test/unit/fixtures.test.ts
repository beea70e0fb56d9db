import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../support/grammar.ts';
import { byteByByte, cutAt, replay, whole } from '../support/replay.ts';

const folder = new URL('../fixtures/responses/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.sse'))
  .map((name) => name.slice(0, -4));

describe.each(names)('recorded stream %s', (name) => {
  const data = new Uint8Array(readFileSync(new URL(`${name}.sse`, folder)));
  const wanted = replay(whole(data));

  it('is translated into legal grammar, as recorded', async () => {
    expect(judge(wanted.text).faults).toEqual([]);
    await expect(
      `${wanted.text}${wanted.error ? `(${wanted.error.code}) ${wanted.error.message}\n` : ''}`,
    ).toMatchFileSnapshot(`../fixtures/responses/${name}.messages`);
  });

  it('gives the same bytes when it comes byte by byte', () => {
    expect(replay(byteByByte(data)).text).toBe(wanted.text);
  });

  it('gives the same bytes wherever it is cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (places) => {
        expect(replay(cutAt(data, places)).text).toBe(wanted.text);
      }),
      { numRuns: 60 },
    );
  });

  it('is never a complete message when its end is missing', () => {
    const end = Buffer.from(data).lastIndexOf('event: response.completed');
    fc.assert(
      fc.property(fc.nat({ max: Math.max(0, (end < 0 ? data.length : end) - 1) }), (length) => {
        const cut = replay(whole(data.slice(0, length)));
        const seen = judge(cut.text);
        expect(seen.faults).toEqual([]);
        if (end >= 0) expect(seen.complete).toBe(false);
        expect(cut.error === undefined).toBe(seen.complete);
      }),
      { numRuns: 80 },
    );
  });
});
