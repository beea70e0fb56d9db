/** Scrolling of a text that may have more rows than are shown. */
import { useInput } from 'ink';
import { useLiveState } from './use-live-state.ts';

/**
 * Scrolls by arrows, j and k, pages and both ends, if there is more than is shown.
 * @returns the first row that is shown.
 */
export function useScroll(total: number, rows: number, onOtherKey: () => void): number {
  const [now, change] = useLiveState({ from: 0 });
  const last = Math.max(0, total - rows);
  const move = (to: number) => change({ from: Math.max(0, Math.min(last, to)) });
  useInput((input, key) => {
    const from = Math.min(now().from, last);
    if (last === 0) onOtherKey();
    else if (key.upArrow || input === 'k') move(from - 1);
    else if (key.downArrow || input === 'j') move(from + 1);
    else if (key.pageUp) move(from - Math.max(1, rows - 1));
    else if (key.pageDown || input === ' ') move(from + Math.max(1, rows - 1));
    else if (key.home || input === 'g') move(0);
    else if (key.end || input === 'G') move(last);
    else onOtherKey();
  });
  return Math.min(now().from, last);
}

/** ` · rows 1–12 of 20 ↑↓`, or nothing if all are shown. */
export const scrollText = (from: number, rows: number, total: number): string =>
  total <= rows ? '' : ` · rows ${from + 1}–${Math.min(total, from + rows)} of ${total} ↑↓`;
