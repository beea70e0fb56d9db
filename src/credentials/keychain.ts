/** The key that seals every credential file. It is stored in the OS keychain and kept in this process's memory. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import type { RunHelper } from '../ports/helper.ts';
import { asString, isObject } from '../wire/json.ts';
import { keyBytes } from './envelope.ts';

export type KeyResult =
  | { readonly state: 'key'; readonly key: Buffer }
  /** There is no item, or the keychain is locked: some keychains do not distinguish the two. */
  | { readonly state: 'absent' }
  | { readonly state: 'locked'; readonly reason: string }
  /** There is no keychain, or it does not respond. */
  | { readonly state: 'unavailable'; readonly reason: string };

const item = { service: 'ccp', account: 'credentials' };
/** For this time after a failure the keychain is not queried again. */
const failureCacheMs = 10_000;
/** After this time the keychain is probably waiting for the user. */
const slowMs = 1_500;

export class Keychain {
  readonly #run: RunHelper;
  readonly #clock: Clock;
  #timeoutMs: number;
  #key: Buffer | undefined;
  #failure: { readonly answer: KeyResult; readonly at: number } | undefined;
  #pending: Promise<KeyResult> | undefined;

  /** @param timeoutMs time limit of a query during which the user is not asked to unlock. */
  constructor(run: RunHelper, clock: Clock, timeoutMs: number) {
    this.#run = run;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  async key(): Promise<KeyResult> {
    if (this.#key) return { state: 'key', key: this.#key };
    if (this.#failure && this.#clock.elapsed() - this.#failure.at < failureCacheMs) return this.#failure.answer;
    this.#pending ??= this.#get().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /**
   * Returns the key, and creates and stores one if there is none. The caller must hold the lock and know of no sealed
   * file.
   */
  async create(): Promise<KeyResult> {
    // Another process may have created the key while this one waited for the lock.
    const existing = await this.again();
    if (existing.state !== 'absent') return existing;
    const key = randomBytes(keyBytes);
    const stored = await this.#query({ do: 'set', value: key.toString('base64') });
    if (stored.state !== 'done') return this.#fail(stored);
    const read = await this.#get();
    // A key that cannot be read back must not be used.
    return read.state === 'absent'
      ? this.#fail({ state: 'unavailable', reason: 'a stored key cannot be read back' })
      : read;
  }

  /** Queries the keychain again: another process may have created another key. */
  again(): Promise<KeyResult> {
    this.#key = undefined;
    this.#failure = undefined;
    return this.key();
  }

  /**
   * Queries the keychain with time for the user to unlock it.
   * @param onSlow called if it is slow enough to tell the user.
   */
  async unlock(timeoutMs: number, onSlow: () => void): Promise<void> {
    const previousTimeoutMs = this.#timeoutMs;
    this.#timeoutMs = timeoutMs;
    const cancel = this.#clock.after(slowMs, onSlow);
    try {
      await this.again();
    } finally {
      cancel();
      this.#timeoutMs = previousTimeoutMs;
    }
  }

  async #get(): Promise<KeyResult> {
    const response = await this.#query({ do: 'get' });
    if (response.state !== 'done') return this.#fail(response);
    if (response.value === null) return this.#fail({ state: 'absent' });
    const key = Buffer.from(response.value, 'base64');
    if (key.length !== keyBytes)
      return this.#fail({ state: 'unavailable', reason: `its item "${item.service}" is not a ccp key` });
    this.#key = key;
    this.#failure = undefined;
    return { state: 'key', key };
  }

  #fail(answer: KeyResult): KeyResult {
    this.#failure = { answer, at: this.#clock.elapsed() };
    return answer;
  }

  async #query(
    request: Readonly<Record<string, string>>,
  ): Promise<{ state: 'done'; value: string | null } | Extract<KeyResult, { reason: string }>> {
    const response = await this.#run({ ...item, ...request }, this.#timeoutMs);
    if (response === undefined)
      return { state: 'unavailable', reason: `it did not answer within ${Math.round(this.#timeoutMs / 1000)} s` };
    if (isObject(response) && response.state === 'done')
      return { state: 'done', value: asString(response.value) ?? null };
    const reason = (isObject(response) ? asString(response.reason) : undefined) ?? 'no answer';
    if (/\block(ed)?\b/i.test(reason)) return { state: 'locked', reason };
    // libsecret's error if the session has no bus.
    return {
      state: 'unavailable',
      reason: /autolaunch|dbus-launch/i.test(reason) ? 'no keychain service runs' : reason,
    };
  }
}
