import type { ModelRow } from './types.ts';

/** A model on an upstream; `row` is missing when the catalogue does not know the pair. */
export interface Target {
  readonly upstream: string;
  /** As the user names it, without `[1m]`. */
  readonly model: string;
  readonly row: ModelRow | undefined;
  /** `-fast` was asked for: the priority service tier. */
  readonly priority?: true;
}

const fastSuffix = '-fast';
/** Elsewhere `-fast` is part of a name. */
const withPriority: readonly string[] = ['codex', 'chatgpt', 'openai'];
const oneMillion = /\[1m\]$/i;

export const withoutWindowSuffix = (model: string): string => model.replace(oneMillion, '');

/** Assumed for a model the catalogue does not know. */
export const assumedWindow = 200_000;

export const windowOf = (target: Target): number => target.row?.contextWindow ?? assumedWindow;

/** The bare id where it means this very model, else `UPSTREAM/MODEL`. */
export function nameOf({ upstream, model, row, priority }: Target): string {
  const id = row && row.prefixed !== true ? row.id : `${upstream}/${model}`;
  return priority ? id + fastSuffix : id;
}

/**
 * Finds what a model name means: a catalogue id, or `UPSTREAM/MODEL` with a known upstream; `-fast` behind a known one
 * asks for its priority tier. `undefined` when it means nothing; `claude-*` ids are tiers and are not looked up here.
 */
export function findModel(
  name: string,
  catalogue: readonly ModelRow[],
  upstreams: readonly string[],
): Target | undefined {
  const bare = withoutWindowSuffix(name.trim());
  const known = knownModel(bare, catalogue);
  if (known) return known;
  const fast = bare.endsWith(fastSuffix) ? knownModel(bare.slice(0, -fastSuffix.length), catalogue) : undefined;
  if (fast && withPriority.includes(fast.upstream)) return { ...fast, priority: true };
  const slash = bare.indexOf('/');
  if (slash <= 0) return undefined;
  const [upstream, model] = [bare.slice(0, slash), bare.slice(slash + 1)];
  return model === '' || !upstreams.includes(upstream) ? undefined : { upstream, model, row: undefined };
}

function knownModel(name: string, catalogue: readonly ModelRow[]): Target | undefined {
  const row = catalogue.find((candidate) =>
    candidate.prefixed === true || name.includes('/')
      ? name === `${candidate.upstream}/${candidate.id}`
      : name === candidate.id,
  );
  return row && { upstream: row.upstream, model: row.id, row };
}

/** Names close to a mistyped one, best first. */
export function suggestModels(name: string, catalogue: readonly ModelRow[]): string[] {
  const wanted = withoutWindowSuffix(name).toLowerCase();
  return catalogue
    .map((row) => ({
      name: nameOf({ upstream: row.upstream, model: row.id, row }),
      length: row.id.length,
      distance: editDistance(wanted, row.id.toLowerCase()),
    }))
    .filter(({ distance, length }) => distance <= Math.max(2, length / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
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
