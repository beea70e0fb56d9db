/** Which repository a folder belongs to, read from git's own files; no process is started. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Hash } from '../ports/randomness.ts';

export interface Repository {
  readonly root: string;
  /** `host/owner/name` of the remote, or a hash of the path. */
  readonly name: string;
}

export function repositoryOf(folder: string, hash: Hash): Repository {
  const root = findRoot(resolve(folder)) ?? resolve(folder);
  const remote = remoteOf(root);
  return { root, name: remote ?? `path:${hash(root).slice(0, 16)}` };
}

function findRoot(folder: string): string | undefined {
  for (let current = folder; ; current = dirname(current)) {
    if (exists(join(current, '.git'))) return current;
    if (dirname(current) === current) return undefined;
  }
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

function remoteOf(root: string): string | undefined {
  const config = read(join(gitFolder(root), 'config'));
  const url = /\[remote "origin"\][^[]*?\burl\s*=\s*(\S+)/.exec(config ?? '')?.[1];
  return url === undefined ? undefined : normalRemote(url);
}

/** A worktree's `.git` is a file that names its folder, which names the common one. */
function gitFolder(root: string): string {
  const dotGit = join(root, '.git');
  const pointer = /^gitdir:\s*(.+)$/m.exec(read(dotGit) ?? '')?.[1]?.trim();
  if (pointer === undefined) return dotGit;
  const folder = isAbsolute(pointer) ? pointer : resolve(root, pointer);
  const common = read(join(folder, 'commondir'))?.trim();
  return common === undefined ? folder : resolve(folder, common);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Without user, port and `.git`: one name for ssh and https. */
export function normalRemote(url: string): string | undefined {
  const match = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^:/]+)(?::\d+(?=\/))?[:/]+(.+?)(?:\.git)?\/?$/i.exec(url);
  return match ? `${match[1]?.toLowerCase()}/${match[2]}` : undefined;
}

/** Whether a name of the settings means it: its remote (`host/owner/name`), its name here, or a glob over its path. */
export function isRepository(name: string, { root, name: own }: Repository): boolean {
  if (name === own) return true;
  const pattern = [...name.matchAll(/\*\*|\*|[^*]+/g)]
    .map(([part]) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  const whole = new RegExp(`^${pattern}/?$`);
  return whole.test(root) || whole.test(own);
}
