/** The user's settings file, through `conf` with the published schemas. A broken file is an error, never wiped. */
import { statSync } from 'node:fs';
import { UserError } from '../errors/user-error.ts';
import type { Paths } from '../platform/paths.ts';
import budgets from '../schemas/budgets.schema.json' with { type: 'json' };
import fallback from '../schemas/fallback.schema.json' with { type: 'json' };
import routes from '../schemas/routes.schema.json' with { type: 'json' };
import settings from '../schemas/settings.schema.json' with { type: 'json' };
import { isObject, type JsonObject } from '../wire/json.ts';
import { withLock } from './lock.ts';

/** An absent file is an empty one, and costs no import of `conf`. */
export async function readSettingsFile(paths: Paths): Promise<JsonObject> {
  if (statSync(paths.configFile, { throwIfNoEntry: false }) === undefined) return {};
  const conf = await open(paths);
  return conf.store;
}

export async function storeSetting(paths: Paths, key: string, value: unknown): Promise<void> {
  await changing(paths, (conf) => conf.set(key, value));
}

export async function removeSetting(paths: Paths, key: string): Promise<void> {
  await changing(paths, (conf) => conf.delete(key));
}

interface SettingsStore {
  readonly store: JsonObject;
  set(key: string, value: unknown): void;
  delete(key: string): void;
}

/** `conf` reads, changes and writes without a lock; two shells may set at once. */
async function changing(paths: Paths, change: (conf: SettingsStore) => void): Promise<void> {
  await withLock(paths.configFile, async () => {
    const conf = await open(paths);
    complaining(paths, () => change(conf));
  });
}

async function open(paths: Paths): Promise<SettingsStore> {
  const { default: Conf } = await import('conf');
  const { properties, $schema: _dialect, $id: _id, title: _title, ...rootSchema } = settings;
  return complaining(paths, () => {
    const conf = new Conf<Record<string, unknown>>({
      cwd: paths.configDir,
      configName: 'config',
      projectSuffix: '',
      configFileMode: 0o600,
      clearInvalidConfig: false,
      accessPropertiesByDotNotation: false,
      schema: properties as never,
      rootSchema: rootSchema as never,
      ajvOptions: { schemas: [routes, fallback, budgets], strict: false },
    });
    return {
      get store() {
        const store: unknown = conf.store;
        return isObject(store) ? store : {};
      },
      set: (key, value) => conf.set(key, value),
      delete: (key) => conf.delete(key),
    };
  });
}

function complaining<T>(paths: Paths, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UserError(`The settings file ${paths.configFile} is not valid: ${reason} Mend it, or move it away.`);
  }
}
