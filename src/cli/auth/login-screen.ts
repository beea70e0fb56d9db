/** A login's words on the terminal: what to do, a line that waits and counts down, and what was pasted. */

import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { AppContext } from '../../app/context.ts';
import { secretVariablesOf } from '../../app/credentials.ts';
import type { LoginIo } from '../../credentials/logins/profile.ts';
import { helperProcess } from '../../launch/helper.ts';
import { withoutSecrets } from '../../platform/secrets.ts';
import { asObject } from '../../wire/json.ts';
import { cancelled } from './keys.ts';

const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const frameMs = 120;
const openTimeoutMs = 5_000;

export class LoginScreen implements LoginIo {
  readonly #context: AppContext;
  readonly #mayOpen: boolean;
  readonly #abort = new AbortController();
  readonly #onInterrupt = () => this.#abort.abort(cancelled());
  #lines: Interface | undefined;
  #waiting: (() => void) | undefined;
  #typed: ((line: string) => void) | undefined;
  /** Pasted at once, and not asked for yet. */
  readonly #pasted: string[] = [];

  /** @param mayOpen a browser on this machine may be opened. */
  constructor(context: AppContext, mayOpen: boolean) {
    this.#context = context;
    this.#mayOpen = mayOpen;
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onInterrupt);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  say(text: string): void {
    this.#clearLine();
    process.stderr.write(`${text}\n`);
  }

  async open(url: string): Promise<void> {
    const opened = this.#mayOpen && hasBrowser(this.#context.env) && (await this.#openBrowser(url));
    this.say(
      opened
        ? `The browser was opened. If it shows nothing, open this address:\n\n${url}\n`
        : `Open this address in a browser:\n\n${url}\n`,
    );
  }

  wait(what: string, endsAt: number): () => void {
    if (process.stderr.isTTY !== true) {
      this.say(`${what}…`);
      return () => {};
    }
    let frame = 0;
    const draw = () => {
      const left = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
      const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
      const line = `${frames[frame++ % frames.length]} ${what}… ${clock}  (Ctrl+C cancels)`;
      // While something can be pasted, the line is its prompt: what was typed stays.
      if (this.#lines) {
        this.#lines.setPrompt(`${line}  or paste the address it ended on: `);
        this.#lines.prompt(true);
      } else process.stderr.write(`\r\x1b[2K${line}`);
    };
    const timer = setInterval(draw, frameMs);
    this.#waiting = draw;
    draw();
    return () => {
      clearInterval(timer);
      this.#clearLine();
      this.#waiting = undefined;
      this.close();
    };
  }

  line(): Promise<string> {
    if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return new Promise(() => {});
    if (!this.#lines) {
      this.#lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true, historySize: 0 });
      this.#lines.on('SIGINT', this.#onInterrupt);
      this.#lines.on('line', (line) => {
        const typed = this.#typed;
        this.#typed = undefined;
        if (typed) typed(line);
        else this.#pasted.push(line);
        this.#waiting?.();
      });
    }
    const [ready] = this.#pasted.splice(0, 1);
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve) => {
      this.#typed = resolve;
    });
  }

  /** Gives the terminal back. */
  close(): void {
    this.#lines?.close();
    this.#lines = undefined;
  }

  end(): void {
    this.close();
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onInterrupt);
  }

  #clearLine(): void {
    if (process.stderr.isTTY === true && this.#waiting) process.stderr.write('\r\x1b[J');
  }

  async #openBrowser(url: string): Promise<boolean> {
    const { entry, env } = this.#context;
    const helper = helperProcess(
      join(dirname(entry), 'browser-helper.js'),
      withoutSecrets(env, secretVariablesOf(this.#context)),
    );
    return asObject(await helper({ url }, openTimeoutMs).catch(() => undefined)).opened === true;
  }
}

/** Somebody sits before a desktop here: not in a container, and not at the far end of ssh. */
function hasBrowser(env: AppContext['env']): boolean {
  if (env.SSH_CONNECTION || env.SSH_TTY) return false;
  if (process.platform !== 'linux') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}
