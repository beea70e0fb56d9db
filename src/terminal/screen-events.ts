/** What the screen is given, and what it tells whoever opened it. */
import type { PrefixKey } from './input.ts';
import type { Arrangement, Geometry } from './layout.ts';
import type { OuterTerminal } from './outer-terminal.ts';

export interface ScreenEvents {
  /** A key after the prefix. */
  command(key: string): void;
  /** Keys while an overlay is open. */
  overlayKey(data: Buffer): void;
  /** The mouse was pressed beside the overlay. */
  overlayLeft(): void;
  /** The prefix was pressed and its key is awaited. */
  awaiting(yes: boolean): void;
  /** The size changed; meter and overlay must be drawn anew. */
  resized(geometry: Geometry): void;
  suspend(): void;
  /** The history was left, with so many characters copied. */
  historyLeft(copied: number): void;
}

export interface ScreenOptions {
  readonly outer: OuterTerminal;
  readonly arrangement: Arrangement;
  readonly prefix: PrefixKey;
  /** Take the mouse also where the child does not want it, for the wheel and selections. */
  readonly mouse: boolean;
  readonly events: ScreenEvents;
}
