/** Finds models by typed text, as a launcher of editors does: the letters of each word in their order. */
import type { ModelChoice } from './ui.ts';

/** @returns the choices that match every word, an exact name first, then the closest; all in their order without text. */
export function searchModels(choices: readonly ModelChoice[], text: string): readonly ModelChoice[] {
  const exact = text.trim().toLowerCase();
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return choices;
  const scored = choices.flatMap((choice) => {
    const name = `${choice.upstream}/${choice.model}`.toLowerCase();
    const scores = words.map((word) => distance(word, name));
    return scores.includes(undefined)
      ? []
      : [{ choice, score: isExact(choice, exact) ? -1 : scores.reduce<number>((sum, one) => sum + (one ?? 0), 0) }];
  });
  // The sort is stable: equal matches keep their order.
  return scored.sort((a, b) => a.score - b.score).map(({ choice }) => choice);
}

const isExact = ({ upstream, model }: ModelChoice, text: string): boolean =>
  text === model.toLowerCase() || text === `${upstream}/${model}`.toLowerCase();

/** Number of letters between those of a word, counted from its first: 0 where it stands as it is. `undefined`: no match. */
function distance(word: string, name: string): number | undefined {
  if (name.includes(word)) return 0;
  let best: number | undefined;
  for (let start = name.indexOf(word[0] ?? ''); start >= 0; start = name.indexOf(word[0] ?? '', start + 1)) {
    const end = endOfLetters(word, name, start);
    if (end === undefined) break;
    best = Math.min(best ?? Number.POSITIVE_INFINITY, end - start - word.length);
  }
  return best;
}

function endOfLetters(word: string, name: string, start: number): number | undefined {
  let at = start;
  for (const letter of word) {
    const found = name.indexOf(letter, at);
    if (found < 0) return undefined;
    at = found + 1;
  }
  return at;
}

/** Models that this session uses or used first: the routes, then those of the newest requests. */
export function recentFirst(choices: readonly ModelChoice[], names: readonly string[]): readonly ModelChoice[] {
  const ranks = new Map([...new Set(names)].map((name, index) => [name, index]));
  const rank = ({ upstream, model, unavailable }: ModelChoice): number =>
    unavailable === undefined ? (ranks.get(`${upstream}/${model}`) ?? ranks.size) : ranks.size;
  return [...choices].sort((a, b) => rank(a) - rank(b));
}
