/**
 * Bearer tokens that programs of the user print, such as the helper of a gateway behind single sign-on. A token is kept
 * in memory for its time, and never stored or logged.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Credential } from '../ports/credential.ts';

export interface TokenCommand {
  readonly upstream: string;
  /** The program and its arguments. */
  readonly words: readonly string[];
  readonly ttlMs: number;
  /** What the user can do when it fails. */
  readonly remedy: string;
}

/** The output of a program, or why there is none. */
export type CommandOutput =
  | { readonly ok: true; readonly output: string }
  | { readonly ok: false; readonly reason: string };

/** Runs a program without a shell. */
export type RunCommand = (words: readonly string[]) => Promise<CommandOutput>;

interface KeptToken {
  readonly token: Promise<string>;
  readonly expiresAt: number;
}

/** One line of printable ASCII: anything else cannot be sent in a header. */
const tokenPattern = /^[\x21-\x7e]{1,16384}$/;

export class CommandTokens {
  readonly #commands: readonly TokenCommand[];
  readonly #run: RunCommand;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, KeptToken>();

  constructor(commands: readonly TokenCommand[], run: RunCommand, clock: Clock) {
    this.#commands = commands;
    this.#run = run;
    this.#clock = clock;
  }

  has(upstream: string): boolean {
    return this.#commandOf(upstream) !== undefined;
  }

  /** `undefined` when the upstream has no command. @throws CcpError `no_credential` when its command fails. */
  async get(upstream: string): Promise<Credential | undefined> {
    const command = this.#commandOf(upstream);
    if (command === undefined) return undefined;
    const kept = this.#tokens.get(upstream);
    const token = kept && kept.expiresAt > this.#clock.now() ? kept.token : this.#start(command);
    return credential(await token);
  }

  /** Runs the command again. `undefined` when it prints the token that the upstream has rejected. */
  async renew(upstream: string, rejectedToken: string): Promise<Credential | undefined> {
    const command = this.#commandOf(upstream);
    if (command === undefined) return undefined;
    const current = await this.#tokens.get(upstream)?.token.catch(() => undefined);
    // Another request may have replaced it already.
    const token = current !== undefined && current !== rejectedToken ? current : await this.#start(command);
    return token === rejectedToken ? undefined : credential(token);
  }

  #commandOf(upstream: string): TokenCommand | undefined {
    return this.#commands.find((command) => command.upstream === upstream);
  }

  /** Requests that arrive while the command runs share its token. A failure is not kept. */
  #start(command: TokenCommand): Promise<string> {
    const token = this.#tokenOf(command);
    this.#tokens.set(command.upstream, { token, expiresAt: this.#clock.now() + command.ttlMs });
    token.catch(() => {
      if (this.#tokens.get(command.upstream)?.token === token) this.#tokens.delete(command.upstream);
    });
    return token;
  }

  async #tokenOf({ upstream, words, remedy }: TokenCommand): Promise<string> {
    const result = await this.#run(words);
    const token = result.ok ? result.output.trim() : '';
    if (tokenPattern.test(token)) return token;
    const reason = result.ok ? 'it printed no token: one line of printable characters is needed' : result.reason;
    throw new CcpError('no_credential', `The command for the token of ${upstream} failed: ${reason}. ${remedy}`);
  }
}

const credential = (token: string): Credential => ({ kind: 'bearer', token, accountId: undefined, origin: 'command' });
