/** The real terminal. It is restored on every exit path. */
import { spawnSync } from 'node:child_process';
import { readlinkSync, writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { readFromHandle } from './quick-read.ts';

/** Switches to a cleared alternate screen; the cursor stays hidden until the first frame. */
const enterSequence = '\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H';

/** Resets every mode that ccp or the child may have set. */
export const leaveSequence = [
  '\x1b[?2026l',
  '\x1b[0m\x1b]8;;\x1b\\',
  '\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?9l\x1b[?1006l\x1b[?1016l',
  '\x1b[?1004l\x1b[?2004l\x1b[?2031l\x1b[?1l\x1b[?66l',
  '\x1b[>4;0m',
  '\x1b[0 q',
  '\x1b[?25h',
  '\x1b[?1049l',
].join('');

const outputFd = 1;
/** Kitty keyboard flags belong to the screen they were set on, so they are reset before it is left. */
const kittyOff = '\x1b[=0;1u';

export class OuterTerminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  #isEntered = false;
  #usesKitty = false;

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  get size(): { readonly cols: number; readonly rows: number } {
    return { cols: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  enter(): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    this.#input.setRawMode(true);
    this.#input.resume();
    // The size may have changed while the terminal was not entered, for example while suspended.
    if (process.platform !== 'win32') process.kill(process.pid, 'SIGWINCH');
    this.write(enterSequence);
  }

  /** Safe to call twice, and while the process exits. */
  leave(): void {
    if (!this.#isEntered) return;
    try {
      this.write((this.#usesKitty ? kittyOff : '') + leaveSequence);
      this.#isEntered = false;
      this.#input.setRawMode(false);
      this.#input.pause();
    } catch {
      // The terminal is closed.
      this.#isEntered = false;
    }
  }

  set kittyUsed(used: boolean) {
    this.#usesKitty ||= used;
  }

  /** Writes only between `enter` and `leave`. */
  write(text: string): void {
    if (!this.#isEntered) return;
    const data = Buffer.from(text, 'utf8');
    for (let offset = 0; offset < data.length; ) {
      const written = this.#tryWrite(data.subarray(offset));
      // If the terminal accepts no more bytes, the stream buffers the rest and waits.
      if (written === 0) return void this.#output.write(data.subarray(offset));
      offset += written;
    }
  }

  /**
   * Writes past the stream, whose bookkeeping would take a tenth of a keystroke's latency. @returns the bytes written.
   */
  #tryWrite(data: Buffer): number {
    if (this.#output.writableLength > 0) return 0;
    try {
      return writeSync(outputFd, data);
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN') return 0;
      // The terminal is closed; a signal reports it.
      if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'EIO' || thrown.code === 'EPIPE'))
        return data.length;
      throw thrown;
    }
  }

  onData(listener: (data: Buffer) => void): void {
    readFromHandle(this.#input, listener);
  }

  onResize(listener: () => void): void {
    this.#output.on('resize', listener);
  }
}

/** What another process needs to restore this terminal; `undefined` if it cannot be determined. */
export function terminalRescue(): { path: string; modes: string; reset: string } | undefined {
  try {
    const path = process.platform === 'linux' ? readlinkSync('/proc/self/fd/0') : ttyName();
    const modes = spawnSync('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8', timeout: 2_000 });
    if (!path.startsWith('/dev/') || modes.status !== 0) return undefined;
    return { path, modes: modes.stdout.trim(), reset: kittyOff + leaveSequence };
  } catch {
    return undefined;
  }
}

const ttyName = (): string =>
  spawnSync('tty', [], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8', timeout: 2_000 }).stdout.trim();
