/** Terminal output and input of a login: instructions, a waiting line with a countdown, and pasted lines. */

import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { AppContext } from '../../app/context.ts';
import { secretVariablesOf } from '../../app/credentials.ts';
import type { LoginIo } from '../../credentials/logins/profile.ts';
import { helperProcess } from '../../launch/helper.ts';
import { withoutSecrets } from '../../platform/secrets.ts';
import { asObject } from '../../wire/json.ts';
import { cancelledError } from './keys.ts';

const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const frameMs = 120;
const openTimeoutMs = 5_000;

export class LoginScreen implements LoginIo {
  readonly #context: AppContext;
  readonly #canOpen: boolean;
  readonly #abort = new AbortController();
  readonly #onInterrupt = () => this.#abort.abort(cancelledError());
  #readline: Interface | undefined;
  #redraw: (() => void) | undefined;
  #onLine: ((line: string) => void) | undefined;
  /** Lines that were entered before `line` was called. */
  readonly #pendingLines: string[] = [];

  /** @param canOpen whether a browser on this machine may be opened. */
  constructor(context: AppContext, canOpen: boolean) {
    this.#context = context;
    this.#canOpen = canOpen;
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
    const opened = this.#canOpen && hasBrowser(this.#context.env) && (await this.#openBrowser(url));
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
      const remainingSec = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
      const clock = `${Math.floor(remainingSec / 60)}:${String(remainingSec % 60).padStart(2, '0')}`;
      const line = `${frames[frame++ % frames.length]} ${what}… ${clock}  (Ctrl+C cancels)`;
      // While input is read, the line is the readline prompt, which keeps what was typed.
      if (this.#readline) {
        this.#readline.setPrompt(`${line}  or paste the address it ended on: `);
        this.#readline.prompt(true);
      } else process.stderr.write(`\r\x1b[2K${line}`);
    };
    const timer = setInterval(draw, frameMs);
    this.#redraw = draw;
    draw();
    return () => {
      clearInterval(timer);
      this.#clearLine();
      this.#redraw = undefined;
      this.close();
    };
  }

  line(): Promise<string> {
    if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return new Promise(() => {});
    if (!this.#readline) {
      this.#readline = createInterface({
        input: process.stdin,
        output: process.stderr,
        terminal: true,
        historySize: 0,
      });
      this.#readline.on('SIGINT', this.#onInterrupt);
      this.#readline.on('line', (line) => {
        const onLine = this.#onLine;
        this.#onLine = undefined;
        if (onLine) onLine(line);
        else this.#pendingLines.push(line);
        this.#redraw?.();
      });
    }
    const [pendingLine] = this.#pendingLines.splice(0, 1);
    if (pendingLine !== undefined) return Promise.resolve(pendingLine);
    return new Promise((resolve) => {
      this.#onLine = resolve;
    });
  }

  /** Stops reading from the terminal. */
  close(): void {
    this.#readline?.close();
    this.#readline = undefined;
  }

  end(): void {
    this.close();
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onInterrupt);
  }

  #clearLine(): void {
    if (process.stderr.isTTY === true && this.#redraw) process.stderr.write('\r\x1b[J');
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

/** Whether this machine has a desktop: not over SSH, and on Linux only with a display or WSL. */
function hasBrowser(env: AppContext['env']): boolean {
  if (env.SSH_CONNECTION || env.SSH_TTY) return false;
  if (process.platform !== 'linux') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}
