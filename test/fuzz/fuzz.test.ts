/** 20,000 mutated streams and 2,000 mutated requests. `npm run fuzz` runs more, and prints each failure as a file. */
import { describe, expect, it } from 'vitest';
import { failureCase, runFailure } from './failures.ts';
import { requestCase, runRequest } from './requests.ts';
import { dialects, runStream, streamCase } from './streams.ts';

const [streams, requests, parts] = [20_000, 2_000, 10];

/** In parts, so that the event loop is free in between. */
const ranges = (count: number): [number, number][] =>
  Array.from({ length: parts }, (_, part) => [1 + (part * count) / parts, ((part + 1) * count) / parts]);

describe('mutated streams', () => {
  it.each(ranges(streams))('%i to %i violate no rule and cause no internal error', (from, to) => {
    const failures: unknown[] = [];
    for (let seed = from; seed <= to; seed++) {
      const { faults, internal } = runStream(streamCase(seed));
      if (faults.length > 0 || internal !== undefined) failures.push({ seed, faults, internal });
    }
    expect(failures).toEqual([]);
  });

  it('are of every dialect and category', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 500; seed++) {
      const { dialect, category } = streamCase(seed);
      seen.add(`${dialect} ${category}`);
    }
    expect(seen.size).toBe(dialects.length * 5);
  });
});

describe('mutated requests', () => {
  it.each(ranges(requests))('%i to %i are translated as the upstream accepts them, or refused', (from, to) => {
    const failures: unknown[] = [];
    for (let seed = from; seed <= to; seed++) {
      const { faults, internal } = runRequest(requestCase(seed));
      if (faults.length > 0 || internal !== undefined) failures.push({ seed, faults, internal });
    }
    expect(failures).toEqual([]);
  });
});

it('2,000 failed responses become errors that Claude Code understands', () => {
  const failures: unknown[] = [];
  for (let seed = 1; seed <= 2_000; seed++) {
    const { faults, internal } = runFailure(failureCase(seed));
    if (faults.length > 0 || internal !== undefined) failures.push({ seed, faults, internal });
  }
  expect(failures).toEqual([]);
});
