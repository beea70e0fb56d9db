/** Finds out whether the program at the other end of a loopback connection runs on a terminal of the user. Linux only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { PeerConnection } from '../ports/peer.ts';

export interface SessionProcesses {
  /** A process whose descendants belong to the session: the launcher. `undefined` without one. */
  readonly launcher: number | undefined;
  /** The proxy's address. Programs that have it in their environment belong to the session. */
  readonly url: string;
}

/**
 * True when each process that holds the peer's socket has a controlling terminal, and neither it nor one of its
 * ancestors belongs to the session: Claude Code's commands are descendants of the launcher, and have the proxy's address
 * in their environment. False where this cannot be found out.
 */
export function isOnUserTerminal(peer: PeerConnection, session: SessionProcesses): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const inode = inodeOf(peer);
    if (inode === undefined) return false;
    const holders = holdersOf(`socket:[${inode}]`);
    return holders.length > 0 && holders.every((pid) => isOwnTerminal(pid, session));
  } catch {
    return false;
  }
}

/** The inode of the peer's socket, whose local port is the peer's port. */
function inodeOf({ port, localPort }: PeerConnection): string | undefined {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of linesOf(file).slice(1)) {
      const [, local = '', remote = '', , , , , , , inode] = line.trim().split(/\s+/);
      if (local.endsWith(`:${hex(port)}`) && remote.endsWith(`:${hex(localPort)}`) && inode !== '0') return inode;
    }
  return undefined;
}

const linesOf = (file: string): string[] => {
  try {
    return readFileSync(file, 'latin1').split('\n');
  } catch {
    return [];
  }
};

/** The processes of this user that have the socket open. */
function holdersOf(link: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const folder = `/proc/${pid}/fd`;
      return readdirSync(folder).some((fd) => linkOf(`${folder}/${fd}`) === link);
    } catch {
      // The process has ended, or belongs to another user.
      return false;
    }
  });
}

const linkOf = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};

function isOwnTerminal(pid: number, { launcher, url }: SessionProcesses): boolean {
  if (statOf(pid).terminal === 0) return false;
  for (let at = pid; at > 1; at = statOf(at).parent) {
    if (at === launcher) return false;
    // An ancestor of another user, such as the login service, cannot be read and has nothing of the session.
    if (environmentOf(at).includes(url)) return false;
  }
  return true;
}

function statOf(pid: number): { parent: number; terminal: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field, the name, is in parentheses and may contain blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(fields[1]), terminal: Number(fields[4]) };
}

const environmentOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
};
