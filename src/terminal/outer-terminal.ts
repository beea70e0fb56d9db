/** The real terminal: entered, asked, and given back in every exit path. */
import { spawnSync } from 'node:child_process';
import { readlinkSync, writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { quickRead } from './quick-read.ts';

/** Alternate screen, cleared; the cursor waits for the first frame. */
const enterSequence = '\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H';

/** Undoes everything ccp or the child may have asked for, whether it did or not. */
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

/** Kitty's flags belong to the screen they were set on, so they go before it. */
const outputFd = 1;
const kittyOff = '\x1b[=0;1u';

export class OuterTerminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  #entered = false;
  #kitty = false;

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  get size(): { readonly cols: number; readonly rows: number } {
    return { cols: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    this.#input.setRawMode(true);
    this.#input.resume();
    // While it was away (suspended, say) the size may have changed unheard.
    if (process.platform !== 'win32') process.kill(process.pid, 'SIGWINCH');
    this.write(enterSequence);
  }

  /** Safe to call twice, and in a dying process. */
  leave(): void {
    if (!this.#entered) return;
    try {
      this.write((this.#kitty ? kittyOff : '') + leaveSequence);
      this.#entered = false;
      this.#input.setRawMode(false);
      this.#input.pause();
    } catch {
      // The terminal is gone.
      this.#entered = false;
    }
  }

  set kittyUsed(used: boolean) {
    this.#kitty ||= used;
  }

  /** Says nothing to a terminal that is not ours. */
  write(text: string): void {
    if (!this.#entered) return;
    const data = Buffer.from(text, 'utf8');
    for (let done = 0; done < data.length; ) {
      const written = this.#tryWrite(data.subarray(done));
      // A terminal that takes nothing now is waited for by the stream, which also waits when it must.
      if (written === 0) return void this.#output.write(data.subarray(done));
      done += written;
    }
  }

  /** Past the stream: its bookkeeping would be a tenth of a keystroke's way. */
  #tryWrite(data: Buffer): number {
    if (this.#output.writableLength > 0) return 0;
    try {
      return writeSync(outputFd, data);
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN') return 0;
      // The terminal is gone; a signal says so.
      if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'EIO' || thrown.code === 'EPIPE'))
        return data.length;
      throw thrown;
    }
  }

  onData(listener: (data: Buffer) => void): void {
    quickRead(this.#input, listener);
  }

  onResize(listener: () => void): void {
    this.#output.on('resize', listener);
  }
}

/** How another process can give this terminal back; `undefined` where that cannot be told. */
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
