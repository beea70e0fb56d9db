/** Where the pane and the meter stand for a given size. */
import type { Rect } from './pane.ts';

export const layoutNames = ['auto', 'side', 'bottom', 'off'] as const;
export type LayoutName = (typeof layoutNames)[number];
export type ShownLayout = Exclude<LayoutName, 'auto'>;

/** What the user wants, apart from what fits. */
export interface Arrangement {
  readonly layout: LayoutName;
  /** Columns of the meter at the side, rows of the strip; `undefined` leaves them to the terminal's size. */
  readonly sideCols?: number | undefined;
  readonly stripRows?: number | undefined;
}

export interface Geometry {
  readonly layout: ShownLayout;
  readonly pane: Rect;
  /** `undefined` while the pane has the whole terminal. */
  readonly meter: Rect | undefined;
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
const side = { narrowest: 32, widest: 48 } as const;
const strip = { lowest: 3, highest: 6 } as const;
/** What the pane keeps at the least. */
const narrowestPane = 28;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

export function geometryOf(wanted: Arrangement, cols: number, rows: number, zoomed = false): Geometry {
  const width = Math.max(smallest.cols, cols);
  const height = Math.max(smallest.rows, rows);
  const small = width < meterFrom.cols || height < meterFrom.rows;
  const fitting = wanted.layout === 'auto' ? (width >= sideFrom ? 'side' : 'bottom') : wanted.layout;
  const layout: ShownLayout = small ? 'off' : fitting;
  const forced = small && wanted.layout !== 'off';
  if (zoomed) return { layout, forced, pane: { x: 0, y: 0, cols: width, rows: height }, meter: undefined };
  if (layout === 'side') {
    const usual = sideSteps.find((step) => width <= step.upTo)?.cols ?? side.widest;
    const taken = Math.min(clamp(wanted.sideCols ?? usual, side.narrowest, side.widest), width - narrowestPane);
    return {
      layout,
      forced,
      pane: { x: 0, y: 0, cols: width - taken, rows: height },
      meter: { x: width - taken, y: 0, cols: taken, rows: height },
    };
  }
  const usual = Math.round(height * 0.16);
  const taken = layout === 'off' ? 1 : clamp(wanted.stripRows ?? usual, strip.lowest, strip.highest);
  return {
    layout,
    forced,
    pane: { x: 0, y: 0, cols: width, rows: height - taken },
    meter: { x: 0, y: height - taken, cols: width, rows: taken },
  };
}

/** The arrow moves the border between pane and meter; `undefined` when that border does not run across its way. */
export function resized(
  wanted: Arrangement,
  { layout, meter }: Geometry,
  arrow: 'up' | 'down' | 'left' | 'right',
): Arrangement | undefined {
  if (meter === undefined) return undefined;
  if (layout === 'side' && (arrow === 'left' || arrow === 'right'))
    return { ...wanted, sideCols: clamp(meter.cols + (arrow === 'left' ? 2 : -2), side.narrowest, side.widest) };
  if (layout === 'bottom' && (arrow === 'up' || arrow === 'down'))
    return { ...wanted, stripRows: clamp(meter.rows + (arrow === 'up' ? 1 : -1), strip.lowest, strip.highest) };
  return undefined;
}

/** The layout after this one, round and round. */
export const nextLayout = (shown: ShownLayout): ShownLayout =>
  shown === 'side' ? 'bottom' : shown === 'bottom' ? 'off' : 'side';

/** A box of at most this size in the middle of the terminal. */
export function centred(cols: number, rows: number, outer: { cols: number; rows: number }): Rect {
  const width = Math.min(cols, outer.cols);
  const height = Math.min(rows, outer.rows);
  return { x: (outer.cols - width) >> 1, y: (outer.rows - height) >> 1, cols: width, rows: height };
}
