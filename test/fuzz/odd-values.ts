import type { Random } from './random.ts';

const oddValues = [null, '', 0, -1, 1e308, true, [], {}, 'x', '\u0000', [null], { type: 'text' }];

/** Replaces or removes a random member of a random object inside. @returns a copy, as JSON would carry it. */
export function withChangedMember<T>(value: T, random: Random): T {
  const copy: T = JSON.parse(JSON.stringify(value));
  const holders: Record<string, unknown>[] = [];
  const collect = (inner: unknown): void => {
    if (typeof inner !== 'object' || inner === null) return;
    if (Object.keys(inner).length > 0) holders.push(inner as Record<string, unknown>);
    for (const one of Object.values(inner)) collect(one);
  };
  collect(copy);
  const holder = random.pick(holders);
  const key = random.pick(Object.keys(holder ?? {}));
  if (holder === undefined || key === undefined) return copy;
  if (random.chance(0.3)) delete holder[key];
  else holder[key] = structuredClone(random.pick(oddValues));
  // A removed element of an array becomes null.
  return JSON.parse(JSON.stringify(copy));
}
