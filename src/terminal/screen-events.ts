/** Options of the screen and the events it emits. */
import type { PrefixKey } from './input.ts';
import type { Arrangement, Geometry } from './layout.ts';
import type { OuterTerminal } from './outer-terminal.ts';
import type { WorkCounter } from './watchdog.ts';

export type PointerKind = 'click' | 'wheel-up' | 'wheel-down';

export interface ScreenEvents {
  /** The key pressed after the prefix, as text. @returns whether it repeats without the prefix for a moment. */
  command(key: string): boolean;
  /** Keys while an overlay is open. */
  overlayKey(data: Buffer): void;
  /** The mouse was pressed outside the overlay. */
  overlayLeft(): void;
  /** The border of the meter was dragged to this cell; `isLast`: the button was released. */
  borderDragged(x: number, y: number, isLast: boolean): void;
  /** The mouse on the meter or on the overlay; the cell is relative to it. */
  pointer(surface: 'meter' | 'overlay', event: { kind: PointerKind; x: number; y: number }): void;
  /** Called with true when the prefix is pressed, and with false when the next key arrives. */
  awaiting(yes: boolean): void;
  /** The size changed; the meter and the overlay must be redrawn. */
  resized(geometry: Geometry): void;
  suspend(): void;
  /** The history was closed; `copied` is the number of characters copied. */
  historyLeft(copied: number): void;
}

export interface ScreenOptions {
  readonly outer: OuterTerminal;
  readonly arrangement: Arrangement;
  readonly prefix: PrefixKey;
  /** Enable the mouse even if the child does not, for the wheel and selections. */
  readonly mouse: boolean;
  readonly events: ScreenEvents;
  /** Counts the work on the child's output, for the thread that watches this one. */
  readonly work: WorkCounter;
}
