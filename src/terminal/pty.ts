/** The child's terminal. One small interface, so that another PTY package can stand behind it. */
import { Readable } from 'node:stream';
import { spawn } from '@lydell/node-pty';
import { PtyWriter } from './pty-writer.ts';
import { quickRead } from './quick-read.ts';

export interface Pty {
  readonly pid: number;
  onData(listener: (data: Uint8Array) => void): void;
  /** `signal` is 0 when the program ended by itself. */
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
  // Without an encoding the package hands out the raw bytes; its types know strings only.
  const pty = spawn(path, [...args], {
    cols,
    rows,
    cwd,
    env: { ...env },
    name: env.TERM ?? 'xterm-256color',
    encoding: null,
  });
  const fd: unknown = Reflect.get(pty, 'fd');
  const writer = typeof fd === 'number' && fd >= 0 ? new PtyWriter(fd) : undefined;
  // The package reads at once; what comes before anybody listens is kept.
  const early: Uint8Array[] = [];
  let take = (data: Uint8Array): void => void early.push(data);
  const socket: unknown = Reflect.get(pty, '_socket');
  if (socket instanceof Readable) quickRead(socket, (data) => take(data));
  else pty.onData((data: string | Uint8Array) => take(typeof data === 'string' ? Buffer.from(data) : data));
  let exited: { exitCode: number; signal: number } | undefined;
  pty.onExit(({ exitCode, signal }) => {
    writer?.close();
    exited = { exitCode, signal: signal ?? 0 };
  });
  return {
    pid: pty.pid,
    onData: (listener) => {
      for (const data of early.splice(0)) listener(data);
      take = listener;
    },
    onExit: (listener) => {
      // It may be over before anybody looks.
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
        // The group is gone.
      }
    },
  };
}
