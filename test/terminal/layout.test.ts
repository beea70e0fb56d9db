import { describe, expect, it } from 'vitest';
import { centred, geometryOf, type LayoutName } from '../../src/terminal/layout.ts';

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
    (wanted, cols, rows, layout, forced) => {
      const geometry = geometryOf(wanted, cols, rows);
      expect([geometry.layout, geometry.forced]).toEqual([layout, forced]);
      const { pane, meter } = geometry;
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

  it('keeps an overlay inside the terminal', () => {
    expect(centred(64, 18, { cols: 40, rows: 10 })).toEqual({ x: 0, y: 0, cols: 40, rows: 10 });
  });
});
