/** What must be a setting of Claude Code goes in `--settings`; the user's own files are read, never written. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../errors/user-error.ts';
import type { Environment } from '../platform/environment.ts';
import { asObject, asString, isObject, type JsonObject, parseJson } from '../wire/json.ts';
import { choosesPermissions, permissionModeOf, takeSettings } from './claude-args.ts';

export interface ClaudeInvocation {
  readonly args: readonly string[];
  /** The user's own choice is auto mode: the client must judge tool uses itself. */
  readonly autoMode: boolean;
}

/**
 * Merges ccp's settings under the user's `--settings`.
 * Newer clients start in auto mode and ask the server for a safety verdict that only Anthropic can give.
 */
export function withSettings(
  args: readonly string[],
  env: Environment,
  cwd: string,
  statusLine?: StatusLineProgram,
): ClaudeInvocation {
  const { value, rest } = takeSettings(args);
  const given = value === undefined ? {} : readSettings(value, cwd);
  const chosen =
    permissionModeOf(rest) ??
    modeIn(given) ??
    settingsFiles(env, cwd)
      .map((path) => modeIn(readFile(path)))
      .find((mode) => mode);
  const undecided = chosen === undefined && !choosesPermissions(rest);
  const permissions = { ...asObject(given.permissions), ...(undecided ? { defaultMode: 'default' } : {}) };
  const merged = {
    ...given,
    ...(Object.keys(permissions).length > 0 ? { permissions } : {}),
    ...(statusLine ? { statusLine: wrappedStatusLine(statusLine, given, env, cwd) } : {}),
  };
  return { args: ['--settings', JSON.stringify(merged), ...rest], autoMode: chosen === 'auto' };
}

/** What shows ccp's line. */
export interface StatusLineProgram {
  readonly entry: string;
  /** Where the session's line stands. */
  readonly file: string;
}

/** ccp's line, under the user's own where there is one. */
function wrappedStatusLine(
  { entry, file }: StatusLineProgram,
  given: JsonObject,
  env: Environment,
  cwd: string,
): JsonObject {
  const own = asObject(ownStatusLine(given, env, cwd));
  const command = asString(own.command);
  return { ...own, type: 'command', command: process.platform === 'win32' ? byNode() : byShell() };

  /** The shell that runs it anyway is quicker than any program it could start. */
  function byShell(): string {
    const ours = `cat ${quoted(file)} 2>/dev/null`;
    return command
      ? `ccp_own=$(sh -c ${quoted(command)}); [ -n "$ccp_own" ] && printf '%s\\n' "$ccp_own"; ${ours}`
      : ours;
  }

  function byNode(): string {
    const words = [process.execPath, entry, file, ...(command ? [Buffer.from(command).toString('base64')] : [])];
    return words.map((word) => `"${word}"`).join(' ');
  }
}

function ownStatusLine(given: JsonObject, env: Environment, cwd: string): unknown {
  if (given.statusLine !== undefined) return given.statusLine;
  const [local, project, user] = settingsFiles(env, cwd).map((path) => readFile(path).statusLine);
  // What a folder brings along runs only once the user has trusted the folder.
  const fromFolder = local ?? project;
  return fromFolder !== undefined && isTrusted(env, cwd) ? fromFolder : user;
}

function isTrusted(env: Environment, cwd: string): boolean {
  const home = env.HOME ?? env.USERPROFILE ?? '';
  const state = env.CLAUDE_CONFIG_DIR ? join(env.CLAUDE_CONFIG_DIR, '.claude.json') : join(home, '.claude.json');
  return asObject(asObject(readFile(state).projects)[cwd]).hasTrustDialogAccepted === true;
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Adds settings of ccp above what `withSettings` made. */
export function addSettings(args: readonly string[], extra: { env: Record<string, string>; model: string }): string[] {
  const { value, rest } = takeSettings(args);
  const given = asObject(parseJson(value ?? '{}'));
  return ['--settings', JSON.stringify({ ...given, ...extra, env: { ...asObject(given.env), ...extra.env } }), ...rest];
}

/** @throws UserError where the user's own settings would replace the header that carries the session's secret. */
export function refuseOwnHeaders(env: Environment, cwd: string): void {
  const path = settingsFiles(env, cwd).find(
    (file) => asObject(readFile(file).env).ANTHROPIC_CUSTOM_HEADERS !== undefined,
  );
  if (path !== undefined)
    throw new UserError(
      `${path} sets env.ANTHROPIC_CUSTOM_HEADERS, which would replace the header ccp needs on Claude Code’s own login. Put it into the environment instead, or use an API key (ANTHROPIC_API_KEY).`,
    );
}

const modeIn = (settings: JsonObject): string | undefined => asString(asObject(settings.permissions).defaultMode);

function readSettings(value: string, cwd: string): JsonObject {
  const inline = value.trim().startsWith('{');
  const json = inline ? parseJson(value) : parseJson(readOrThrow(resolve(cwd, value)));
  if (isObject(json)) return json;
  throw new UserError(`--settings: ${inline ? 'the text' : value} is not a JSON object.`, 2);
}

function readOrThrow(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new UserError(`--settings: cannot read ${path}.`, 2);
  }
}

function readFile(path: string): JsonObject {
  try {
    return asObject(parseJson(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}

/** In the order of their rank. */
const settingsFiles = (env: Environment, cwd: string): string[] => [
  join(cwd, '.claude', 'settings.local.json'),
  join(cwd, '.claude', 'settings.json'),
  join(env.CLAUDE_CONFIG_DIR || join(env.HOME ?? env.USERPROFILE ?? '', '.claude'), 'settings.json'),
];
