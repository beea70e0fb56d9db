/** Replays recorded streams of every dialect: whole, byte by byte, in random chunks, and truncated. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialectNames } from '../../src/translate/dialects.ts';
import { upstreamOfDialect } from '../support/dialects.ts';
import { judge } from '../support/grammar.ts';
import { byteByByte, cutAt, replay, whole } from '../support/replay.ts';

const root = new URL('../fixtures/', import.meta.url);
const cases = dialectNames.flatMap((dialect) =>
  existsSync(new URL(dialect, root))
    ? readdirSync(new URL(dialect, root))
        .filter((name) => name.endsWith('.sse'))
        .map((name) => [dialect, name.slice(0, -4)] as const)
    : [],
);

it('recorded streams exist for every dialect', () => {
  expect(new Set(cases.map(([dialect]) => dialect))).toEqual(new Set(dialectNames));
});

describe.each(cases)('recorded %s stream %s', (dialect, name) => {
  const data = new Uint8Array(readFileSync(new URL(`${dialect}/${name}.sse`, root)));
  const run = (chunks: Iterable<Uint8Array>) => replay(chunks, undefined, upstreamOfDialect[dialect]);
  const expected = run(whole(data));

  it('is translated into valid grammar that matches the snapshot', async () => {
    expect(judge(expected.text).faults).toEqual([]);
    await expect(
      `${expected.text}${expected.error ? `(${expected.error.code}) ${expected.error.message}\n` : ''}`,
    ).toMatchFileSnapshot(`../fixtures/${dialect}/${name}.messages`);
  });

  it('produces the same bytes when it arrives byte by byte', () => {
    expect(run(byteByByte(data)).text).toBe(expected.text);
  });

  it('produces the same bytes for any chunking', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (places) => {
        expect(run(cutAt(data, places)).text).toBe(expected.text);
      }),
      { numRuns: 30 },
    );
  });

  it('is a complete message only after its last content event is complete', () => {
    // Usage and `[DONE]` may follow the event that ends the response.
    const endOffset = expected.error === undefined ? lastContent(data, dialect) : data.length;
    fc.assert(
      fc.property(fc.nat({ max: Math.max(0, endOffset - 1) }), (length) => {
        const cut = run(whole(data.slice(0, length)));
        const seen = judge(cut.text);
        expect(seen.faults).toEqual([]);
        expect(seen.complete).toBe(false);
        expect(cut.error).toBeDefined();
      }),
      { numRuns: 40 },
    );
  });
});

/** Byte offset of the event that ends the response. */
function lastContent(data: Uint8Array, dialect: string): number {
  const text = Buffer.from(data);
  const marks: Record<string, string[]> = {
    responses: ['event: response.completed', 'event: response.incomplete'],
    chat: ['"finish_reason":"'],
    messages: ['event: message_stop'],
    gemini: ['"finishReason":"', '"blockReason":"'],
  };
  const places = (marks[dialect] ?? []).map((mark) => text.indexOf(mark)).filter((place) => place >= 0);
  return Math.min(...places);
}
