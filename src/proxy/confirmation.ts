/**
 * Confirms changes that spend the user's money and were requested over HTTP. Any process of the user can read the
 * control token, also a command that a model chose, so such a change waits for a key on the screen.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { SessionEvent } from '../session/events.ts';

/** `ask`: on the session's screen. `refuse`: there is no screen. `allow`: the launch said `--allow-metered`. */
export type SpendingRequests = 'ask' | 'refuse' | 'allow';

interface Question {
  readonly text: string;
  readonly resolve: (allowed: boolean | undefined) => void;
}

const answerTimeoutMs = 5 * 60_000;
const remedy = 'use the screen, `ccp switch` on a terminal of your own, or launch with --allow-metered';

export class Confirmation {
  readonly #mode: SpendingRequests;
  readonly #clock: Clock;
  readonly #publish: (event: SessionEvent) => void;
  #question: Question | undefined;

  constructor(mode: SpendingRequests, clock: Clock, publish: (event: SessionEvent) => void) {
    this.#mode = mode;
    this.#clock = clock;
    this.#publish = publish;
  }

  /**
   * Returns when the change is allowed.
   * @param text the change as a sentence without its end, such as "Switch main to openai/gpt-5.5, which is metered".
   * @param signal aborted when the caller disconnects.
   * @throws CcpError `not_confirmed`.
   */
  async require(text: string, signal: AbortSignal): Promise<void> {
    if (this.#mode === 'allow') return;
    if (this.#mode === 'refuse') throw notConfirmed(`${text}: this session has no screen that could confirm it`);
    if (this.#question) throw notConfirmed(`${text}: another request already waits for a confirmation on the screen`);
    const allowed = await this.#ask(text, signal);
    if (allowed === undefined) throw notConfirmed(`${text}: nobody confirmed it on the session's screen`);
    if (!allowed) throw notConfirmed(`${text}: it was denied on the session's screen`);
  }

  /** The user's answer. @returns false when nothing waits for one. */
  answer(allowed: boolean): boolean {
    this.#question?.resolve(allowed);
    return this.#question !== undefined;
  }

  #ask(text: string, signal: AbortSignal): Promise<boolean | undefined> {
    return new Promise((resolve) => {
      const cancelTimeout = this.#clock.after(answerTimeoutMs, () => this.#question?.resolve(undefined));
      const onAbort = () => this.#question?.resolve(undefined);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#question = {
        text,
        resolve: (allowed) => {
          cancelTimeout();
          signal.removeEventListener('abort', onAbort);
          this.#question = undefined;
          this.#publishQuestion(undefined);
          resolve(allowed);
        },
      };
      this.#publishQuestion(text);
    });
  }

  #publishQuestion(question: string | undefined): void {
    const at = this.#clock.now();
    this.#publish({ type: 'confirmation', at, id: `confirmation_${at}`, question });
  }
}

const notConfirmed = (message: string): CcpError =>
  new CcpError('not_confirmed', `${message}. To allow it, ${remedy}.`);
