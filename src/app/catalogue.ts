/** The models there are now: bundled, as upstreams listed them last, and the user's own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bareIdsMean, mergedCatalogue, userModels } from '../models/merge.ts';
import type { ModelRow } from '../models/types.ts';
import type { Environment } from '../platform/environment.ts';
import type { Paths } from '../platform/paths.ts';
import type { Settings } from '../settings/settings.ts';
import { readModelCache } from '../storage/model-cache.ts';
import { readPrices } from '../storage/prices-file.ts';
import type { Upstream } from '../upstreams/upstream.ts';

export interface CatalogueSources {
  readonly paths: Paths;
  readonly settings: Settings;
  readonly env: Environment;
  readonly upstreams: readonly Upstream[];
}

export function currentCatalogue(bundled: readonly ModelRow[], sources: CatalogueSources): ModelRow[] {
  const { paths, settings, upstreams } = sources;
  const listed = readModelCache(paths.stateDir);
  const own = [...userModels(settings.upstreams), ...readPrices(settings.text('pricesFile'))];
  const rows = mergedCatalogue(bundled, listed, own);
  return upstreams.reduce((now, upstream) => withBareIds(now, upstream, sources), rows);
}

/** A plan may be used through two upstreams; a bare id means the one that is signed in to. */
function withBareIds(rows: ModelRow[], upstream: Upstream, sources: CatalogueSources): ModelRow[] {
  const other = sources.upstreams.find(({ name }) => name === upstream.replacesBareIdsOf);
  if (other === undefined || !hasLogin(upstream, sources) || hasLogin(other, sources)) return rows;
  return bareIdsMean(upstream.name, other.name, rows);
}

const hasLogin = ({ name, auth }: Upstream, { paths, env }: CatalogueSources): boolean =>
  auth.variables.some((variable) => Boolean(env[variable]?.trim())) ||
  existsSync(join(paths.credentialsDir, `${name}.json`));
