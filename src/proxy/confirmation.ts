/**
 * Confirms changes that spend the user's money and were requested over HTTP. Any process of the user can read the
 * control token, also a command that a model chose, so such a change waits for a key on the screen.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Question, SessionEvent } from '../session/events.ts';

/** `ask`: on the session's screen. `refuse`: there is no screen. `allow`: the launch said `--allow-metered`. */
export type SpendingRequests = 'ask' | 'refuse' | 'allow';

interface OpenQuestion {
  readonly id: string;
  /** Resolves when the question is answered or withdrawn. */
  readonly closed: Promise<void>;
  readonly resolve: (allowed: boolean | undefined) => void;
}

const answerTimeoutMs = 5 * 60_000;
const remedies: Readonly<Record<SpendingRequests, string>> = {
  ask: 'press the key that the screen of the session names, or launch with --allow-metered',
  refuse: 'start ccp with --allow-metered, or on Linux use `ccp switch` on a terminal of your own',
  allow: '',
};

export class Confirmation {
  readonly #mode: SpendingRequests;
  readonly #hasScreen: boolean;
  readonly #clock: Clock;
  readonly #publish: (event: SessionEvent) => void;
  #question: OpenQuestion | undefined;
  #count = 0;

  constructor(mode: SpendingRequests, hasScreen: boolean, clock: Clock, publish: (event: SessionEvent) => void) {
    this.#mode = mode;
    this.#hasScreen = hasScreen;
    this.#clock = clock;
    this.#publish = publish;
  }

  /**
   * Returns when the change is allowed.
   * @param text the change as a clause, such as "Switch main to openai/gpt-5.5, which is metered".
   * @param signal aborted when the caller disconnects.
   * @throws CcpError `not_confirmed`.
   */
  async require(text: string, signal: AbortSignal): Promise<void> {
    if (this.#mode === 'allow') return;
    if (this.#mode === 'refuse') throw this.#notConfirmed(`${text}: this session has no screen that could confirm it`);
    if (this.#question)
      throw this.#notConfirmed(`${text}: another request already waits for a confirmation on the screen`);
    const allowed = await this.#ask(text, signal, true);
    if (allowed === undefined) throw this.#notConfirmed(`${text}: there was no answer on the session's screen`);
    if (!allowed) throw this.#notConfirmed(`${text}: it was denied on the session's screen`);
  }

  /**
   * Asks about a request of Claude Code, which waits for the answer; one question after the other.
   * @param text the request as a clause, such as "Send a private key to openai/gpt-5.5".
   * @returns a phrase that follows "It": why it is not allowed; `undefined`: the user allowed it.
   */
  async askAboutRequest(text: string, signal: AbortSignal): Promise<string | undefined> {
    if (!this.#hasScreen) return 'needs the user’s consent, and this session has no screen';
    while (this.#question) await this.#question.closed;
    const allowed = await this.#ask(text, signal, false);
    signal.throwIfAborted();
    if (allowed === undefined) return 'was not answered on the session’s screen';
    return allowed ? undefined : 'was denied on the session’s screen';
  }

  /** The user's answer. @throws CcpError `not_confirmed` when this question is no longer open. */
  answer(id: string, allowed: boolean): void {
    if (this.#question?.id !== id)
      throw new CcpError('not_confirmed', 'That question is no longer open: the program that asked has gone.');
    this.#question.resolve(allowed);
  }

  #ask(text: string, signal: AbortSignal, isFromProgram: boolean): Promise<boolean | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const cancelTimeout = this.#clock.after(answerTimeoutMs, () => this.#question?.resolve(undefined));
      const onAbort = () => this.#question?.resolve(undefined);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#count += 1;
      let close = () => {};
      const closed = new Promise<void>((settle) => {
        close = settle;
      });
      const id = `question_${this.#count}`;
      this.#question = {
        id,
        closed,
        resolve: (allowed) => {
          cancelTimeout();
          signal.removeEventListener('abort', onAbort);
          this.#question = undefined;
          close();
          this.#publishQuestion(undefined);
          resolve(allowed);
        },
      };
      this.#publishQuestion({ id, text, isFromProgram });
    });
  }

  #notConfirmed(message: string): CcpError {
    return new CcpError('not_confirmed', `${message}. To allow it, ${remedies[this.#mode]}.`);
  }

  #publishQuestion(question: Question | undefined): void {
    const at = this.#clock.now();
    this.#publish({ type: 'confirmation', at, id: `confirmation_${at}`, question });
  }
}
