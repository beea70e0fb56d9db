/** The mouse outside the pane: drags of the border, clicks and the wheel on the meter. */
import type { Geometry } from './layout.ts';

export interface MouseReport {
  readonly button: number;
  /** 0-based cell of the terminal. */
  readonly x: number;
  readonly y: number;
  readonly isRelease: boolean;
}

export interface MeterMouseActions {
  /** The border was dragged to this cell. `isLast`: the button was released. */
  dragBorder(x: number, y: number, isLast: boolean): void;
  /** A click or the wheel; the cell is relative to the meter. */
  pointer(kind: 'click' | 'wheel-up' | 'wheel-down', x: number, y: number): void;
}

const buttons = { left: 0, wheelUp: 64, wheelDown: 65 } as const;
/** Bit of a report while the mouse moves. */
const motion = 32;
/** A drag resizes the program at most this often: each new size makes it draw everything. */
const dragMs = 80;

export class MeterMouse {
  readonly #actions: MeterMouseActions;
  #isDragging = false;
  #lastDragAt = 0;

  constructor(actions: MeterMouseActions) {
    this.#actions = actions;
  }

  /** @returns whether the report was handled; otherwise it belongs to the pane, or to nobody. */
  handle({ button, x, y, isRelease }: MouseReport, { layout, meter }: Geometry): boolean {
    if (this.#isDragging) {
      this.#drag(x, y, isRelease || (button & motion) === 0);
      return true;
    }
    if (meter === undefined || !contains(meter, x, y)) return false;
    const isOnBorder = (layout === 'side' && x === meter.x) || (layout === 'bottom' && y === meter.y);
    if (button === buttons.left && !isRelease) {
      if (isOnBorder) this.#isDragging = true;
      else this.#actions.pointer('click', x - meter.x, y - meter.y);
    } else if (button === buttons.wheelUp) this.#actions.pointer('wheel-up', x - meter.x, y - meter.y);
    else if (button === buttons.wheelDown) this.#actions.pointer('wheel-down', x - meter.x, y - meter.y);
    return true;
  }

  #drag(x: number, y: number, isLast: boolean): void {
    const now = performance.now();
    if (!isLast && now - this.#lastDragAt < dragMs) return;
    this.#lastDragAt = now;
    this.#isDragging = !isLast;
    this.#actions.dragBorder(x, y, isLast);
  }
}

const contains = (rect: { x: number; y: number; cols: number; rows: number }, x: number, y: number): boolean =>
  x >= rect.x && x < rect.x + rect.cols && y >= rect.y && y < rect.y + rect.rows;
