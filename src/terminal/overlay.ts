/** A box of ours over the pane and the meter: the program goes on beneath it and is told that it lost the focus. */
import { Pane, type Rect } from './pane.ts';

export interface OverlayActions {
  changed(): void;
  toChild(text: string): void;
  /** Keys for the box. */
  keys(data: Buffer): void;
  /** The mouse was pressed beside the box: the program is wanted again. */
  left(): void;
}

const reports = /\x1b\[(?:[IO]|<(\d+);(\d+);(\d+)([Mm]))/g;
const wheel: Readonly<Record<string, string>> = { 64: '\x1b[A', 65: '\x1b[B' };

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

  /** The wheel moves in the box like the arrows; other reports are nothing for it. */
  input(data: Buffer): void {
    let left = false;
    const keys = data
      .toString('latin1')
      .replace(reports, (_, button?: string, column?: string, line?: string, final?: string) => {
        if (button === undefined) return '';
        const inside = this.#holds(Number(column) - 1, Number(line) - 1);
        left ||= !inside && final === 'M' && button === '0';
        return inside ? (wheel[button] ?? '') : '';
      });
    if (keys !== '') this.#actions.keys(Buffer.from(keys, 'latin1'));
    if (left) this.#actions.left();
  }

  #holds(x: number, y: number): boolean {
    const { rect } = this;
    return rect !== undefined && x >= rect.x && x < rect.x + rect.cols && y >= rect.y && y < rect.y + rect.rows;
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
