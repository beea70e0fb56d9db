/** Where the pane and the meter stand for a given size. */
import type { Rect } from './pane.ts';

export type LayoutName = 'auto' | 'side' | 'bottom' | 'off';
export type ShownLayout = Exclude<LayoutName, 'auto'>;

export interface Geometry {
  readonly layout: ShownLayout;
  readonly pane: Rect;
  readonly meter: Rect;
  /** The wanted layout did not fit. */
  readonly forced: boolean;
}

export const smallest = { cols: 20, rows: 5 } as const;
/** Below this the meter is one row. */
const meterFrom = { cols: 60, rows: 15 } as const;
const sideFrom = 100;
/** Columns of the meter at the side, by the terminal's width: in steps, so that a drag does not move two borders. */
const sideSteps = [
  { upTo: 111, cols: 32 },
  { upTo: 199, cols: 40 },
] as const;
const widestSide = 48;
/** What the pane keeps at the least. */
const narrowestPane = 28;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

export function geometryOf(wanted: LayoutName, cols: number, rows: number): Geometry {
  const width = Math.max(smallest.cols, cols);
  const height = Math.max(smallest.rows, rows);
  const small = width < meterFrom.cols || height < meterFrom.rows;
  const layout: ShownLayout = small ? 'off' : wanted === 'auto' ? (width >= sideFrom ? 'side' : 'bottom') : wanted;
  const forced = small && wanted !== 'off';
  if (layout === 'side') {
    const wantedCols = sideSteps.find((step) => width <= step.upTo)?.cols ?? widestSide;
    const side = Math.min(wantedCols, width - narrowestPane);
    return {
      layout,
      forced,
      pane: { x: 0, y: 0, cols: width - side, rows: height },
      meter: { x: width - side, y: 0, cols: side, rows: height },
    };
  }
  const strip = layout === 'off' ? 1 : clamp(Math.round(height * 0.16), 3, 6);
  return {
    layout,
    forced,
    pane: { x: 0, y: 0, cols: width, rows: height - strip },
    meter: { x: 0, y: height - strip, cols: width, rows: strip },
  };
}

/** A box of at most this size in the middle of the terminal. */
export function centred(cols: number, rows: number, outer: { cols: number; rows: number }): Rect {
  const width = Math.min(cols, outer.cols);
  const height = Math.min(rows, outer.rows);
  return { x: (outer.cols - width) >> 1, y: (outer.rows - height) >> 1, cols: width, rows: height };
}
