/** The first frame of the screen: what is started, until the child draws something. */
import type { Rect } from './pane.ts';

/** Text in the middle of the pane. The screen is empty. */
export function startFrame(text: string, { x, y, cols, rows }: Rect): string {
  const shown = text.slice(0, cols);
  const column = x + ((cols - shown.length) >> 1) + 1;
  return `\x1b[${y + (rows >> 1) + 1};${column}H\x1b[2m${shown}\x1b[0m`;
}
