/** Access to time. Layers 0 and 1 never read a clock directly. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Monotonic milliseconds with an arbitrary origin: only differences are meaningful. */
  elapsed(): number;
  /** Calls `call` once after `ms`. @returns a function that cancels it. */
  after(ms: number, call: () => void): () => void;
}

/** Resolves after `ms`, or as soon as the signal aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
