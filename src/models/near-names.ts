/** Finds names similar to a mistyped one. */

/** Number of letters that are inserted, deleted, changed, or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  let secondPrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (secondPrevious[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(changed, swapped, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    secondPrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** A third of the name's letters, at least two. */
const maxDistance = (name: string): number => Math.max(2, name.length / 3);
/** Longer inputs are not mistyped names, and comparing them is slow. */
const maxLength = 100;

/** The names with the smallest distance, at most three. */
export function nearNames(typedName: string, names: readonly string[]): string[] {
  if (typedName.length > maxLength) return [];
  const lower = typedName.toLowerCase();
  const near = names
    .map((name) => ({ name, distance: editDistance(lower, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= maxDistance(name));
  const nearest = Math.min(...near.map(({ distance }) => distance));
  return near
    .filter(({ distance }) => distance === nearest)
    .slice(0, 3)
    .map(({ name }) => name);
}
