/** The models there are now: bundled, as upstreams listed them last, and the user's own. */
import { bundledModels } from '../models/catalogue.ts';
import { mergedCatalogue, userModels } from '../models/merge.ts';
import type { ModelRow } from '../models/types.ts';
import type { Settings } from '../platform/settings.ts';
import { readModelCache } from '../storage/model-cache.ts';
import { asObject } from '../wire/json.ts';

export const catalogueNow = (stateDir: string, settings: Settings): ModelRow[] =>
  mergedCatalogue(bundledModels, readModelCache(stateDir), userModels(asObject(settings.object('upstreams'))));
