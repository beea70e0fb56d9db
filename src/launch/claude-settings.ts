/** The settings that ccp passes to Claude Code in `--settings`. The user's settings files are read, never written. */
import { join, resolve } from 'node:path';
import { UserError } from '../errors/user-error.ts';
import type { Environment } from '../platform/environment.ts';
import { withLoopback } from '../platform/no-proxy.ts';
import { readSmallFile } from '../platform/small-file.ts';
import { asArray, asObject, asString, isObject, type JsonObject, parseJson } from '../wire/json.ts';
import { choosesPermissions, permissionModeOf, takeSettings } from './claude-args.ts';
import { redirects } from './environment.ts';
import { readSettingsFile, settingsFiles } from './settings-files.ts';

export interface ClaudeInvocation {
  /** The arguments without `--settings`. */
  readonly args: readonly string[];
  /** The value of `--settings`; `undefined` for a subcommand, which takes none. */
  readonly settings: JsonObject | undefined;
  /** The user chose auto mode, so the client must classify tool uses itself. */
  readonly autoMode: boolean;
}

/**
 * Merges ccp's settings with the user's `--settings`. The permission mode is set to `default` when the user chose none:
 * newer clients start in auto mode and request a safety verdict that only Anthropic's server can give.
 * @throws UserError when the user's `--settings` cannot be read or is not a JSON object.
 */
export function withSettings(
  args: readonly string[],
  env: Environment,
  cwd: string,
  statusLine?: StatusLineProgram,
): ClaudeInvocation {
  const { value, rest } = takeSettings(args);
  const userSettings = value === undefined ? {} : readSettings(value, cwd);
  const permissionMode =
    permissionModeOf(rest) ??
    modeIn(userSettings) ??
    settingsFiles(env, cwd)
      .map((path) => modeIn(readSettingsFile(path)))
      .find((mode) => mode);
  const needsDefaultMode = permissionMode === undefined && !choosesPermissions(rest);
  const permissions = {
    ...asObject(userSettings.permissions),
    ...(needsDefaultMode ? { defaultMode: 'default' } : {}),
  };
  const settings = {
    ...userSettings,
    env: { ...asObject(userSettings.env), ...directVariables(env, userSettings) },
    ...(Object.keys(permissions).length > 0 ? { permissions } : {}),
    ...(statusLine ? { statusLine: wrappedStatusLine(statusLine, userSettings, env, cwd) } : {}),
  };
  return { args: rest, settings, autoMode: permissionMode === 'auto' };
}

/**
 * Variables that keep requests to the proxy on this machine. They stand in `--settings`, which take precedence over the
 * settings files of a repository: a repository must not send the session through an HTTP proxy of its own.
 */
function directVariables(env: Environment, userSettings: JsonObject): Record<string, string> {
  const own = asObject(userSettings.env);
  const noProxy = withLoopback(
    [env.NO_PROXY ?? env.no_proxy, asString(own.NO_PROXY) ?? asString(own.no_proxy)].filter(Boolean).join(','),
  );
  return { ...Object.fromEntries(redirects.map((name) => [name, ''])), NO_PROXY: noProxy, no_proxy: noProxy };
}

/**
 * Adds a hook that names the session when ccp has found a title: it prints the file and removes it, so that a name which
 * the user gives later stays. The user's own hooks run too.
 */
export function withTitleHook(settings: JsonObject, file: string): JsonObject {
  const hooks = asObject(settings.hooks);
  const path = quoted(file);
  const command = `[ -f ${path} ] && cat ${path} && rm -f ${path}; true`;
  const own = { hooks: [{ type: 'command', command, timeout: hookTimeoutSec }] };
  return { ...settings, hooks: { ...hooks, UserPromptSubmit: [...asArray(hooks.UserPromptSubmit), own] } };
}

/** Adds the hook that names the model in commits, in place of Claude Code's own line about itself. */
export function withCommitHook(settings: JsonObject, hook: CommitHook): JsonObject {
  const hooks = asObject(settings.hooks);
  const program = [process.execPath, hook.entry, hook.file, hook.template];
  const command =
    process.platform === 'win32'
      ? program.map((word) => `"${word.replaceAll('"', '')}"`).join(' ')
      : // Only a command that may be a commit is worth a program's start.
        `ccp_call=$(cat); case "$ccp_call" in *commit*) printf '%s' "$ccp_call" | ${program.map(quoted).join(' ')};; esac; true`;
  const own = { matcher: 'Bash', hooks: [{ type: 'command', command, timeout: commitHookTimeoutSec }] };
  return {
    ...settings,
    includeCoAuthoredBy: settings.includeCoAuthoredBy ?? false,
    attribution: settings.attribution ?? { commit: '', pr: '' },
    hooks: { ...hooks, PreToolUse: [...asArray(hooks.PreToolUse), own] },
  };
}

