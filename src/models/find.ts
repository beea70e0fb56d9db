import { nearNames } from './near-names.ts';
import type { ModelRow } from './types.ts';

/** The facts about an upstream that model lookup needs. */
export interface NamedUpstream {
  readonly name: string;
  /** The suffix `-fast` on a known model requests its priority tier. Otherwise it is part of the name. */
  readonly hasPriorityTier: boolean;
}

/** A model on an upstream; `row` is `undefined` when the catalogue does not contain it. */
export interface Target {
  readonly upstream: string;
  /** The model's name as the user wrote it, without `[1m]`. */
  readonly model: string;
  readonly row: ModelRow | undefined;
  /** The priority service tier was requested with `-fast`. */
  readonly priority?: true;
}

const fastSuffix = '-fast';
const oneMillion = /\[1m\]$/i;

export const withoutWindowSuffix = (model: string): string => model.replace(oneMillion, '');

/** Context window in tokens of a model that the catalogue does not contain. */
export const assumedWindow = 200_000;

export const windowOf = (target: Target): number => target.row?.contextWindow ?? assumedWindow;

/** `UPSTREAM/MODEL`: the name that never depends on the catalogue. */
export const fullName = ({ upstream, model }: Pick<Target, 'upstream' | 'model'>): string => `${upstream}/${model}`;

/** The bare id when it identifies this model, else `UPSTREAM/MODEL`; with `-fast` for the priority tier. */
export function nameOf({ upstream, model, row, priority }: Target): string {
  const id = row && row.prefixed !== true ? row.id : `${upstream}/${model}`;
  return priority ? id + fastSuffix : id;
}

/**
 * Resolves a model name: a catalogue id, or `UPSTREAM/MODEL` with a known upstream. The suffix `-fast` on a known model
 * requests its priority tier. `undefined` for an unknown name. `claude-*` ids are tiers and are not resolved here.
 */
export function findModel(
  name: string,
  catalogue: readonly ModelRow[],
  upstreams: readonly NamedUpstream[],
): Target | undefined {
  const bareName = withoutWindowSuffix(name.trim());
  const target = findInCatalogue(bareName, catalogue);
  if (target) return target;
  const fastTarget = bareName.endsWith(fastSuffix)
    ? findInCatalogue(bareName.slice(0, -fastSuffix.length), catalogue)
    : undefined;
  if (fastTarget && upstreams.some((upstream) => upstream.hasPriorityTier && upstream.name === fastTarget.upstream))
    return { ...fastTarget, priority: true };
  const slash = bareName.indexOf('/');
  if (slash <= 0) return undefined;
  const [upstream, model] = [bareName.slice(0, slash), bareName.slice(slash + 1)];
  const isKnownUpstream = upstreams.some((one) => one.name === upstream);
  return model === '' || !isKnownUpstream ? undefined : { upstream, model, row: undefined };
}

function findInCatalogue(name: string, catalogue: readonly ModelRow[]): Target | undefined {
  const row = catalogue.find((candidate) =>
    candidate.prefixed === true || name.includes('/')
      ? name === `${candidate.upstream}/${candidate.id}`
      : name === candidate.id,
  );
  return row && { upstream: row.upstream, model: row.id, row };
}

/** Names similar to a mistyped one, best match first, in the form in which they are typed. */
export function suggestModels(name: string, catalogue: readonly ModelRow[]): string[] {
  const near = nearNames(withoutWindowSuffix(name), [...new Set(catalogue.map(({ id }) => id))]);
  return near.flatMap((id) => {
    const row = catalogue.find((one) => one.id === id);
    return row ? [nameOf({ upstream: row.upstream, model: row.id, row })] : [];
  });
}
