/**
 * The brake on a session's requests: agents that start agents, a storm of equal compactions, a hook that repeats itself.
 * Requests beyond a limit are held until others have ended, and the user may let them through or refuse them.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { FanOutQuestion, SessionEvent } from '../session/events.ts';
import type { FanOutLimits } from '../settings/fan-out.ts';
import type { ContentKeys } from './content-keys.ts';

type LimitName = FanOutQuestion['limit'];

export interface FanOutRequest {
  readonly keys: ContentKeys;
  readonly signal: AbortSignal;
  readonly onHeld: () => void;
}

interface Waiting {
  readonly request: FanOutRequest;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

const minuteMs = 60_000;
/** After the user refused the held requests, further ones are refused for this time. */
const refusalMs = minuteMs;

const limitTexts: Readonly<Record<LimitName, string>> = {
  parallel: 'requests at the same time',
  alike: 'equal requests at the same time',
  alikePerMinute: 'requests with the same message within a minute',
};

export class FanOut {
  readonly #clock: Clock;
  readonly #publish: (event: SessionEvent) => void;
  readonly #onLimit: FanOutLimits['onLimit'];
  readonly #allowed: Record<LimitName, number>;
  readonly #running = new Set<FanOutRequest>();
  readonly #starts: { readonly key: string; readonly at: number }[] = [];
  readonly #started = new WeakSet<FanOutRequest>();
  #waiting: readonly Waiting[] = [];
  #question: Omit<FanOutQuestion, 'held'> | undefined;
  #refusedUntil = 0;
  #count = 0;
  #cancelCheck: (() => void) | undefined;

  constructor(limits: FanOutLimits, clock: Clock, publish: (event: SessionEvent) => void) {
    const { parallel, alike, alikePerMinute, onLimit } = limits;
    this.#allowed = { parallel, alike, alikePerMinute };
    this.#onLimit = onLimit;
    this.#clock = clock;
    this.#publish = publish;
  }

  /**
   * Returns when the request may be sent. It counts until `leave`.
   * @throws CcpError `fan_out`; the abort reason when the client disconnects while the request is held.
   */
  async enter(request: FanOutRequest): Promise<void> {
    if (this.#onLimit === 'off' || this.#running.has(request)) return;
    const limit = this.#limitFor(request);
    if (limit === undefined) return this.#start(request);
    if (this.#onLimit === 'stop' || this.#clock.elapsed() < this.#refusedUntil) throw this.#error(limit);
    request.onHeld();
    await this.#hold(request);
  }

  /** The request has ended, or waits for something else and enters again after it. */
  leave(request: FanOutRequest): void {
    if (this.#running.delete(request)) this.#admitWaiting();
  }

  /** @throws CcpError `not_confirmed` when the question is no longer open. */
  answer(id: string, allow: boolean): void {
    const question = this.#question;
    if (question?.id !== id) throw new CcpError('not_confirmed', 'The held requests have been sent or have ended.');
    if (allow) this.#allowed[question.limit] *= 2;
    else this.#refuse();
    this.#admitWaiting();
  }

  #refuse(): void {
    this.#refusedUntil = this.#clock.elapsed() + refusalMs;
    const refused = this.#waiting.map((waiting) => ({ ...waiting, limit: this.#limitFor(waiting.request) }));
    this.#waiting = [];
    for (const { reject, limit = 'parallel' } of refused) reject(this.#error(limit, ', and you refused the rest'));
  }

  #start(request: FanOutRequest): void {
    const { repeated } = request.keys;
    this.#running.add(request);
    // One that enters again is not repeated.
    if (repeated === undefined || this.#started.has(request)) return;
    this.#started.add(request);
    this.#starts.push({ key: repeated, at: this.#clock.elapsed() });
  }

  /** The limit that the request would exceed. */
  #limitFor(request: FanOutRequest): LimitName | undefined {
    const { keys } = request;
    const now = this.#clock.elapsed();
    while (this.#starts[0] && now - this.#starts[0].at >= minuteMs) this.#starts.shift();
    const counts: Record<LimitName, number> = {
      parallel: this.#running.size,
      alike: [...this.#running].filter((other) => other.keys.content === keys.content).length,
      alikePerMinute: this.#started.has(request) ? 0 : this.#starts.filter(({ key }) => key === keys.repeated).length,
    };
    const names: readonly LimitName[] = ['parallel', 'alike', 'alikePerMinute'];
    return names.find((name) => counts[name] >= this.#allowed[name]);
  }

  #hold(request: FanOutRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = request;
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((one) => one.request !== request);
        reject(signal.reason);
        this.#publishQuestion();
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const settled =
        <Value>(settle: (value: Value) => void) =>
        (value: Value) => {
          signal.removeEventListener('abort', onAbort);
          settle(value);
        };
      this.#waiting = [...this.#waiting, { request, resolve: settled(resolve), reject: settled(reject) }];
      this.#publishQuestion();
      this.#checkLater();
    });
  }

  /** Requests that are held for their rate may be sent when a minute has passed. */
  #checkLater(): void {
    this.#cancelCheck?.();
    const [oldest] = this.#starts;
    if (oldest === undefined || this.#waiting.length === 0) return;
    this.#cancelCheck = this.#clock.after(Math.max(0, oldest.at + minuteMs - this.#clock.elapsed()), () =>
      this.#admitWaiting(),
    );
  }

  #admitWaiting(): void {
    if (this.#waiting.length === 0 && this.#question === undefined) return;
    this.#waiting = this.#waiting.filter(({ request, resolve }) => {
      if (this.#limitFor(request) !== undefined) return true;
      // It counts from now on, also for those behind it.
      this.#start(request);
      resolve();
      return false;
    });
    this.#publishQuestion();
    this.#checkLater();
  }

  #publishQuestion(): void {
    this.#updateQuestion();
    const at = this.#clock.now();
    const question = this.#onLimit === 'ask' ? this.#question : undefined;
    this.#publish({
      type: 'fan_out',
      at,
      id: `fan_out_${at}`,
      question: question && { ...question, held: this.#waiting.length },
    });
  }

  /** The question is about the limit that holds the oldest request. Another limit is another question. */
  #updateQuestion(): void {
    const [oldest] = this.#waiting;
    const limit = oldest && this.#limitFor(oldest.request);
    if (limit === undefined) this.#question = undefined;
    else if (this.#question?.limit !== limit || this.#question.allowed !== this.#allowed[limit]) {
      this.#count += 1;
      this.#question = { id: `fan_out_${this.#count}`, limit, allowed: this.#allowed[limit] };
    }
  }

  #error(limit: LimitName, more = ''): CcpError {
    return new CcpError('fan_out', `More than ${this.#allowed[limit]} ${limitTexts[limit]} in this session${more}.`);
  }
}
