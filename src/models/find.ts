import type { ModelRow } from './types.ts';

/** A model on an upstream; `row` is missing when the catalogue does not know the pair. */
export interface Target {
  readonly upstream: string;
  /** As the user names it, without `[1m]`. */
  readonly model: string;
  readonly row: ModelRow | undefined;
}

const oneMillion = /\[1m\]$/i;

export const withoutWindowSuffix = (model: string): string => model.replace(oneMillion, '');

/** Assumed for a model the catalogue does not know. */
export const assumedWindow = 200_000;

export const windowOf = (target: Target): number => target.row?.contextWindow ?? assumedWindow;

/** `UPSTREAM/MODEL`, the bare id when the catalogue places it. */
export const nameOf = (target: Target): string => (target.row ? target.row.id : `${target.upstream}/${target.model}`);

/**
 * Finds what a model name means: a catalogue id, or `UPSTREAM/MODEL` with a known upstream.
 * `undefined` when it means nothing; `claude-*` ids are tiers and are not looked up here.
 */
export function findModel(
  name: string,
  catalogue: readonly ModelRow[],
  upstreams: readonly string[],
): Target | undefined {
  const bare = withoutWindowSuffix(name.trim());
  const row = catalogue.find((candidate) => candidate.id === bare);
  if (row) return { upstream: row.upstream, model: row.id, row };
  const slash = bare.indexOf('/');
  if (slash <= 0) return undefined;
  const upstream = bare.slice(0, slash);
  const model = bare.slice(slash + 1);
  if (model === '' || !upstreams.includes(upstream)) return undefined;
  return {
    upstream,
    model,
    row: catalogue.find((candidate) => candidate.upstream === upstream && candidate.id === model),
  };
}

/** Names close to a mistyped one, best first. */
export function suggestModels(name: string, catalogue: readonly ModelRow[]): string[] {
  const wanted = withoutWindowSuffix(name).toLowerCase();
  return catalogue
    .map((row) => ({ id: row.id, distance: editDistance(wanted, row.id.toLowerCase()) }))
    .filter(({ distance, id }) => distance <= Math.max(2, id.length / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ id }) => id);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
