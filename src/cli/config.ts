/**
 * `ccp config`: `list` shows the origin of each value; changes are validated by the schema. Works with an invalid
 * settings file.
 */

import type { AppContext } from '../app/context.ts';
import { UserError } from '../errors/user-error.ts';
import { nearNames } from '../models/near-names.ts';
import { table } from '../session/columns.ts';
import { objectKeys } from '../settings/schema.ts';
import { parseSetting, Settings, scalarKeys, scalarRow } from '../settings/settings.ts';
import { isTooDeep, pathText, settingsIssues } from '../settings/validate.ts';
import { removeSetting, storeSetting } from '../storage/settings-file.ts';
import { asArray, asObject, asString, isObject, parseJson } from '../wire/json.ts';

export async function configure(name: string, key: string, text: string, context: AppContext): Promise<number> {
  if (name === 'path') return print(context.paths.configFile);
  if (name === 'list') return list(context);
  if (name === 'unset') {
    // Every key in the file can be removed, including unknown ones.
    const isKnown = scalarRow(key) !== undefined || objectKeys.includes(key);
    if (!(await removeSetting(context.paths, key)) && !isKnown) throw unknownSetting(key);
    return 0;
  }
  if (scalarRow(key) === undefined && !objectKeys.includes(key)) throw unknownSetting(key);
  if (name === 'get') return get(key, context);
  const value = parsedValue(key, text);
  const [issue] = settingsIssues({ [key]: value });
  if (issue) throw new UserError(`${pathText(issue.path)} ${issue.message}.`);
  await assertRoutable(key, value, context);
  await storeSetting(context.paths, key, value);
  return 0;
}

function unknownSetting(key: string): UserError {
  const names = [...scalarKeys, ...objectKeys];
  const near = nearNames(key, names);
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `There are: ${names.join(', ')}.`;
  return new UserError(`There is no setting "${key}". ${hint}`, 2);
}

function parsedValue(key: string, text: string): unknown {
  const row = scalarRow(key);
  if (row) return parseSetting(text, row, `The setting ${key}`);
  const json = isTooDeep(text) ? undefined : parseJson(text);
  if (json === undefined) throw new UserError(`The setting ${key} must be valid JSON, not: ${text}`, 2);
  return json;
}

/** Rejects a model that no upstream serves. Otherwise only the next launch would report it. */
async function assertRoutable(key: string, value: unknown, context: AppContext): Promise<void> {
  const routeEntries =
    key === 'routes' ? Object.entries(asObject(value)).map(([name, route]) => [`routes.${name}`, route]) : [];
  const fallbackEntries =
    key === 'fallback'
      ? Object.entries(asObject(value)).flatMap(([name, list]) =>
          asArray(list).flatMap((rank, index) =>
            (Array.isArray(rank) ? rank : [rank]).map((model) => [`fallback.${name}[${index}]`, model]),
          ),
        )
      : [];
  const models =
    key === 'model' || key === 'fastModel' || key === 'whatIf' ? [[key, value]] : [...routeEntries, ...fallbackEntries];
  // While the file is invalid there are no upstreams to ask; the change may be what repairs it.
  if (models.length === 0 || context.settingsProblem) return;
  const { routeOf } = await import('../app/routes.ts');
  for (const [name, route] of models) {
    const model = asString(isObject(route) ? route.model : route);
    if (model !== undefined) routeOf(model, `The setting ${String(name)}`, context);
  }
}

function get(key: string, context: AppContext): number {
  const { settings } = context;
  const value = scalarRow(key) ? settings.read(key).value : settings.object(key);
  if (value === undefined) return 1;
  return print(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/** With an invalid file, prints the values that apply without it, and the error. */
function list(context: AppContext): number {
  const { settingsProblem } = context;
  const settings = settingsProblem ? new Settings(context.env, {}) : context.settings;
  const problems = settingsProblem ? [settingsProblem] : [];
  const rows = scalarKeys.map((key) => {
    try {
      const { value, from } = settings.read(key);
      const origin = from === 'environment' ? scalarRow(key)?.variable : from;
      return [key, printable(String(value ?? '(not set)')), origin ?? ''];
    } catch (thrown) {
      if (!(thrown instanceof UserError)) throw thrown;
      problems.push(thrown);
      return [key, '(invalid)', scalarRow(key)?.variable ?? ''];
    }
  });
  const objects = objectKeys.flatMap((key) => {
    const value = settings.object(key);
    return value === undefined ? [] : [objectText(key, value)];
  });
  // Printed first: the values below are not those of the file.
  for (const { message } of problems) process.stderr.write(`ccp: ${message}\n`);
  print([table(rows), ...objects].join('\n'));
  return Math.max(0, ...problems.map(({ exitCode }) => exitCode));
}

/** A value that does not fit a row has a row for each member. */
function objectText(key: string, value: unknown): string {
  const row = `${key}  ${printable(JSON.stringify(value))}`;
  const indented = JSON.stringify(value, null, 2).split('\n').map(printable).join('\n  ');
  return row.length <= (process.stdout.columns ?? 80) ? row : `${key}\n  ${indented}`;
}

function print(line: string): number {
  process.stdout.write(`${line}\n`);
  return 0;
}

/** Values come from a file: control characters must not reach the terminal. */
const printable = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
