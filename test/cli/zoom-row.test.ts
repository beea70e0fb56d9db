import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ZoomRow } from '../../src/cli/zoom-row.ts';
import { noticeMs } from '../../src/session/ui.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const rect = { x: 0, y: 23, cols: 80, rows: 1 };

function rowOf({ isZoomed = true } = {}) {
  const log: string[] = [];
  const world = { isZoomed, hasQuestion: false };
  const row = new ZoomRow({
    get hasQuestion() {
      return world.hasQuestion;
    },
    show(yes) {
      log.push(yes ? 'show' : 'hide');
      return yes && world.isZoomed ? rect : undefined;
    },
    placed: ({ cols }) => log.push(`placed ${cols}`),
  });
  return { row, log, world };
}

it('a zoomed pane shows the row while the next key is expected', () => {
  const { row, log } = rowOf();
  row.update();
  expect(log).toEqual([]);
  row.await(true);
  row.await(true);
  expect(log).toEqual(['show', 'placed 80']);
  row.await(false);
  expect(log).toEqual(['show', 'placed 80', 'hide']);
});

it('a notice is shown for its time, and a newer one for its own', () => {
  const { row, log } = rowOf();
  row.notice();
  vi.advanceTimersByTime(noticeMs - 1);
  row.notice();
  vi.advanceTimersByTime(noticeMs - 1);
  expect(log).toEqual(['show', 'placed 80']);
  vi.advanceTimersByTime(1);
  expect(log).toEqual(['show', 'placed 80', 'hide']);
});

it('a question is shown until it is answered, also when the pane is zoomed later', () => {
  const { row, log, world } = rowOf({ isZoomed: false });
  world.hasQuestion = true;
  row.update();
  expect(log.splice(0)).toEqual(['show']);
  world.isZoomed = true;
  row.reset();
  expect(log.splice(0)).toEqual(['hide', 'show', 'placed 80']);
  world.hasQuestion = false;
  row.update();
  expect(log).toEqual(['hide']);
  row.reset();
  expect(log).toEqual(['hide']);
});
