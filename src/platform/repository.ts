/** Finds the repository of a folder by reading git's files, without starting a process. */
import { statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Hash } from '../ports/randomness.ts';
import { cleanText } from '../wire/clean-text.ts';
import { readSmallFile } from './small-file.ts';

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
  const config = readSmallFile(join(gitFolder(root), 'config'));
  const url = /\[remote "origin"\][^[]*?\burl\s*=\s*(\S+)/.exec(config ?? '')?.[1];
  return url === undefined ? undefined : normalizeRemote(url);
}

/** In a worktree, `.git` is a file with the path of the worktree's git folder. That folder names the common one. */
function gitFolder(root: string): string {
  const dotGit = join(root, '.git');
  const pointer = /^gitdir:\s*(.+)$/m.exec(readSmallFile(dotGit) ?? '')?.[1]?.trim();
  if (pointer === undefined) return dotGit;
  const folder = isAbsolute(pointer) ? pointer : resolve(root, pointer);
  const common = readSmallFile(join(folder, 'commondir'))?.trim();
  return common === undefined ? folder : resolve(folder, common);
}

/** Normalizes a remote URL to `host/owner/name`, the same for ssh and https: without user, port and `.git`. */
export function normalizeRemote(url: string): string | undefined {
  const match = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^:/]+)(?::\d+(?=\/))?[:/]+(.+?)(?:\.git)?\/?$/i.exec(url);
  return match ? cleanText(`${match[1]?.toLowerCase()}/${match[2]}`) : undefined;
}

/** Whether a name in the settings matches the repository: its exact name, or a glob over its name or path. */
export function isRepository(name: string, { root, name: own }: Repository): boolean {
  if (name === own) return true;
  const pattern = [...name.matchAll(/\*\*|\*|[^*]+/g)]
    .map(([part]) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  const fullMatch = new RegExp(`^${pattern}/?$`);
  return fullMatch.test(root) || fullMatch.test(own);
}
