import { nearNames } from './near-names.ts';
import type { ModelRow } from './types.ts';

/** What a model's name is looked up by. */
export interface NamedUpstream {
  readonly name: string;
  /** `-fast` behind a known model asks for its priority tier; elsewhere it is part of a name. */
  readonly hasPriorityTier: boolean;
}

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
  wanted: string,
  catalogue: readonly ModelRow[],
  upstreams: readonly NamedUpstream[],
): Target | undefined {
  const bare = withoutWindowSuffix(wanted.trim());
  const known = knownModel(bare, catalogue);
  if (known) return known;
  const fast = bare.endsWith(fastSuffix) ? knownModel(bare.slice(0, -fastSuffix.length), catalogue) : undefined;
  if (fast && upstreams.some(({ name, hasPriorityTier }) => hasPriorityTier && name === fast.upstream))
    return { ...fast, priority: true };
  const slash = bare.indexOf('/');
  if (slash <= 0) return undefined;
  const [upstream, model] = [bare.slice(0, slash), bare.slice(slash + 1)];
  const isKnown = upstreams.some((one) => one.name === upstream);
  return model === '' || !isKnown ? undefined : { upstream, model, row: undefined };
}

function knownModel(name: string, catalogue: readonly ModelRow[]): Target | undefined {
  const row = catalogue.find((candidate) =>
    candidate.prefixed === true || name.includes('/')
      ? name === `${candidate.upstream}/${candidate.id}`
      : name === candidate.id,
  );
  return row && { upstream: row.upstream, model: row.id, row };
}

/** Names close to a mistyped one, best first; as they are to be typed. */
export function suggestModels(name: string, catalogue: readonly ModelRow[]): string[] {
  const near = nearNames(withoutWindowSuffix(name), [...new Set(catalogue.map(({ id }) => id))]);
  return near.flatMap((id) => {
    const row = catalogue.find((one) => one.id === id);
    return row ? [nameOf({ upstream: row.upstream, model: row.id, row })] : [];
  });
}
