/**
 * Ends ccp when its main thread hangs in the output of a program: neither keys nor signals would reach it any more.
 * The watching thread has no timer while there is no output.
 */
import { writeSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import type { TerminalRescue } from '../session/ipc.ts';
import { restoreTerminal } from './rescue.ts';

const defaultCheckMs = 1_000;
/** A piece of output takes milliseconds. */
const hungChecks = 8;

/** The message that starts the checks. */
export const watchMessage = { type: 'watch' } as const;

const [begun, ended, armed] = [0, 1, 2];

/** What the watching thread needs; passed to it as `workerData`. */
export interface WatchedThread {
  /** Three 32-bit integers: pieces of work begun, pieces ended, and whether the checks run. */
  readonly progress: SharedArrayBuffer;
  readonly rescue: TerminalRescue | undefined;
  /** Milliseconds between two checks. */
  readonly checkMs?: number;
}

/** The main thread's side: counts its work. */
export class WorkCounter {
  readonly shared = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
  readonly #counts = new Int32Array(this.shared);
  /** Starts the checks in the other thread; `undefined` while there is none. */
  onBegin: (() => void) | undefined;

  run(work: () => void): void {
    Atomics.add(this.#counts, begun, 1);
    if (this.onBegin && Atomics.exchange(this.#counts, armed, 1) === 0) this.onBegin();
    try {
      work();
    } finally {
      Atomics.add(this.#counts, ended, 1);
    }
  }
}

/** The watching thread's side. It checks from a `watchMessage` until the main thread has nothing to do. */
export function watchThread(port: MessagePort, { progress, rescue, checkMs = defaultCheckMs }: WatchedThread): void {
  const counts = new Int32Array(progress);
  let seen = -1;
  let checks = 0;
  const check = () => {
    const current = Atomics.load(counts, begun);
    if (current === Atomics.load(counts, ended)) {
      Atomics.store(counts, armed, 0);
      return;
    }
    checks = current === seen ? checks + 1 : 0;
    seen = current;
    if (checks >= hungChecks) endProcess(rescue, (hungChecks * checkMs) / 1000);
    setTimeout(check, checkMs);
  };
  port.on('message', (message: { readonly type?: unknown }) => {
    if (message.type === watchMessage.type) setTimeout(check, checkMs);
  });
}

function endProcess(rescue: TerminalRescue | undefined, seconds: number): never {
  if (rescue) restoreTerminal(rescue);
  const text = `ccp: the screen did not respond for ${seconds} s while it processed output of the program, so ccp was ended. A session can be resumed with \`ccp launch -- --continue\`.\n`;
  try {
    writeSync(2, text);
  } catch {
    // The terminal is closed.
  }
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}
