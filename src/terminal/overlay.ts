/** A box of ours over the pane and the meter: the program goes on beneath it and is told that it lost the focus. */
import { Pane, type Rect } from './pane.ts';

export interface OverlayActions {
  changed(): void;
  toChild(text: string): void;
}

/** What Ink draws into: no history, and a row below the last for its closing line feed. */
export const inkPane = { scrollback: 0, convertEol: true, hidden: 1 };

export class Overlay {
  readonly #child: Pane;
  readonly #meter: Pane;
  readonly #actions: OverlayActions;
  #pane: Pane | undefined;

  constructor(child: Pane, meter: Pane, actions: OverlayActions) {
    this.#child = child;
    this.#meter = meter;
    this.#actions = actions;
  }

  get pane(): Pane | undefined {
    return this.#pane;
  }

  get rect(): Rect | undefined {
    const pane = this.#pane;
    return pane && { x: pane.x, y: pane.y, cols: pane.cols, rows: pane.rows };
  }

  open(rect: Rect): void {
    this.close();
    this.#pane = new Pane(rect, inkPane);
    this.#pane.emulator.feed('\x1b[?25l');
    this.#tellFocus('\x1b[O');
  }

  /** Of the same size it is only moved: Ink does not draw again what did not change. */
  place(rect: Rect): void {
    const pane = this.#pane;
    if (!pane) return;
    const resized = rect.cols !== pane.cols || rect.rows !== pane.rows;
    pane.place(rect);
    if (resized) pane.emulator.feed('\x1b[2J\x1b[H');
    this.#actions.changed();
  }

  draw(data: string): void {
    this.#pane?.emulator.feed(data);
    this.#actions.changed();
  }

  close(): void {
    const { rect } = this;
    if (!rect) return;
    this.#pane = undefined;
    this.#child.invalidateRect(rect);
    this.#meter.invalidateRect(rect);
    this.#tellFocus('\x1b[I');
  }

  #tellFocus(report: string): void {
    if (this.#child.emulator.terminal.modes.sendFocusMode) this.#actions.toChild(report);
    this.#actions.changed();
  }
}