export interface CommitHook {
  /** The program. */
  readonly entry: string;
  /** Names the model of each tool call. */
  readonly file: string;
  readonly template: string;
}

const hookTimeoutSec = 5;
const commitHookTimeoutSec = 10;

/** The program that prints ccp's status line. */
export interface StatusLineProgram {
  readonly entry: string;
  /** File that contains the session's line. */
  readonly file: string;
}

/** Prints ccp's line, below the user's own status line if there is one. */
function wrappedStatusLine(
  { entry, file }: StatusLineProgram,
  userSettings: JsonObject,
  env: Environment,
  cwd: string,
): JsonObject {
  const own = asObject(ownStatusLine(userSettings, env, cwd));
  const command = asString(own.command);
  return { ...own, type: 'command', command: process.platform === 'win32' ? nodeCommand() : shellCommand() };

  /** Claude Code runs the command in a shell anyway, which is faster than starting a program. */
  function shellCommand(): string {
    const printLine = `cat ${quoted(file)} 2>/dev/null`;
    return command
      ? `ccp_own=$(sh -c ${quoted(command)}); [ -n "$ccp_own" ] && printf '%s\\n' "$ccp_own"; ${printLine}`
      : printLine;
  }

  function nodeCommand(): string {
    const words = [process.execPath, entry, file, ...(command ? [Buffer.from(command).toString('base64')] : [])];
    return words.map((word) => `"${word}"`).join(' ');
  }
}

function ownStatusLine(userSettings: JsonObject, env: Environment, cwd: string): unknown {
  if (userSettings.statusLine !== undefined) return userSettings.statusLine;
  const [local, project, user] = settingsFiles(env, cwd).map((path) => readSettingsFile(path).statusLine);
  // A status line from a folder's settings runs only when the user has trusted the folder.
  const folderStatusLine = local ?? project;
  return folderStatusLine !== undefined && isTrusted(env, cwd) ? folderStatusLine : user;
}

function isTrusted(env: Environment, cwd: string): boolean {
  const home = env.HOME ?? env.USERPROFILE ?? '';
  const state = env.CLAUDE_CONFIG_DIR ? join(env.CLAUDE_CONFIG_DIR, '.claude.json') : join(home, '.claude.json');
  return asObject(asObject(readSettingsFile(state).projects)[cwd]).hasTrustDialogAccepted === true;
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * Settings of a launch whose main model is not on Claude Code's own login:
 * - plan mode asks before it runs a command: by default newer clients let a model decide that a command is safe;
 * - web fetch does not ask Anthropic about the domain first, which fails without an account there.
 * What the user chose in `--settings` or in their own settings file is kept; a repository cannot choose it.
 */
export function routedSettings(settings: JsonObject, env: Environment, cwd: string): JsonObject {
  const own = readSettingsFile(settingsFiles(env, cwd).at(-1) ?? '');
  const chosen = (name: string, byDefault: boolean) => settings[name] ?? own[name] ?? byDefault;
  return {
    ...settings,
    useAutoModeDuringPlan: chosen('useAutoModeDuringPlan', false),
    skipWebFetchPreflight: chosen('skipWebFetchPreflight', true),
  };
}

/** Merges settings of ccp over those that `withSettings` collected. */
export const addSettings = (
  settings: JsonObject,
  extra: { env: Record<string, string>; model: string },
): JsonObject => ({ ...settings, ...extra, env: { ...asObject(settings.env), ...extra.env } });

const modeIn = (settings: JsonObject): string | undefined => asString(asObject(settings.permissions).defaultMode);

function readSettings(value: string, cwd: string): JsonObject {
  const isInline = value.trim().startsWith('{');
  const json = isInline ? parseJson(value) : parseJson(readOrThrow(resolve(cwd, value)));
  if (isObject(json)) return json;
  throw new UserError(`--settings: ${isInline ? 'the text' : value} is not a JSON object.`, 2);
}

function readOrThrow(path: string): string {
  const text = readSmallFile(path);
  if (text === undefined)
    throw new UserError(`--settings: cannot read ${path}: it must be a regular file of at most 1 MiB.`, 2);
  return text;
}
