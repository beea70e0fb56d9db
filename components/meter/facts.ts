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

/** The facts that fit into `width` columns, separated, in their order. The first by rank is always among them. */
export function fitFacts(facts: readonly Fact[], width: number): Span[] {
  const byRank = facts.filter(({ spans }) => widthOf(spans) > 0).toSorted((one, other) => one.rank - other.rank);
  const chosen = new Map<Fact, readonly Span[]>();
  const spansOf = (): Span[] =>
    facts
      .flatMap((one) => {
        const spans = chosen.get(one);
        return spans === undefined ? [] : [spans];
      })
      .flatMap((spans, index) => [...(index === 0 ? [] : [{ text: separator, dim: true }]), ...spans]);
  const tryWith = (one: Fact, spans: readonly Span[]): boolean => {
    const before = chosen.get(one);
    chosen.set(one, spans);
    if (widthOf(spansOf()) <= width || (chosen.size === 1 && before === undefined)) return true;
    if (before === undefined) chosen.delete(one);
    else chosen.set(one, before);
    return false;
  };
  // The short forms first, so that a long one takes no room from a less important fact.
  for (const one of byRank) if (!tryWith(one, one.short ?? one.spans)) break;
  for (const one of byRank) if (one.short !== undefined && chosen.has(one)) tryWith(one, one.spans);
  return spansOf();
}
