/** The characters that a running response brought in each second since it was sent. Seconds of silence are 0. */

/** Older seconds are dropped: a meter shows the newest. */
export const maxRates = 60;

export interface StreamRates {
  /** Second, since the attempt was sent, of the first entry. */
  readonly from: number;
  /** Characters per second. */
  readonly chars: readonly number[];
}

export const noRates: StreamRates = { from: 0, chars: [] };

/** @param second since the attempt was sent. Earlier seconds without an entry were silent. */
export function addRate({ from, chars }: StreamRates, second: number, added: number): StreamRates {
  if (second < from) return { from, chars };
  const length = Math.max(chars.length, second - from + 1);
  const first = Math.max(0, length - maxRates);
  const next = Array.from({ length: length - first }, (_, at) => chars[first + at] ?? 0);
  const last = second - from - first;
  next[last] = (next[last] ?? 0) + Math.max(0, added);
  return { from: from + first, chars: next };
}

/** The rates of the newest `count` seconds up to `second`, which is silent as far as it has no entry. */
export const ratesUpTo = ({ from, chars }: StreamRates, second: number, count: number): number[] =>
  Array.from(
    { length: Math.max(0, Math.min(count, second + 1)) },
    (_, at, first = Math.max(0, second + 1 - count)) => chars[first + at - from] ?? 0,
  );
