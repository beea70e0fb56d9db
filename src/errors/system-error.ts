/** Errors of the operating system in words for people: permissions, full disks, missing folders. */

interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
  readonly syscall?: string;
}

const reasons: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  EACCES: ['you have no permission', 'Check who owns it, and its mode.'],
  EPERM: ['you have no permission', 'Check who owns it, and its mode.'],
  EROFS: ['the file system is read-only', 'Choose another place with XDG_STATE_HOME or XDG_CONFIG_HOME.'],
  ENOSPC: ['the disk is full', 'Free some space.'],
  EDQUOT: ['your disk quota is used up', 'Free some space.'],
  ENOTDIR: ['a part of the path is a file', 'Move that file aside.'],
  EEXIST: ['something else is in its place', 'Move it aside.'],
  EISDIR: ['it is a folder', 'Move it aside.'],
  ELOOP: ['it is a link to itself', 'Remove the link.'],
  EMFILE: ['too many files are open', 'Close some programs, or raise the limit (ulimit -n).'],
  ENFILE: ['too many files are open on this machine', 'Close some programs.'],
  ENAMETOOLONG: ['the path is too long', 'Choose a shorter one.'],
  ELOCKED: ['another process of ccp uses it', 'Try again in a moment.'],
};

/** @returns a message with path and remedy; `undefined` for an error of another kind. */
export function systemErrorText(thrown: unknown): string | undefined {
  if (!isSystemError(thrown)) return undefined;
  const [reason, remedy] = reasons[thrown.code] ?? [thrown.code, 'Fix that and try again.'];
  // Some errors have their path in the message only.
  const path =
    thrown.path ??
    /'([^'\n]+)'/.exec(thrown.message)?.[1] ??
    /^(.+) is locked by another process$/.exec(thrown.message)?.[1];
  const what =
    thrown.syscall === 'open' || thrown.syscall === 'read' || thrown.syscall === 'scandir' ? 'opened' : 'written';
  return `${path ?? 'A file'} cannot be ${what}: ${reason}. ${remedy}`;
}

const isSystemError = (thrown: unknown): thrown is SystemError =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && /^E[A-Z0-9]{2,}$/.test(thrown.code);

/** The system names no path in errors of reading. @returns the same error with it. */
export function withPath(thrown: unknown, path: string): unknown {
  return isSystemError(thrown) && thrown.path === undefined ? Object.assign(thrown, { path }) : thrown;
}
