/** An overlay over the pane and the meter. The program keeps running beneath it and receives a focus-out report. */
import { Pane, type Rect } from './pane.ts';

export interface OverlayActions {
  changed(): void;
  toChild(text: string): void;
  /** Receives the keys of the overlay. */
  keys(data: Buffer): void;
  /** The mouse was pressed inside; the cell is relative to the overlay. */
  clicked(x: number, y: number): void;
  /** The mouse was pressed outside the overlay, which should close. */
  left(): void;
}

const reports = /\x1b\[(?:[IO]|<(\d+);(\d+);(\d+)([Mm]))/g;
const wheel: Readonly<Record<string, string>> = { 64: '\x1b[A', 65: '\x1b[B' };

/** Pane options for Ink's output: no history, and a hidden row below the last for Ink's final line feed. */
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
    this.#sendFocusReport('\x1b[O');
  }

  /** Moves and resizes the overlay. It is cleared only if its size changes: Ink does not redraw unchanged output. */
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

  /** Handles input of the overlay. The wheel sends arrow keys; other reports are dropped. */
  input(data: Buffer): void {
    let isPressedOutside = false;
    const clicks: [number, number][] = [];
    const keys = data
      .toString('latin1')
      .replace(reports, (_, button?: string, column?: string, line?: string, final?: string) => {
        if (button === undefined) return '';
        const isInside = this.#contains(Number(column) - 1, Number(line) - 1);
        const isPressed = final === 'M' && button === '0';
        isPressedOutside ||= !isInside && isPressed;
        if (isInside && isPressed) clicks.push([Number(column) - 1, Number(line) - 1]);
        return isInside ? (wheel[button] ?? '') : '';
      });
    const { x = 0, y = 0 } = this.rect ?? {};
    for (const [column, row] of clicks) this.#actions.clicked(column - x, row - y);
    if (keys !== '') this.#actions.keys(Buffer.from(keys, 'latin1'));
    if (isPressedOutside) this.#actions.left();
  }

  #contains(x: number, y: number): boolean {
    const { rect } = this;
    return rect !== undefined && x >= rect.x && x < rect.x + rect.cols && y >= rect.y && y < rect.y + rect.rows;
  }

  close(): void {
    const { rect } = this;
    if (!rect) return;
    this.#pane = undefined;
    this.#child.invalidateRect(rect);
    this.#meter.invalidateRect(rect);
    this.#sendFocusReport('\x1b[I');
  }

  #sendFocusReport(report: string): void {
    if (this.#child.emulator.terminal.modes.sendFocusMode) this.#actions.toChild(report);
    this.#actions.changed();
  }
}
