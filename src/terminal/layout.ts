/** The positions of the pane and the meter for a terminal size. */
import type { Rect } from './pane.ts';

export const layoutNames = ['auto', 'side', 'bottom', 'off'] as const;
export type LayoutName = (typeof layoutNames)[number];
export type ShownLayout = Exclude<LayoutName, 'auto'>;

/** The layout the user has chosen, whether or not it fits. */
export interface Arrangement {
  readonly layout: LayoutName;
  /** Columns of the meter at the side, rows of the strip; `undefined` derives them from the terminal's size. */
  readonly sideCols?: number | undefined;
  readonly stripRows?: number | undefined;
}

export interface Geometry {
  readonly layout: ShownLayout;
  readonly pane: Rect;
  /** `undefined` while the pane fills the terminal. */
  readonly meter: Rect | undefined;
  /** The chosen layout did not fit and was replaced. */
  readonly forced: boolean;
}

/** Smaller terminals are laid out as if they had this size. */
export const minTerminalSize = { cols: 20, rows: 5 } as const;
/** In a smaller terminal the meter is one row. */
const minMeterSize = { cols: 60, rows: 15 } as const;
/** The `auto` layout places the meter at the side from this width. */
const minSideCols = 100;
/**
 * Columns of the meter at the side by terminal width, in steps: resizing the window then rarely moves the inner border.
 */
const sideSteps = [
  { upTo: 111, cols: 32 },
  { upTo: 199, cols: 40 },
] as const;
const sideLimits = { min: 32, max: 48 } as const;
const stripLimits = { min: 3, max: 6 } as const;
/** Minimum width of the pane, in columns. */
const minPaneCols = 28;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

export function geometryOf(wanted: Arrangement, cols: number, rows: number, isZoomed = false): Geometry {
  const width = Math.max(minTerminalSize.cols, cols);
  const height = Math.max(minTerminalSize.rows, rows);
  const isSmall = width < minMeterSize.cols || height < minMeterSize.rows;
  const preferred = wanted.layout === 'auto' ? (width >= minSideCols ? 'side' : 'bottom') : wanted.layout;
  const layout: ShownLayout = isSmall ? 'off' : preferred;
  const forced = isSmall && wanted.layout !== 'off';
  if (isZoomed) return { layout, forced, pane: { x: 0, y: 0, cols: width, rows: height }, meter: undefined };
  if (layout === 'side') {
    const defaultCols = sideSteps.find((step) => width <= step.upTo)?.cols ?? sideLimits.max;
    const meterCols = Math.min(
      clamp(wanted.sideCols ?? defaultCols, sideLimits.min, sideLimits.max),
      width - minPaneCols,
    );
    return {
      layout,
      forced,
      pane: { x: 0, y: 0, cols: width - meterCols, rows: height },
      meter: { x: width - meterCols, y: 0, cols: meterCols, rows: height },
    };
  }
  const defaultRows = Math.round(height * 0.16);
  const meterRows = layout === 'off' ? 1 : clamp(wanted.stripRows ?? defaultRows, stripLimits.min, stripLimits.max);
  return {
    layout,
    forced,
    pane: { x: 0, y: 0, cols: width, rows: height - meterRows },
    meter: { x: 0, y: height - meterRows, cols: width, rows: meterRows },
  };
}

/** Moves the border between pane and meter. @returns `undefined` if the border cannot move in that direction. */
export function resizeBorder(
  wanted: Arrangement,
  { layout, meter }: Geometry,
  arrow: 'up' | 'down' | 'left' | 'right',
): Arrangement | undefined {
  if (meter === undefined) return undefined;
  if (layout === 'side' && (arrow === 'left' || arrow === 'right'))
    return { ...wanted, sideCols: clamp(meter.cols + (arrow === 'left' ? 2 : -2), sideLimits.min, sideLimits.max) };
  if (layout === 'bottom' && (arrow === 'up' || arrow === 'down'))
    return { ...wanted, stripRows: clamp(meter.rows + (arrow === 'up' ? 1 : -1), stripLimits.min, stripLimits.max) };
  return undefined;
}

/** The arrangement after the border was dragged to a cell; `undefined` if the layout has no border. */
export function dragBorder(
  wanted: Arrangement,
  { layout }: Geometry,
  to: { readonly x: number; readonly y: number },
  size: { readonly cols: number; readonly rows: number },
): Arrangement | undefined {
  if (layout === 'side') return { ...wanted, sideCols: clamp(size.cols - to.x, sideLimits.min, sideLimits.max) };
  if (layout === 'bottom') return { ...wanted, stripRows: clamp(size.rows - to.y, stripLimits.min, stripLimits.max) };
  return undefined;
}

/** The next of the layouts that looks different at this size. */
export function nextLayout(wanted: Arrangement, cols: number, rows: number): LayoutName {
  const shown = geometryOf(wanted, cols, rows).layout;
  const at = layoutNames.indexOf(wanted.layout);
  const others = layoutNames.map((_, step) => layoutNames[(at + step + 1) % layoutNames.length] ?? 'auto');
  return others.find((layout) => geometryOf({ ...wanted, layout }, cols, rows).layout !== shown) ?? wanted.layout;
}

/** A box of at most this size in the middle of the terminal. */
export function centred(cols: number, rows: number, outer: { cols: number; rows: number }): Rect {
  const width = Math.min(cols, outer.cols);
  const height = Math.min(rows, outer.rows);
  return { x: (outer.cols - width) >> 1, y: (outer.rows - height) >> 1, cols: width, rows: height };
}
