/** Starts the worker thread that draws ccp's UI, and exchanges messages with it. */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FromUi, ToUi } from '../session/ui.ts';
import { type WatchedThread, watchMessage } from '../terminal/watchdog.ts';
import { isObject } from '../wire/json.ts';

export interface UiEvents {
  drawn(surface: 'meter' | 'overlay', data: string): void;
  action(action: Extract<FromUi, { type: 'action' }>['action']): void;
  /** The thread has exited; Claude Code continues without a meter. */
  failed(reason: string): void;
}

export class UiHost {
  readonly #worker: Worker;
  #ready = false;
  #pendingMessages: ToUi[] = [];
  #stopped = false;

  constructor(entry: string, watched: WatchedThread, events: UiEvents) {
    this.#worker = new Worker(new URL('./ui-worker.js', pathToFileURL(entry)), {
      stdout: true,
      stderr: true,
      workerData: watched,
    });
    this.#worker.on('message', (message: unknown) => {
      if (!isFromUi(message)) return;
      if (message.type === 'ready') this.#flush();
      else if (message.type === 'drawn') events.drawn(message.surface, message.data);
      else events.action(message.action);
    });
    let reason = 'it ended';
    this.#worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    this.#worker.on('exit', () => {
      if (!this.#stopped) events.failed(reason);
    });
  }

  send(message: ToUi): void {
    if (this.#ready) this.#worker.postMessage(message);
    else this.#pendingMessages.push(message);
  }

  /** Starts the checks of the watched thread. They end when it has nothing to do. */
  watch(): void {
    this.#worker.postMessage(watchMessage);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#worker.terminate();
  }

  #flush(): void {
    this.#ready = true;
    for (const message of this.#pendingMessages.splice(0)) this.#worker.postMessage(message);
  }
}

const isFromUi = (message: unknown): message is FromUi => isObject(message) && typeof message.type === 'string';
