/** The models there are now: bundled, as upstreams listed them last, and the user's own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundledModels } from '../models/catalogue.ts';
import { bareIdsMean, mergedCatalogue, userModels } from '../models/merge.ts';
import type { ModelRow } from '../models/types.ts';
import type { Environment } from '../platform/environment.ts';
import type { Paths } from '../platform/paths.ts';
import type { Settings } from '../platform/settings.ts';
import { readModelCache } from '../storage/model-cache.ts';
import { readPrices } from '../storage/prices-file.ts';
import { asObject } from '../wire/json.ts';

export interface CatalogueSources {
  readonly paths: Paths;
  readonly settings: Settings;
  readonly env: Environment;
}

export function catalogueNow(sources: CatalogueSources): ModelRow[] {
  const { paths, settings } = sources;
  const listed = readModelCache(paths.stateDir);
  const own = [...userModels(asObject(settings.object('upstreams'))), ...readPrices(settings.text('pricesFile'))];
  const rows = mergedCatalogue(bundledModels, listed, own);
  return onlyChatgpt(sources) ? bareIdsMean('chatgpt', 'codex', rows) : rows;
}

/** A ChatGPT plan can be used in two ways; a bare id means the one that is signed in to. */
const onlyChatgpt = (sources: CatalogueSources): boolean =>
  hasLogin('chatgpt', 'CCP_CHATGPT_ACCESS_TOKEN', sources) && !hasLogin('codex', 'CCP_CODEX_ACCESS_TOKEN', sources);

const hasLogin = (upstream: string, variable: string, { paths, env }: CatalogueSources): boolean =>
  Boolean(env[variable]?.trim()) || existsSync(join(paths.credentialsDir, `${upstream}.json`));
