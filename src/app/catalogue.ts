/** The model catalogue: bundled models, the upstreams' last model lists, and the user's own models. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assignBareIds, mergedCatalogue, userModels } from '../models/merge.ts';
import type { ModelRow } from '../models/types.ts';
import type { Environment } from '../platform/environment.ts';
import type { Paths } from '../platform/paths.ts';
import type { Settings } from '../settings/settings.ts';
import { readModelCache } from '../storage/model-cache.ts';
import { readPrices } from '../storage/prices-file.ts';
import { upstreamOfLogin } from '../upstreams/login-name.ts';
import type { Upstream } from '../upstreams/upstream.ts';

export interface CatalogueSources {
  readonly paths: Paths;
  readonly settings: Settings;
  readonly env: Environment;
  readonly upstreams: readonly Upstream[];
}

export function currentCatalogue(bundled: readonly ModelRow[], sources: CatalogueSources): ModelRow[] {
  const { paths, settings, upstreams } = sources;
  const listedModels = readModelCache(paths.stateDir);
  const userRows = [...userModels(settings.upstreams), ...readPrices(settings.text('pricesFile'))];
  const rows = mergedCatalogue(bundled, listedModels, userRows);
  const catalogue = upstreams.reduce((all, upstream) => withBareIds(all, upstream, sources), rows);
  return [...catalogue, ...upstreams.flatMap(({ name }) => loginRows(name, catalogue))];
}

/** A named login has the models of its upstream. */
function loginRows(name: string, rows: readonly ModelRow[]): ModelRow[] {
  const base = upstreamOfLogin(name);
  return rows.flatMap((row) => (row.upstream === base ? [{ ...row, upstream: name, prefixed: true }] : []));
}

/** One plan may be available through two upstreams. A bare id then resolves to the upstream that has a login. */
function withBareIds(rows: ModelRow[], upstream: Upstream, sources: CatalogueSources): ModelRow[] {
  const other = sources.upstreams.find(({ name }) => name === upstream.replacesBareIdsOf);
  if (other === undefined || !hasLogin(upstream, sources) || hasLogin(other, sources)) return rows;
  return assignBareIds(upstream.name, other.name, rows);
}

const hasLogin = ({ name, auth }: Upstream, { paths, env }: CatalogueSources): boolean =>
  auth.variables.some((variable) => Boolean(env[variable]?.trim())) ||
  existsSync(join(paths.credentialsDir, `${name}.json`));
