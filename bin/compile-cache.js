/** Caches compiled code between runs, where this version of Node supports it. */
import { lstatSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Node's default is a folder in the shared temporary folder, where another local user can place code that would run as
 * this user. The cache is enabled in a folder of the user only, and only if no one else can write to it.
 *
 * @param env the process environment.
 * @param enable `module.enableCompileCache`, which Node has since 22.1.
 * @returns the folder; undefined if the cache stays off.
 */
export function enableCompileCache(env = process.env, enable = module.enableCompileCache) {
  if (!enable) return undefined;
  const folder = join(cacheHome(env), 'ccp', 'compile-cache');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isPrivate(folder)) return undefined;
    enable(folder);
    return folder;
  } catch {
    // Without a folder, for example on a read-only disk, there is no cache.
    return undefined;
  }
}

function cacheHome(env) {
  const home = env.HOME || env.USERPROFILE || homedir();
  if (process.platform === 'win32') return env.LOCALAPPDATA || join(home, 'AppData', 'Local');
  return env.XDG_CACHE_HOME || join(home, '.cache');
}

/** Whether the folder is a real folder that belongs to this user and to which no one else has access. */
function isPrivate(folder) {
  const found = lstatSync(folder);
  if (!found.isDirectory()) return false;
  return process.platform === 'win32' || (found.uid === process.getuid() && (found.mode & 0o077) === 0);
}
