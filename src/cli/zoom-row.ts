/** The row of the meter over a zoomed pane, while it has something that the user must read. */
import { noticeMs } from '../session/ui.ts';
import type { Rect } from '../terminal/pane.ts';

export interface ZoomRowContext {
  /** A question waits for an answer. */
  readonly hasQuestion: boolean;
  /** @returns the row; `undefined` if the pane is not zoomed, or an overlay is open. */
  show(yes: boolean): Rect | undefined;
  placed(row: Rect): void;
}

export class ZoomRow {
  readonly #context: ZoomRowContext;
  #isAwaitingKey = false;
  #noticeTimer: NodeJS.Timeout | undefined;
  #isShown = false;

  constructor(context: ZoomRowContext) {
    this.#context = context;
  }

  /** @param yes the prefix was pressed, and the next key is expected. */
  await(yes: boolean): void {
    this.#isAwaitingKey = yes;
    this.update();
  }

  /** The meter shows a notice for a while. */
  notice(): void {
    clearTimeout(this.#noticeTimer);
    this.#noticeTimer = setTimeout(() => {
      this.#noticeTimer = undefined;
      this.update();
    }, noticeMs);
    this.#noticeTimer.unref();
    this.update();
  }

  /** Called after each change of the state. */
  update(): void {
    const isWanted = this.#isAwaitingKey || this.#noticeTimer !== undefined || this.#context.hasQuestion;
    if (isWanted === this.#isShown) return;
    this.#isShown = isWanted;
    const row = this.#context.show(isWanted);
    if (row) this.#context.placed(row);
  }

  /** Called when the pane was zoomed or resized, or an overlay was opened or closed. */
  reset(): void {
    if (this.#isShown) this.#context.show(false);
    this.#isShown = false;
    this.update();
  }
}
