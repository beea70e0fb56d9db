/**
 * The user's settings file: validated against the schema, changed through `conf`. A file that is not valid JSON is
 * never overwritten.
 */
import { readFileSync } from 'node:fs';
import { UserError } from '../errors/user-error.ts';
import type { Paths } from '../platform/paths.ts';
import type { SettingsIssue } from '../settings/validate.ts';
import { isObject, type JsonObject, parseJson } from '../wire/json.ts';
import { withLock } from './lock.ts';

/** Returns `{}` when the file is missing. @throws UserError with the line to fix. */
export async function readSettingsFile(paths: Paths): Promise<JsonObject> {
  const text = textOf(paths);
  if (text === undefined) return {};
  const { isTooDeep, settingsIssues } = await import('../settings/validate.ts');
  if (isTooDeep(text)) throw tooDeepFile(paths);
  const json = parseJson(text);
  if (!isObject(json)) throw await brokenFile(paths, text);
  const [issue] = settingsIssues(json);
  if (issue) throw await invalidSetting(paths, text, issue);
  return json;
}

/** @throws UserError when the new value is invalid. Other invalid settings do not prevent the change. */
export async function storeSetting(paths: Paths, key: string, value: unknown): Promise<void> {
  const { pathText, settingsIssues } = await import('../settings/validate.ts');
  await change(paths, (store) => {
    const next = { ...store, [key]: value };
    const issue = settingsIssues(next).find(({ path }) => path[0] === key);
    if (issue) throw new UserError(`${pathText(issue.path)} ${issue.message}.`);
    return next;
  });
}

/** @returns whether the file had the setting. */
export async function removeSetting(paths: Paths, key: string): Promise<boolean> {
  let wasSet = false;
  await change(paths, ({ [key]: removed, ...rest }) => {
    wasSet = removed !== undefined;
    return rest;
  });
  return wasSet;
}

function textOf({ configFile }: Paths): string | undefined {
  try {
    return readFileSync(configFile, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw new UserError(`The settings file ${configFile} cannot be read: ${reasonOf(thrown)}.`);
  }
}

/** Changes the file under a lock: `conf` uses none, and two shells may write at the same time. */
async function change(paths: Paths, next: (store: JsonObject) => JsonObject): Promise<void> {
  await withLock(paths.configFile, async () => {
    const text = textOf(paths);
    const { isTooDeep } = await import('../settings/validate.ts');
    if (text !== undefined && isTooDeep(text)) throw tooDeepFile(paths);
    if (text !== undefined && !isObject(parseJson(text))) throw await brokenFile(paths, text);
    const { default: Conf } = await import('conf');
    const conf = new Conf<Record<string, unknown>>({
      cwd: paths.configDir,
      configName: 'config',
      projectSuffix: '',
      configFileMode: 0o600,
      clearInvalidConfig: false,
      accessPropertiesByDotNotation: false,
    });
    conf.store = { ...next(conf.store) };
  });
}

const tooDeepFile = ({ configFile }: Paths): UserError =>
  new UserError(`The settings file ${configFile} is nested too deep. Fix it or move it aside.`);

async function brokenFile({ configFile }: Paths, text: string): Promise<UserError> {
  const { parse, printParseErrorCode } = await import('jsonc-parser');
  const errors: { error: number; offset: number; length: number }[] = [];
  parse(text, errors);
  const [first] = errors;
  const where = first === undefined ? '' : `, line ${lineOf(text, first.offset)}`;
  const why = first === undefined ? 'it is not a JSON object' : printParseErrorCode(first.error);
  return new UserError(`The settings file ${configFile}${where} is not valid JSON: ${why}. Fix it or move it aside.`);
}

async function invalidSetting({ configFile }: Paths, text: string, issue: SettingsIssue): Promise<UserError> {
  const [{ findNodeAtLocation, parseTree }, { pathText }] = await Promise.all([
    import('jsonc-parser'),
    import('../settings/validate.ts'),
  ]);
  const tree = parseTree(text);
  const node = tree && findNodeAtLocation(tree, [...issue.path]);
  const line = node === undefined ? '' : `, line ${lineOf(text, node.offset)}`;
  const key = String(issue.path[0] ?? '');
  return new UserError(
    `The settings file ${configFile}${line}: ${pathText(issue.path)} ${issue.message}. Fix it, or remove it with \`ccp config unset ${key}\`.`,
  );
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
