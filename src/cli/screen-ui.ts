/** The thread that draws the meter and the dialogs, from its start to its end. */
import type { ToUi } from '../session/ui.ts';
import type { UiHost } from './ui-host.ts';

export class ScreenUi {
  #host: UiHost | undefined;
  /** Notices before it runs; `undefined` when it has ended. */
  #pendingNotices: string[] | undefined = [];

  get isRunning(): boolean {
    return this.#host !== undefined;
  }

  /** Without the thread, nothing is drawn. */
  send(message: ToUi): void {
    this.#host?.send(message);
  }

  /** @returns whether the notice is shown now. */
  notice(text: string): boolean {
    if (this.#host === undefined) this.#pendingNotices?.push(text);
    this.send({ type: 'notice', text });
    return this.isRunning;
  }

  /** @param first messages of the start, before the notices that wait. */
  start(host: UiHost, first: readonly ToUi[]): void {
    this.#host = host;
    for (const message of first) host.send(message);
    for (const text of this.#pendingNotices?.splice(0) ?? []) host.send({ type: 'notice', text, waits: true });
  }

  /** The thread has ended by itself. */
  failed(): void {
    this.#host = undefined;
    this.#pendingNotices = undefined;
  }

  async stop(): Promise<void> {
    await this.#host?.stop();
  }
}
