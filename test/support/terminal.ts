/** A real terminal for a program under test: a PTY, and an emulator that answers queries as modern terminals do. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Emulator } from '../../src/terminal/emulator.ts';
import { openPty, type Pty } from '../../src/terminal/pty.ts';

export interface TerminalOptions {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly cols?: number;
  readonly rows?: number;
}

export class TestTerminal {
  readonly emulator: Emulator;
  readonly #pty: Pty;
  readonly tag: string;
  exit: { exitCode: number; signal: number } | undefined;

  constructor({ argv, env, cwd, cols = 140, rows = 40 }: TerminalOptions) {
    this.emulator = new Emulator({ cols, rows, scrollback: 500 });
    this.tag = `ccp-test-${Math.random().toString(36).slice(2)}`;
    const [path = '', ...args] = argv;
    this.#pty = openPty({ path, args, env: { ...env, CCP_TEST_TAG: this.tag }, cwd, cols, rows });
    this.emulator.terminal.onData((answer) => this.#pty.write(answer));
    this.#pty.onData((data) => this.emulator.feed(data));
    this.#pty.onExit((exit) => {
      this.exit = exit;
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  get rows(): string[] {
    return this.emulator.text();
  }

  get text(): string {
    return this.rows.join('\n');
  }

  /** The history of the normal screen: output printed before and after the full-screen part. */
  get history(): string {
    const buffer = this.emulator.terminal.buffer.normal;
    return Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? '').join(
      '\n',
    );
  }

  get isAlternate(): boolean {
    return this.emulator.terminal.buffer.active.type === 'alternate';
  }

  send(keys: string): void {
    this.#pty.write(keys);
  }

  /** Types a line, then sends Enter separately. */
  async type(line: string): Promise<void> {
    this.send(line);
    await wait(400);
    // On a busy machine the line arrives late, and an Enter in the same read would be part of it.
    const end = line.trim().slice(-12);
    await this.waitFor(() => this.text.replace(/\s+/g, '').includes(end.replace(/\s+/g, '')), 5_000).catch(() => {});
    await wait(100);
    this.send('\r');
  }

  async resize(cols: number, rows: number): Promise<void> {
    this.emulator.resize(cols, rows);
    this.#pty.resize(cols, rows);
    await wait(100);
  }

  /** @throws Error with the screen contents after a timeout. */
  async waitFor(what: RegExp | (() => boolean), ms = 30_000): Promise<void> {
    const isMet = typeof what === 'function' ? what : () => what.test(this.text);
    const end = performance.now() + ms;
    while (performance.now() < end) {
      if (isMet()) return;
      if (this.exit && typeof what !== 'function') break;
      await wait(25);
    }
    throw new Error(
      `waited for ${what}; exit ${JSON.stringify(this.exit)}; the screen shows:\n${this.text}\n--- history\n${this.history}`,
    );
  }

  async waitForExit(ms = 20_000): Promise<{ exitCode: number; signal: number }> {
    await this.waitFor(() => this.exit !== undefined, ms);
    await wait(50);
    return this.exit ?? { exitCode: -1, signal: -1 };
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.pid, name);
  }

  /** Processes of this run that are still alive. */
  survivors(): string[] {
    return taggedProcesses(this.tag);
  }

  async close(): Promise<void> {
    for (const name of ['SIGTERM', 'SIGKILL'] as const) {
      for (const line of this.survivors()) {
        try {
          process.kill(Number(line.split(' ')[0]), name);
        } catch {
          // The process has exited.
        }
      }
      await wait(200);
    }
  }
}

/** `pid command` of every process that inherited the tag. */
export function taggedProcesses(tag: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`).includes(tag)) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
      } catch {
        return [];
      }
    });
}

/** Opens terminals for one test and closes them afterwards. */
export class Terminals {
  readonly #open: TestTerminal[] = [];

  open(options: TerminalOptions): TestTerminal {
    const terminal = new TestTerminal(options);
    this.#open.push(terminal);
    return terminal;
  }

  async closeAll(): Promise<void> {
    for (const terminal of this.#open.splice(0)) await terminal.close();
  }
}
