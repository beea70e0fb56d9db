import { useInput } from 'ink';
import { useState } from 'react';

/**
 * Scrolls a text that has more rows than are shown, by arrows, j and k, pages and both ends.
 * @param onOtherKey called for every other key.
 * @returns the first row that is shown.
 */
export function useScroll(total: number, rows: number, onOtherKey: (input: string) => void): number {
  const [wanted, setFrom] = useState(0);
  const last = Math.max(0, total - rows);
  const from = Math.min(wanted, last);
  const move = (to: number) => setFrom(Math.max(0, Math.min(last, to)));
  useInput((input, key) => {
    if (key.upArrow || input === 'k') move(from - 1);
    else if (key.downArrow || input === 'j') move(from + 1);
    else if (key.pageUp) move(from - Math.max(1, rows - 1));
    else if (key.pageDown || input === ' ') move(from + Math.max(1, rows - 1));
    else if (key.home || input === 'g') move(0);
    else if (key.end || input === 'G') move(last);
    else onOtherKey(key.escape ? 'escape' : input);
  });
  return from;
}

/** `rows 1–12 of 20`, or nothing if all are shown. */
export const scrollText = (from: number, rows: number, total: number): string =>
  total <= rows ? '' : ` · rows ${from + 1}–${Math.min(total, from + rows)} of ${total}, ↑↓ scroll`;
