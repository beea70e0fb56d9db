/** A row of facts: if they do not fit, the least important ones are shortened, then omitted. */
import { type Span, separator, widthOf } from './line.ts';

export interface Fact {
  readonly spans: readonly Span[];
  /** A shorter form. */
  readonly short?: readonly Span[] | undefined;
  /** The fact with the highest rank is shortened, and omitted, first. */
  readonly rank: number;
}

export const fact = (text: string, rank: number, style: Omit<Span, 'text'> = {}, short?: string): Fact => ({
  spans: [{ text, ...style }],
  short: short === undefined ? undefined : [{ text: short, ...style }],
  rank,
});

/** The facts that fit into `width` columns, separated, in their order. */
export function fitFacts(facts: readonly Fact[], width: number): Span[] {
  let shown = facts.filter(({ spans }) => widthOf(spans) > 0);
  while (shown.length > 1 && widthOf(joined(shown)) > width) {
    const shortened = shortenOne(shown);
    shown = shortened ?? omitOne(shown);
  }
  const spans = joined(shown);
  const [only] = shown;
  return widthOf(spans) > width && only?.short !== undefined ? [...only.short] : spans;
}

const highest = (facts: readonly Fact[]): number => Math.max(...facts.map(({ rank }) => rank));

function shortenOne(facts: readonly Fact[]): Fact[] | undefined {
  const long = facts.filter(({ short }) => short !== undefined);
  if (long.length === 0) return undefined;
  const at = facts.findIndex(({ short, rank }) => short !== undefined && rank === highest(long));
  return facts.map((one, index) => (index === at ? { spans: one.short ?? [], rank: one.rank } : one));
}

const omitOne = (facts: readonly Fact[]): Fact[] =>
  facts.toSpliced(
    facts.findLastIndex(({ rank }) => rank === highest(facts)),
    1,
  );

const joined = (facts: readonly Fact[]): Span[] =>
  facts.flatMap(({ spans }, index) => [...(index === 0 ? [] : [{ text: separator, dim: true }]), ...spans]);
