/** Finds the repository of a folder by reading git's files, without starting a process. */
import { statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { matchesPath } from '../policy/glob.ts';
import type { Hash } from '../ports/randomness.ts';
import { cleanText } from '../wire/clean-text.ts';
import { readSmallFile } from './small-file.ts';

export interface Repository {
  readonly root: string;
  /** `host/owner/name` of the remote `origin`, or a hash of the path. */
  readonly name: string;
  /** The other remotes, and names and roots of the repositories around this one. */
  readonly aliases: readonly string[];
  /** The root of this repository, and of those around it. */
  readonly roots: readonly string[];
}

export function repositoryOf(folder: string, hash: Hash): Repository {
  const roots = rootsAround(resolve(folder));
  const [root = resolve(folder), ...outer] = roots;
  const [remote, ...others] = remotesOf(root);
  return {
    root,
    name: remote ?? `path:${hash(root).slice(0, 16)}`,
    aliases: [...others, ...outer.flatMap((one) => [one, ...remotesOf(one)])],
    roots: [root, ...outer],
  };
}

/** At most so many repositories are nested. */
const maxNested = 8;

function rootsAround(folder: string): string[] {
  const roots: string[] = [];
  for (let current = folder; roots.length < maxNested; current = dirname(current)) {
    if (exists(join(current, '.git'))) roots.push(current);
    if (dirname(current) === current) break;
  }
  return roots;
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** The remotes of a repository, `origin` first. Names of sections and keys have no case, and values may be quoted. */
function remotesOf(root: string): string[] {
  const found: { readonly remote: string; readonly name: string }[] = [];
  let remote: string | undefined;
  for (const line of (readSmallFile(join(gitFolder(root), 'config')) ?? '').split('\n')) {
    const section = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (section) remote = section[1]?.toLowerCase() === 'remote' ? section[2] : undefined;
    const url = /^\s*url\s*=\s*"?([^"#;\s]+)/i.exec(line)?.[1];
    const name = remote === undefined || url === undefined ? undefined : normalizeRemote(url);
    if (remote !== undefined && name !== undefined) found.push({ remote, name });
  }
  const sorted = found.sort((a, b) => Number(b.remote === 'origin') - Number(a.remote === 'origin'));
  return [...new Set(sorted.map(({ name }) => name))];
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
  const host = match?.[1]
    ?.toLowerCase()
    .replace(/\.$/, '')
    .replace(/^(?:www|ssh)\./, '');
  return match ? cleanText(`${host}/${match[2]}`) : undefined;
}

/** Whether a name in the settings matches the repository: its exact name, or a glob over its name or path. */
export const isRepository = (name: string, { root, name: own }: Pick<Repository, 'root' | 'name'>): boolean =>
  name === own || [root, own].some((text) => matchesPath(name.replace(/\/$/, ''), text));
