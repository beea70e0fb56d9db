/**
 * Counts how often one step of a conversation was accepted by an upstream and broke off, across the requests with which
 * Claude Code repeats it by itself: up to ten times within three minutes, and each accepted attempt costs tokens. What
 * costs nothing (an unreachable upstream, a limit) is not counted and left to the client's own waits.
 */
import type { CcpError } from '../errors/ccp-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Hash } from '../ports/randomness.ts';
import type { Resend } from '../session/events.ts';

const maxAttempts = 6;
const maxElapsedMs = 45_000;
/** A step that failed longer ago is a new one: the user has sent the same words again. */
const retentionMs = 120_000;
const maxSteps = 64;

interface Step {
  attempts: number;
  /** The clock's `elapsed` when the first attempt broke off: a long answer may run for minutes before. */
  readonly since: number;
  lastAt: number;
}

export class Resends {
  readonly #ports: { readonly clock: Clock; readonly hash: Hash };
  readonly #steps = new Map<string, Step>();

  constructor({ ports }: { readonly ports: { readonly clock: Clock; readonly hash: Hash } }) {
    this.#ports = ports;
  }

  /** Whether no step is being repeated. */
  get isEmpty(): boolean {
    return this.#steps.size === 0;
  }

  /** @param body the request as Claude Code sent it, with the id of its session. Equal requests are one step. */
  stepOf(body: string): string {
    return this.#ports.hash(body);
  }

  /** Records an accepted attempt that broke off. */
  record(step: string): void {
    const now = this.#ports.clock.elapsed();
    this.#removeOld(now);
    const known = this.#steps.get(step) ?? { attempts: 0, since: now, lastAt: now };
    known.attempts += 1;
    known.lastAt = now;
    this.#steps.set(step, known);
  }

  /** The step was answered. */
  forget(step: string): void {
    this.#steps.delete(step);
  }

  countOf(step: string): Resend {
    return { attempts: this.#steps.get(step)?.attempts ?? 0, maximum: maxAttempts };
  }

  /** The error as final, if the step was tried often or long enough; `undefined` if it may be tried again. */
  finalError(step: string, error: CcpError): CcpError | undefined {
    const known = this.#steps.get(step);
    if (known === undefined) return undefined;
    const elapsedMs = this.#ports.clock.elapsed() - known.since;
    if (known.attempts < maxAttempts && elapsedMs < maxElapsedMs) return undefined;
    return error.asFinal(`It broke off ${known.attempts} times within ${Math.ceil(elapsedMs / 1000)} s.`);
  }

  #removeOld(now: number): void {
    for (const [key, { lastAt }] of this.#steps) if (now - lastAt > retentionMs) this.#steps.delete(key);
    while (this.#steps.size >= maxSteps) this.#steps.delete(this.#steps.keys().next().value ?? '');
  }
}
