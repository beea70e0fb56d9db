/** Starts the counting thread when something is to be counted, and ends it when nothing was for a while: it is large. */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../ports/clock.ts';
import type { TokenCounter } from '../ports/token-counter.ts';
import { roughTokens } from '../translate/anthropic/count.ts';
import { asNumber, isObject } from '../wire/json.ts';

const timeoutMs = 15_000;
const idleMs = 120_000;

/** @param entry the worker's file. */
export function tokenCounter(entry: URL, clock: Clock): TokenCounter {
  return new WorkerCounter(entry, clock);
}

class WorkerCounter implements TokenCounter {
  readonly #entry: URL;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, (tokens: number | undefined) => void>();
  #worker: Worker | undefined;
  #lastId = 0;
  #stopIdle: (() => void) | undefined;

  constructor(entry: URL, clock: Clock) {
    this.#entry = entry;
    this.#clock = clock;
  }

  async count(texts: readonly string[]): Promise<number> {
    if (texts.length === 0) return 0;
    return (await this.#ask(texts)) ?? roughTokens(texts);
  }

  #ask(texts: readonly string[]): Promise<number | undefined> {
    const worker = this.#running();
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      // A count that hangs would hold up all behind it.
      const cancel = this.#clock.after(timeoutMs, () => this.#end());
      this.#waiting.set(id, (tokens) => {
        cancel();
        this.#waiting.delete(id);
        resolve(tokens);
      });
      worker.postMessage({ id, texts });
    });
  }

  #running(): Worker {
    this.#stopIdle?.();
    this.#stopIdle = this.#clock.after(idleMs, () => this.#end());
    if (this.#worker) return this.#worker;
    const worker = new Worker(this.#entry);
    worker.unref();
    worker.on('message', (message: unknown) => {
      const [id, tokens] = isObject(message) ? [asNumber(message.id), asNumber(message.tokens)] : [];
      if (id !== undefined) this.#waiting.get(id)?.(tokens);
    });
    const gone = () => {
      if (this.#worker === worker) this.#end();
    };
    worker.on('error', gone);
    worker.on('exit', gone);
    this.#worker = worker;
    return worker;
  }

  #end(): void {
    this.#stopIdle?.();
    const worker = this.#worker;
    this.#worker = undefined;
    for (const settle of [...this.#waiting.values()]) settle(undefined);
    void worker?.terminate();
  }
}
