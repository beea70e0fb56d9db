/** `ccp config`: reads show where a value comes from; writes go through the schema. */
import { UserError } from '../errors/user-error.ts';
import { readText, type SettingKey, settingKeys, settingRows } from '../platform/settings.ts';
import { removeSetting, storeSetting } from '../storage/settings-file.ts';
import { parseJson } from '../wire/json.ts';
import type { Context } from './context.ts';

/** Settings that are objects; given as JSON. */
const objectKeys = ['routes', 'fallback', 'budgets', 'upstreams'];

const isSettingKey = (key: string): key is SettingKey => settingKeys.some((known) => known === key);

export async function configure(name: string, words: readonly string[], context: Context): Promise<number> {
  const [key = '', value = ''] = words;
  if (name === 'path') return print(context.paths.configFile);
  if (name === 'list') return list(context);
  if (!isSettingKey(key) && !objectKeys.includes(key))
    throw new UserError(`There is no setting "${key}". There are: ${[...settingKeys, ...objectKeys].join(', ')}.`, 2);
  if (name === 'get') return get(key, context);
  if (name === 'unset') await removeSetting(context.paths, key);
  else await storeSetting(context.paths, key, valueFor(key, value));
  return 0;
}

function valueFor(key: string, text: string): unknown {
  if (isSettingKey(key)) return readText(text, settingRows[key].kind, `The setting ${key}`);
  const json = parseJson(text);
  if (json === undefined) throw new UserError(`The setting ${key} takes JSON, and this is none: ${text}`, 2);
  return json;
}

function get(key: string, context: Context): number {
  const value = isSettingKey(key) ? context.settings.read(key).value : context.settings.object(key);
  if (value === undefined) return 1;
  return print(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function list(context: Context): number {
  for (const key of settingKeys) {
    const { value, from } = context.settings.read(key);
    const origin = from === 'environment' ? settingRows[key].variable : from;
    print(`${key.padEnd(26)} ${String(value ?? '(not set)').padEnd(44)} ${origin}`);
  }
  for (const key of objectKeys) {
    const value = context.settings.object(key);
    if (value !== undefined) print(`${key.padEnd(26)} ${JSON.stringify(value)}`);
  }
  return 0;
}

function print(line: string): number {
  process.stdout.write(`${line}\n`);
  return 0;
}
