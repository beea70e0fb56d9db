/** Opens and closes the history of a pane, by keys and by the mouse, and copies the selection. */
import type { Pane } from './pane.ts';
import { scrollKeys } from './scroll-keys.ts';
import { ScrollView } from './scroll-view.ts';

export interface HistoryActions {
  changed(): void;
  /** The history was closed; `copied` is the number of characters copied. */
  left(copied: number): void;
  toOuter(text: string): void;
  toChild(text: string): void;
}

/** Button codes in SGR mouse reports. */
const buttons = { left: 0, leftDrag: 32, wheelUp: 64, wheelDown: 65 } as const;
const arrowsPerWheel = 3;

export class PaneHistory {
  readonly #pane: Pane;
  readonly #actions: HistoryActions;
  /** Report of a button press that may start a selection. */
  #pressReport: string | undefined;

  constructor(pane: Pane, actions: HistoryActions) {
    this.#pane = pane;
    this.#actions = actions;
    // The alternate screen has no history.
    pane.emulator.terminal.buffer.onBufferChange(() => this.close());
  }

  /** @returns false on the alternate screen, which has no history. */
  open(): boolean {
    if (this.#pane.view) return true;
    if (this.#pane.emulator.isAlternate) return false;
    this.#pane.view = new ScrollView(this.#pane.emulator);
    this.#actions.changed();
    return true;
  }

  close(): void {
    if (!this.#pane.view) return;
    this.#pane.view.dispose();
    this.#pane.view = undefined;
    this.#pane.emulator.touch(0, this.#pane.rows - 1);
    this.#actions.changed();
  }

  keys(data: string): void {
    const { view } = this.#pane;
    if (!view) return;
    const { end, rest } = scrollKeys(data, view, this.#pane);
    this.#actions.changed();
    if (end === undefined) return;
    const text = end === 'copy' ? view.selectedText : '';
    if (text !== '') this.#actions.toOuter(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`);
    this.close();
    this.#actions.left(text.length);
    // Keys typed after the closing key are for the program.
    if (rest !== '') this.#actions.toChild(rest);
  }

  /** Handles the mouse if the program has not enabled it: the wheel and a drag open the history. */
  mouse(report: string): void {
    const button = Number(/\d+/.exec(report)?.[0]);
    if (button === buttons.wheelUp || button === buttons.wheelDown)
      this.#handleWheel(report, button === buttons.wheelUp);
    else if (button === buttons.left) this.#pressReport = report.endsWith('M') ? report : undefined;
    else if (button === buttons.leftDrag && this.#pressReport !== undefined && this.open()) {
      this.keys(this.#pressReport);
      this.#pressReport = undefined;
      this.keys(report);
    }
  }

  #handleWheel(report: string, up: boolean): void {
    // The screen shows the newest lines, so scrolling down has no effect.
    if (!up && !this.#pane.emulator.isAlternate) return;
    if (this.open()) return this.keys(report);
    // For full-screen programs the wheel sends arrow keys, as in other terminals.
    const { applicationCursorKeysMode } = this.#pane.emulator.terminal.modes;
    this.#actions.toChild(`\x1b${applicationCursorKeysMode ? 'O' : '['}${up ? 'A' : 'B'}`.repeat(arrowsPerWheel));
  }
}
