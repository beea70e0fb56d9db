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
/** Bit of a report of the wheel. */
const wheelBit = 64;
/** Bit of a report while the mouse moves. */
export const motionBit = 32;
/** The bits of the button; while none is pressed, all are set. */
export const buttonMask = 3;
export const noButton = 3;
/** A drag resizes the program at most this often: each new size makes it draw everything. */
const dragMs = 80;

/** The part of the screen that received the press of a button. */
type Owner = 'border' | 'meter' | 'pane';

export class MeterMouse {
  readonly #actions: MeterMouseActions;
  #owner: Owner | undefined;
  #pressedAt = { x: 0, y: 0 };
  #hasMoved = false;
  #lastDragAt = 0;

  constructor(actions: MeterMouseActions) {
    this.#actions = actions;
  }

  /** @returns whether the report was handled here; if not, it is for the pane. */
  handle(report: MouseReport, { layout, meter }: Geometry): boolean {
    const { button, x, y, isRelease } = report;
    if ((button & wheelBit) !== 0) return this.#wheel(report, meter);
    const isPress = !isRelease && (button & motionBit) === 0;
    if (isPress) this.#press(report, layout, meter);
    else if (this.#owner === 'border') this.#drag(x, y, isRelease || (button & buttonMask) === noButton);
    else if (this.#owner === undefined && meter !== undefined && contains(meter, x, y)) return true;
    const owner = this.#owner;
    // The part that received the press receives everything until the release.
    if (isRelease || (button & buttonMask) === noButton) this.#owner = undefined;
    return owner !== undefined && owner !== 'pane';
  }

  /** The wheel belongs to what is under it: a press whose release went to a dialog does not keep it. */
  #wheel({ button, x, y }: MouseReport, meter: Geometry['meter']): boolean {
    if (meter === undefined || !contains(meter, x, y)) return false;
    if (button === buttons.wheelUp) this.#actions.pointer('wheel-up', x - meter.x, y - meter.y);
    else if (button === buttons.wheelDown) this.#actions.pointer('wheel-down', x - meter.x, y - meter.y);
    return true;
  }

  #press({ button, x, y }: MouseReport, layout: Geometry['layout'], meter: Geometry['meter']): void {
    if (meter === undefined || !contains(meter, x, y)) {
      this.#owner = 'pane';
      return;
    }
    const isOnBorder = (layout === 'side' && x === meter.x) || (layout === 'bottom' && y === meter.y);
    this.#owner = isOnBorder && button === buttons.left ? 'border' : 'meter';
    this.#pressedAt = { x, y };
    if (this.#owner === 'meter' && button === buttons.left) this.#actions.pointer('click', x - meter.x, y - meter.y);
  }

  #drag(x: number, y: number, isLast: boolean): void {
    const now = performance.now();
    if (!isLast && now - this.#lastDragAt < dragMs) return;
    this.#lastDragAt = now;
    // A click on the border moves nothing.
    if (x === this.#pressedAt.x && y === this.#pressedAt.y && !this.#hasMoved) return;
    this.#hasMoved = !isLast;
    this.#actions.dragBorder(x, y, isLast);
  }
}

const contains = (rect: { x: number; y: number; cols: number; rows: number }, x: number, y: number): boolean =>
  x >= rect.x && x < rect.x + rect.cols && y >= rect.y && y < rect.y + rect.rows;
