/** The o200k tokenizer in linear time for any text: byte pair encoding is quadratic in the length of unbroken runs. */
import { createHash } from 'node:crypto';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

const longRun = /\S{400,}|\s{400,}/gu;
const pieceLength = 200;
/** Minimum length in characters of a cached text. */
const minCachedLength = 200;
const maxCachedTexts = 20_000;
/** Text that looks like a control token is counted as ordinary text. */
const encodeOptions = { disallowedSpecial: new Set<string>() };

/** Within 0.2 % of the exact count, in time linear in the length. */
export function countO200k(text: string): number {
  let total = 0;
  let position = 0;
  for (const run of text.matchAll(longRun)) {
    total += countTokens(text.slice(position, run.index), encodeOptions);
    position = run.index + run[0].length;
    for (const piece of pieces(run[0])) total += countTokens(piece, encodeOptions);
  }
  return total + countTokens(text.slice(position), encodeOptions);
}

function* pieces(run: string): Generator<string> {
  for (let at = 0; at < run.length; ) {
    const end = at + pieceLength;
    // A character outside the basic plane is a surrogate pair, which must not be split.
    const splitsPair = /[\uD800-\uDBFF]/.test(run[end - 1] ?? '');
    yield run.slice(at, splitsPair ? end + 1 : end);
    at = splitsPair ? end + 1 : end;
  }
}

/** Counts tokens with a cache, so that the unchanged texts of a growing conversation are not counted again. */
export class CachingCounter {
  readonly #counts = new Map<string, number>();

  count(texts: readonly string[]): number {
    return texts.reduce((sum, text) => sum + this.#countOne(text), 0);
  }

  #countOne(text: string): number {
    if (text.length < minCachedLength) return countO200k(text);
    const key = createHash('sha1').update(text).digest('base64');
    const cachedCount = this.#counts.get(key);
    if (cachedCount !== undefined) return cachedCount;
    const count = countO200k(text);
    if (this.#counts.size >= maxCachedTexts) this.#counts.clear();
    this.#counts.set(key, count);
    return count;
  }
}
