import { describe, expect, it } from 'vitest';
import {
  type Arrangement,
  centred,
  geometryOf,
  type LayoutName,
  nextLayout,
  resizeBorder,
} from '../../src/terminal/layout.ts';

describe('geometryOf', () => {
  it.each([
    ['auto', 160, 45, 'side', false],
    ['auto', 99, 45, 'bottom', false],
    ['auto', 59, 45, 'off', true],
    ['auto', 160, 14, 'off', true],
    ['side', 70, 20, 'side', false],
    ['side', 50, 20, 'off', true],
    ['off', 160, 45, 'off', false],
    ['bottom', 160, 45, 'bottom', false],
  ] satisfies [LayoutName, number, number, string, boolean][])(
    '%s at %i×%i is %s',
    (setting, cols, rows, layout, forced) => {
      const geometry = geometryOf({ layout: setting }, cols, rows);
      expect([geometry.layout, geometry.forced]).toEqual([layout, forced]);
      const { pane, meter = { x: 0, y: 0, cols: 0, rows: 0 } } = geometry;
      if (layout === 'side') {
        expect(pane.cols + meter.cols).toBe(cols);
        expect(meter.cols).toBeGreaterThanOrEqual(32);
        expect(meter.cols).toBeLessThanOrEqual(48);
      } else {
        expect(pane.rows + meter.rows).toBe(rows);
        expect(meter.rows).toBeLessThanOrEqual(6);
      }
    },
  );

  it('gives the pane the whole terminal while it is zoomed', () => {
    const zoomed = geometryOf({ layout: 'side' }, 120, 40, true);
    expect([zoomed.pane, zoomed.meter]).toEqual([{ x: 0, y: 0, cols: 120, rows: 40 }, undefined]);
  });

  it('moves the border between pane and meter, within its limits', () => {
    const side: Arrangement = { layout: 'side' };
    const wider = resizeBorder(side, geometryOf(side, 160, 45), 'left');
    expect(geometryOf(wider!, 160, 45).meter?.cols).toBe(42);
    expect(
      resizeBorder({ layout: 'side', sideCols: 48 }, geometryOf({ layout: 'side', sideCols: 48 }, 160, 45), 'left'),
    ).toMatchObject({ sideCols: 48 });
    expect(resizeBorder(side, geometryOf(side, 160, 45), 'up')).toBeUndefined();
    const strip: Arrangement = { layout: 'bottom', stripRows: 4 };
    expect(resizeBorder(strip, geometryOf(strip, 160, 45), 'up')).toEqual({ layout: 'bottom', stripRows: 5 });
    expect(resizeBorder(strip, geometryOf(strip, 160, 45, true), 'up')).toBeUndefined();
  });

  it.each<[string, LayoutName, number, number, readonly LayoutName[]]>([
    ['a wide terminal', 'auto', 160, 45, ['bottom', 'off', 'auto', 'bottom']],
    ['a wide terminal', 'side', 160, 45, ['bottom', 'off', 'auto']],
    ['a narrow terminal', 'auto', 80, 24, ['side', 'bottom', 'off', 'auto']],
    ['a terminal that has only room for one row', 'auto', 40, 10, ['auto', 'auto']],
  ])('cycles in %s from %s to what looks different, and back to auto', (_name, first, cols, rows, expected) => {
    let layout = first;
    const seen = expected.map(() => {
      layout = nextLayout({ layout }, cols, rows);
      return layout;
    });
    expect(seen).toEqual(expected);
  });

  it('keeps an overlay inside the terminal', () => {
    expect(centred(64, 18, { cols: 40, rows: 10 })).toEqual({ x: 0, y: 0, cols: 40, rows: 10 });
  });
});
