/** Finds Claude Code and checks that ccp supports its version. */
import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../errors/user-error.ts';
import type { Environment } from '../platform/environment.ts';

/** The oldest version whose wire behaviour is known. */
export const oldestClaude = '2.1.197';

const versionTimeoutMs = 20_000;

/** @param configured the setting `claudePath`. @throws UserError when no executable is found. */
export function findClaude(configured: string | undefined, env: Environment): string {
  if (configured !== undefined) {
    const path = executablePath(configured);
    if (path) return path;
    throw new UserError(
      `CCP_CLAUDE_PATH (or the setting claudePath) is ${configured}, which is not a program that can run.`,
    );
  }
  for (const candidate of candidates(env)) {
    const path = executablePath(candidate);
    if (path) return path;
  }
  throw new UserError(
    'Claude Code was not found on PATH or in the default locations. Install it (`npm install -g @anthropic-ai/claude-code`), or set CCP_CLAUDE_PATH.',
  );
}

function* candidates(env: Environment): Generator<string> {
  const names = process.platform === 'win32' ? ['claude.exe', 'claude.cmd'] : ['claude'];
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder !== '') for (const name of names) yield join(folder, name);
  }
  const home = env.HOME ?? env.USERPROFILE ?? '';
  for (const folder of ['.local/bin', '.claude/local', '.npm-global/bin', '.bun/bin'])
    for (const name of names) yield join(home, folder, name);
  yield '/usr/local/bin/claude';
  yield '/opt/homebrew/bin/claude';
  const localBinary = nativeBinary(import.meta.url);
  if (localBinary !== undefined) yield localBinary;
}

/** Path of the binary in the platform package that npm installs beside `@anthropic-ai/claude-code`. */
function nativeBinary(from: string): string | undefined {
  const name = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(from).resolve(`${name}/package.json`);
    return join(dirname(manifest), process.platform === 'win32' ? 'claude.exe' : 'claude');
  } catch {
    return undefined;
  }
}

/**
 * Returns the path of an executable. For npm's stub (its install script was blocked) returns the native binary instead.
 */
function executablePath(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    if (!statSync(path).isFile()) return undefined;
    const real = realpathSync(path);
    if (!isStub(real)) return path;
    return nativeBinary(real);
  } catch {
    return undefined;
  }
}

const isStub = (path: string): boolean =>
  statSync(path).size < 4096 && readFileSync(path, 'utf8').includes('native binary not installed');

/** @returns the version. @throws UserError when it cannot be determined or is too old. */
export async function checkClaude(path: string, env: NodeJS.ProcessEnv): Promise<string> {
  const version = manifestVersion(path) ?? (await queryVersion(path, env));
  if (isOlder(version, oldestClaude))
    throw new UserError(
      `Claude Code ${version} at ${path} is too old: ccp needs ${oldestClaude} or newer. Run \`claude update\`, or set CCP_CLAUDE_PATH.`,
    );
  return version;
}

/** Reads the version from npm's package or the native installer's path, without starting the program. */
function manifestVersion(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    const installed = /[/\\]claude[/\\]versions[/\\](\d{1,6}\.\d{1,6}\.\d{1,6})$/.exec(real)?.[1];
    if (installed !== undefined) return installed;
    const manifest: { name?: unknown; version?: unknown } = JSON.parse(
      readFileSync(join(dirname(real), 'package.json'), 'utf8'),
    );
    const isClaudePackage = typeof manifest.name === 'string' && manifest.name.startsWith('@anthropic-ai/claude-code');
    return isClaudePackage && typeof manifest.version === 'string' ? manifest.version : undefined;
  } catch {
    return undefined;
  }
}

async function queryVersion(path: string, env: NodeJS.ProcessEnv): Promise<string> {
  let output: string;
  try {
    ({ stdout: output } = await promisify(execFile)(path, ['--version'], { env, timeout: versionTimeoutMs }));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown);
    throw new UserError(`${path} does not answer --version (${reason}). Set CCP_CLAUDE_PATH to a working Claude Code.`);
  }
  const version = /(\d{1,6}\.\d{1,6}\.\d{1,6})/.exec(output)?.[1];
  if (version === undefined)
    throw new UserError(`${path} does not look like Claude Code: --version printed "${output.trim().slice(0, 60)}".`);
  return version;
}

export function isOlder(version: string, minimum: string): boolean {
  const [a, b] = [version, minimum].map((text) => text.split('.').map(Number));
  for (let part = 0; part < 3; part++) {
    const difference = (a?.[part] ?? 0) - (b?.[part] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
