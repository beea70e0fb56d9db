/** Counts tokens in a worker thread. It starts on demand and, because it uses much memory, stops when idle. */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../ports/clock.ts';
import type { TokenCounter } from '../ports/token-counter.ts';
import { roughTokens } from '../translate/anthropic/count.ts';
import { asNumber, isObject } from '../wire/json.ts';

const timeoutMs = 15_000;
const idleTimeoutMs = 120_000;

/** @param entry URL of the worker's script. */
export function tokenCounter(entry: URL, clock: Clock): TokenCounter {
  return new WorkerCounter(entry, clock);
}

class WorkerCounter implements TokenCounter {
  readonly #entry: URL;
  readonly #clock: Clock;
  readonly #pendingCounts = new Map<number, (tokens: number | undefined) => void>();
  #worker: Worker | undefined;
  #lastId = 0;
  #cancelIdleTimer: (() => void) | undefined;

  constructor(entry: URL, clock: Clock) {
    this.#entry = entry;
    this.#clock = clock;
  }

  async count(texts: readonly string[]): Promise<number> {
    if (texts.length === 0) return 0;
    return (await this.#requestCount(texts)) ?? roughTokens(texts);
  }

  warm(): void {
    if (this.#worker) return void this.#ensureWorker();
    // The tokenizer is loaded by the first text.
    void this.#requestCount(['a']);
  }

  #requestCount(texts: readonly string[]): Promise<number | undefined> {
    const worker = this.#ensureWorker();
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      // A count that hangs would block all queued counts.
      const cancel = this.#clock.after(timeoutMs, () => this.#stopWorker());
      this.#pendingCounts.set(id, (tokens) => {
        cancel();
        this.#pendingCounts.delete(id);
        resolve(tokens);
      });
      worker.postMessage({ id, texts });
    });
  }

  #ensureWorker(): Worker {
    this.#cancelIdleTimer?.();
    this.#cancelIdleTimer = this.#clock.after(idleTimeoutMs, () => this.#stopWorker());
    if (this.#worker) return this.#worker;
    const worker = new Worker(this.#entry);
    worker.unref();
    worker.on('message', (message: unknown) => {
      const [id, tokens] = isObject(message) ? [asNumber(message.id), asNumber(message.tokens)] : [];
      if (id !== undefined) this.#pendingCounts.get(id)?.(tokens);
    });
    const onExit = () => {
      if (this.#worker === worker) this.#stopWorker();
    };
    worker.on('error', onExit);
    worker.on('exit', onExit);
    this.#worker = worker;
    return worker;
  }

  #stopWorker(): void {
    this.#cancelIdleTimer?.();
    const worker = this.#worker;
    this.#worker = undefined;
    for (const settle of [...this.#pendingCounts.values()]) settle(undefined);
    void worker?.terminate();
  }
}
