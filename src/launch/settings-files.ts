/** Claude Code's settings files. They are read, never written. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../platform/environment.ts';
import { readSmallFile } from '../platform/small-file.ts';
import { asObject, type JsonObject, parseJson } from '../wire/json.ts';

/** An empty object if the file cannot be read. */
export const readSettingsFile = (path: string): JsonObject => asObject(parseJson(readSmallFile(path) ?? ''));

/** The folder of Claude Code's own settings and state. */
export const claudeFolder = (env: Environment): string =>
  env.CLAUDE_CONFIG_DIR || join(env.HOME ?? env.USERPROFILE ?? '', '.claude');

/** The files of the folder and of the user, in order of precedence. `--settings` takes precedence over them. */
export const settingsFiles = (env: Environment, cwd: string): string[] => [
  join(cwd, '.claude', 'settings.local.json'),
  join(cwd, '.claude', 'settings.json'),
  join(claudeFolder(env), 'settings.json'),
];

/** The folder of the settings that an administrator sets for all users of the machine. */
export function managedSettingsDir(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return '/Library/Application Support/ClaudeCode';
  if (platform === 'win32') return 'C:\\Program Files\\ClaudeCode';
  return '/etc/claude-code';
}

/** The files of an administrator. They take precedence over `--settings`. */
export function managedSettingsFiles(dir: string): string[] {
  const parts = join(dir, 'managed-settings.d');
  return [join(dir, 'managed-settings.json'), ...namesIn(parts).map((name) => join(parts, name))];
}

const maxParts = 100;

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .slice(0, maxParts);
  } catch {
    return [];
  }
}
