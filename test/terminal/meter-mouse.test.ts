import { describe, expect, it } from 'vitest';
import { dragBorder, geometryOf } from '../../src/terminal/layout.ts';
import { MeterMouse } from '../../src/terminal/meter-mouse.ts';

const [left, drag, wheelUp, wheelDown] = [0, 32, 64, 65];

function mouseOn(layout: 'side' | 'bottom' | 'off') {
  const geometry = geometryOf({ layout }, 160, 40);
  const seen: string[] = [];
  const mouse = new MeterMouse({
    dragBorder: (x, y, isLast) => seen.push(`border ${x},${y}${isLast ? ' last' : ''}`),
    pointer: (kind, x, y) => seen.push(`${kind} ${x},${y}`),
  });
  const report = (button: number, x: number, y: number, isRelease = false) =>
    mouse.handle({ button, x, y, isRelease }, geometry);
  return { report, seen, meter: geometry.meter ?? { x: 0, y: 0 } };
}

describe('the mouse on the meter', () => {
  it('leaves reports in the pane to the pane', () => {
    const { report, seen } = mouseOn('side');
    expect([report(left, 5, 5), report(wheelUp, 5, 5), report(drag, 5, 5)]).toEqual([false, false, false]);
    expect(seen).toEqual([]);
  });

  it('has clicks and the wheel relative to the meter, and none for a release', () => {
    const { report, seen, meter } = mouseOn('side');
    report(left, meter.x + 3, 7);
    report(left, meter.x + 3, 7, true);
    report(wheelUp, meter.x + 1, 0);
    report(wheelDown, meter.x + 1, 0);
    expect(seen).toEqual(['click 3,7', 'wheel-up 1,0', 'wheel-down 1,0']);
  });

  it.each([
    ['side', 5, 0],
    ['bottom', 0, 2],
  ] as const)('drags the border of the layout %s until the button is released, anywhere', (layout, dx, dy) => {
    const { report, seen, meter } = mouseOn(layout);
    report(left, meter.x, meter.y);
    expect(report(drag, meter.x - dx, meter.y - dy)).toBe(true);
    // The next one comes too soon to resize the program again.
    expect(report(drag, meter.x - dx - 1, meter.y - dy - 1)).toBe(true);
    expect(report(left, 3, 3, true)).toBe(true);
    expect(seen).toEqual([`border ${meter.x - dx},${meter.y - dy}`, 'border 3,3 last']);
    expect(report(drag, 3, 3)).toBe(false);
  });

  it('keeps a press to the part that received it, until its release', () => {
    const { report, seen, meter } = mouseOn('side');
    // From the pane over the meter: it stays the pane's.
    expect([report(left, 5, 5), report(drag, meter.x + 3, 5), report(left, meter.x + 3, 5, true)]).toEqual([
      ...[false, false, false],
    ]);
    // From the meter into the pane: none of it is the pane's.
    expect([report(left, meter.x + 3, 7), report(drag, 5, 5), report(left, 5, 5, true)]).toEqual([true, true, true]);
    expect(seen).toEqual(['click 3,7']);
  });

  it('ends a drag whose release was lost with the next press, or when no button is pressed', () => {
    for (const [button, last] of [
      [35, ['border 5,5 last']],
      [left, []],
    ] as const) {
      const { report, seen, meter } = mouseOn('side');
      report(left, meter.x, 5);
      report(drag, meter.x - 2, 5);
      report(button, 5, 5);
      report(35, 8, 8);
      expect(seen).toEqual([`border ${meter.x - 2},5`, ...last]);
      expect(report(35, 9, 9)).toBe(false);
    }
  });

  it('has the wheel where it is, also when the release of a press went to a dialog', () => {
    const { report, seen, meter } = mouseOn('side');
    report(left, meter.x + 3, 7);
    expect(report(wheelUp, 5, 5)).toBe(false);
    expect(report(wheelUp, meter.x + 1, 2)).toBe(true);
    report(left, 5, 5);
    expect(report(wheelDown, meter.x + 1, 2)).toBe(true);
    // Wheels to the side have no meaning, and end no drag.
    report(left, meter.x, 5);
    expect([report(67, meter.x, 5), report(67, 5, 5)]).toEqual([true, false]);
    expect(report(drag, meter.x - 4, 5)).toBe(true);
    expect(seen).toEqual(['click 3,7', 'wheel-up 1,2', 'wheel-down 1,2', `border ${meter.x - 4},5`]);
  });

  it('moves nothing by a click on the border', () => {
    const { report, seen, meter } = mouseOn('side');
    report(left, meter.x, 5);
    report(left, meter.x, 5, true);
    expect(seen).toEqual([]);
  });

  it('has no border in a meter of one row', () => {
    const { report, seen, meter } = mouseOn('off');
    report(left, meter.x, meter.y);
    expect(seen).toEqual(['click 0,0']);
  });
});

describe('a dragged border', () => {
  const size = { cols: 160, rows: 40 };
  const dragged = (layout: 'side' | 'bottom' | 'off', x: number, y: number) =>
    dragBorder({ layout }, geometryOf({ layout }, size.cols, size.rows), { x, y }, size);

  it('follows the mouse within the limits of the meter', () => {
    expect(dragged('side', 120, 3)).toEqual({ layout: 'side', sideCols: 40 });
    expect(dragged('side', 3, 3)).toEqual({ layout: 'side', sideCols: 48 });
    expect(dragged('bottom', 3, 35)).toEqual({ layout: 'bottom', stripRows: 5 });
    expect(dragged('bottom', 3, 39)).toEqual({ layout: 'bottom', stripRows: 3 });
    expect(dragged('off', 3, 3)).toBeUndefined();
  });
});
