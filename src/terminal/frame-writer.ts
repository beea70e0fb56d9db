/** One frame of the screen as bytes for the outer terminal: changed cells, the cursor and the modes. */
import type { ChildTerminalModes } from './child-terminal-modes.ts';
import type { Mirror } from './mirror.ts';
import type { Painter } from './painter.ts';
import type { Pane, Rect } from './pane.ts';

/** Frames up to this length, in UTF-16 units, are sent without a synchronised update. */
const maxUnwrappedLength = 16;

export interface FrameParts {
  readonly child: Pane;
  /** `undefined` while it is not shown. */
  readonly meter: Pane | undefined;
  /** A row of the meter over the child's pane. */
  readonly keyRow: Rect | undefined;
  readonly overlay: Pane | undefined;
  readonly overlayRect: Rect | undefined;
  /** ccp captures the mouse even if the child does not. */
  readonly capturesMouse: boolean;
}

export class FrameWriter {
  readonly #painter: Painter;
  readonly #mirror: Mirror;
  readonly #childModes: ChildTerminalModes;

  constructor(painter: Painter, mirror: Mirror, childModes: ChildTerminalModes) {
    this.#painter = painter;
    this.#mirror = mirror;
    this.#childModes = childModes;
  }

  /** @returns empty if nothing has changed. */
  write({ child, meter, keyRow, overlay, overlayRect, capturesMouse }: FrameParts): string {
    const covered = overlayRect ?? keyRow;
    this.#painter.paint(child, covered);
    if (meter) this.#painter.paint(meter, keyRow ? undefined : covered);
    if (overlay) this.#painter.paint(overlay, undefined);
    const cells = this.#painter.take();
    // A short frame needs no synchronised update.
    const isSynchronised = cells.length > maxUnwrappedLength;
    const hidesCursor = isSynchronised && this.#mirror.cursorShown;
    const ownsKeys = overlay !== undefined || child.view !== undefined;
    const cursor = this.#mirror.cursor(child, ownsKeys, { at: this.#painter.cursor, hid: hidesCursor });
    this.#painter.cursor = this.#mirror.cursorAt;
    const rest = cursor + this.#mirror.modes(ownsKeys, capturesMouse || ownsKeys) + this.#childModes.takePassThrough();
    if (!isSynchronised) return cells + rest;
    return `\x1b[?2026h${hidesCursor ? '\x1b[?25l' : ''}${cells}${rest}\x1b[?2026l`;
  }
}
