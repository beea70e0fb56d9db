/** The one key that seals every credential file; it lives in the OS keychain and in this process's memory. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import type { RunHelper } from '../ports/helper.ts';
import { asString, isObject } from '../wire/json.ts';
import { keyBytes } from './envelope.ts';

export type KeyAnswer =
  | { readonly state: 'key'; readonly key: Buffer }
  /** Nothing is there, or it is locked: some keychains do not tell the two apart. */
  | { readonly state: 'absent' }
  | { readonly state: 'locked'; readonly reason: string }
  /** There is no keychain, or it does not answer. */
  | { readonly state: 'unavailable'; readonly reason: string };

const item = { service: 'ccp', account: 'credentials' };
/** A keychain that has just failed is left alone for a while. */
const failureHoldsMs = 10_000;
/** By then it is asking somebody. */
const slowMs = 1_500;

export class Keychain {
  readonly #run: RunHelper;
  readonly #clock: Clock;
  #timeoutMs: number;
  #key: Buffer | undefined;
  #failed: { readonly answer: KeyAnswer; readonly at: number } | undefined;
  #asking: Promise<KeyAnswer> | undefined;

  /** @param timeoutMs how long it may take where nobody is asked. */
  constructor(run: RunHelper, clock: Clock, timeoutMs: number) {
    this.#run = run;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  async key(): Promise<KeyAnswer> {
    if (this.#key) return { state: 'key', key: this.#key };
    if (this.#failed && this.#clock.elapsed() - this.#failed.at < failureHoldsMs) return this.#failed.answer;
    this.#asking ??= this.#get().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** The key, made and stored when there is none; only for a caller that holds the lock and knows of no sealed file. */
  async create(): Promise<KeyAnswer> {
    // What another process made while this one waited for the lock counts.
    const there = await this.again();
    if (there.state !== 'absent') return there;
    const key = randomBytes(keyBytes);
    const stored = await this.#ask({ do: 'set', value: key.toString('base64') });
    if (stored.state !== 'done') return this.#fail(stored);
    const read = await this.#get();
    // What cannot be read back protects nothing.
    return read.state === 'absent'
      ? this.#fail({ state: 'unavailable', reason: 'it does not keep what it is given' })
      : read;
  }

  /** Asks anew: another process may have made another key. */
  again(): Promise<KeyAnswer> {
    this.#key = undefined;
    this.#failed = undefined;
    return this.key();
  }

  /** With time for somebody to unlock it. @param onSlow it takes long enough to say so. */
  async unlock(timeoutMs: number, onSlow: () => void): Promise<void> {
    const usual = this.#timeoutMs;
    this.#timeoutMs = timeoutMs;
    const cancel = this.#clock.after(slowMs, onSlow);
    try {
      await this.again();
    } finally {
      cancel();
      this.#timeoutMs = usual;
    }
  }

  async #get(): Promise<KeyAnswer> {
    const answer = await this.#ask({ do: 'get' });
    if (answer.state !== 'done') return this.#fail(answer);
    if (answer.value === null) return this.#fail({ state: 'absent' });
    const key = Buffer.from(answer.value, 'base64');
    if (key.length !== keyBytes)
      return this.#fail({ state: 'unavailable', reason: `its item "${item.service}" is no key of ccp` });
    this.#key = key;
    this.#failed = undefined;
    return { state: 'key', key };
  }

  #fail(answer: KeyAnswer): KeyAnswer {
    this.#failed = { answer, at: this.#clock.elapsed() };
    return answer;
  }

  async #ask(
    request: Readonly<Record<string, string>>,
  ): Promise<{ state: 'done'; value: string | null } | Extract<KeyAnswer, { reason: string }>> {
    const answer = await this.#run({ ...item, ...request }, this.#timeoutMs);
    if (answer === undefined)
      return { state: 'unavailable', reason: `it did not answer within ${Math.round(this.#timeoutMs / 1000)} s` };
    if (isObject(answer) && answer.state === 'done') return { state: 'done', value: asString(answer.value) ?? null };
    const reason = (isObject(answer) ? asString(answer.reason) : undefined) ?? 'no answer';
    if (/\block(ed)?\b/i.test(reason)) return { state: 'locked', reason };
    // What libsecret says where no session has a bus.
    return {
      state: 'unavailable',
      reason: /autolaunch|dbus-launch/i.test(reason) ? 'no keychain service runs' : reason,
    };
  }
}
