/** Opens and leaves the history of a pane, by keys and by the mouse, and copies what was selected. */
import type { Pane } from './pane.ts';
import { scrollKeys } from './scroll-keys.ts';
import { ScrollView } from './scroll-view.ts';

export interface HistoryActions {
  changed(): void;
  /** It was left, with so many characters copied. */
  left(copied: number): void;
  toOuter(text: string): void;
  toChild(text: string): void;
}

/** As SGR mouse reports number them. */
const buttons = { left: 0, leftDrag: 32, wheelUp: 64, wheelDown: 65 } as const;
const arrowsPerWheel = 3;

export class PaneHistory {
  readonly #pane: Pane;
  readonly #actions: HistoryActions;
  /** Where a button went down that may begin a selection. */
  #pressed: string | undefined;

  constructor(pane: Pane, actions: HistoryActions) {
    this.#pane = pane;
    this.#actions = actions;
    // A program that goes full screen leaves nothing to look at.
    pane.emulator.terminal.buffer.onBufferChange(() => this.close());
  }

  /** @returns false where there is none: a full-screen program keeps its own. */
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
    // Typed ahead: it was meant for the program.
    if (rest !== '') this.#actions.toChild(rest);
  }

  /** The mouse in a pane whose program does not want it: the wheel and a drag look at the history. */
  mouse(report: string): void {
    const button = Number(/\d+/.exec(report)?.[0]);
    if (button === buttons.wheelUp || button === buttons.wheelDown) this.#wheel(report, button === buttons.wheelUp);
    else if (button === buttons.left) this.#pressed = report.endsWith('M') ? report : undefined;
    else if (button === buttons.leftDrag && this.#pressed !== undefined && this.open()) {
      this.keys(this.#pressed);
      this.#pressed = undefined;
      this.keys(report);
    }
  }

  #wheel(report: string, up: boolean): void {
    // Where there is nothing older to see, rolling down shows nothing either.
    if (!up && !this.#pane.emulator.isAlternate) return;
    if (this.open()) return this.keys(report);
    // As terminals do it for full-screen programs.
    const { applicationCursorKeysMode } = this.#pane.emulator.terminal.modes;
    this.#actions.toChild(`\x1b${applicationCursorKeysMode ? 'O' : '['}${up ? 'A' : 'B'}`.repeat(arrowsPerWheel));
  }
}
