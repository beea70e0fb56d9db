/** The child's PTY. The interface is small, so that the PTY package can be replaced. */
import { Readable } from 'node:stream';
import { spawn } from '@lydell/node-pty';
import { PtyWriter } from './pty-writer.ts';
import { type ReadFlow, readFromHandle, readRestOnDestroy } from './quick-read.ts';

export interface Pty extends ReadFlow {
  readonly pid: number;
  onData(listener: (data: Uint8Array) => void): void;
  /** `signal` is 0 if the program was not killed by a signal. */
  onExit(listener: (exit: { exitCode: number; signal: number }) => void): void;
  write(data: Uint8Array | string): void;
  resize(cols: number, rows: number): void;
  kill(signal: NodeJS.Signals): void;
}

export interface PtyOptions {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly cols: number;
  readonly rows: number;
}

export function openPty({ path, args, env, cwd, cols, rows }: PtyOptions): Pty {
  // With `encoding: null` the package emits raw bytes; its types declare strings only.
  const pty = spawn(path, [...args], {
    cols,
    rows,
    cwd,
    env: { ...env },
    name: env.TERM ?? 'xterm-256color',
    encoding: null,
  });
  const fd: unknown = Reflect.get(pty, 'fd');
  const masterFd = typeof fd === 'number' && fd >= 0 ? fd : undefined;
  const writer = masterFd === undefined ? undefined : new PtyWriter(masterFd);
  // The package reads immediately; data received before `onData` is called is buffered.
  const bufferedData: Uint8Array[] = [];
  let onChunk = (data: Uint8Array): void => void bufferedData.push(data);
  const socket: unknown = Reflect.get(pty, '_socket');
  let flow: ReadFlow = pty;
  if (socket instanceof Readable) {
    flow = readFromHandle(socket, (data) => onChunk(data));
    if (masterFd !== undefined) readRestOnDestroy(socket, masterFd, (data) => onChunk(data));
  } else pty.onData((data: string | Uint8Array) => onChunk(typeof data === 'string' ? Buffer.from(data) : data));
  let exited: { exitCode: number; signal: number } | undefined;
  pty.onExit(({ exitCode, signal }) => {
    writer?.close();
    exited = { exitCode, signal: signal ?? 0 };
  });
  return {
    pid: pty.pid,
    pause: () => flow.pause(),
    resume: () => flow.resume(),
    onData: (listener) => {
      for (const data of bufferedData.splice(0)) listener(data);
      onChunk = listener;
    },
    onExit: (listener) => {
      // The program may have exited before the listener is added.
      if (exited) listener(exited);
      else pty.onExit(({ exitCode, signal }) => listener({ exitCode, signal: signal ?? 0 }));
    },
    write: (data) => {
      if (writer) writer.write(Buffer.from(data));
      else pty.write(typeof data === 'string' ? data : Buffer.from(data).toString('utf8'));
    },
    resize: (cols2, rows2) => pty.resize(cols2, rows2),
    kill: (signal) => {
      try {
        process.kill(-pty.pid, signal);
      } catch {
        // The process group no longer exists.
      }
    },
  };
}
