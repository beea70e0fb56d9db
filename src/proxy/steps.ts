/** Divides the work for a large request into steps, between which the event loop serves the other streams. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Smaller bodies take a few milliseconds in all. */
const largeBodyChars = 256 * 1024;
/** Longest time of one step of `inSteps`. */
const stepMs = 8;

export const isLarge = (bodyChars: number): boolean => bodyChars > largeBodyChars;

/** Lets the event loop run, if the request is large. */
export const betweenSteps = async (large: boolean): Promise<void> => {
  if (large) await nextTurn();
};

/** Applies a function to each value, and lets the event loop run in between. */
export async function inSteps<T, R>(values: Iterable<T>, apply: (value: T) => R): Promise<R[]> {
  const results: R[] = [];
  let end = performance.now() + stepMs;
  for (const value of values) {
    results.push(apply(value));
    if (performance.now() < end) continue;
    await nextTurn();
    end = performance.now() + stepMs;
  }
  return results;
}
