/** Sets the modes, cursor and title of the outer terminal to those of the child. Sends only changes. */
import type { ChildTerminalModes } from './child-terminal-modes.ts';
import type { Emulator } from './emulator.ts';
import type { HostCapabilities } from './host-capabilities.ts';

const mouseModes = { none: '', x10: '9', vt200: '1000', drag: '1002', any: '1003' } as const;

type MouseMode = keyof typeof mouseModes;

interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface PaintedFrame {
  /** Cursor position after the frame; `undefined` if unknown. */
  readonly at: Spot | undefined;
  /** The frame starts by hiding the cursor. */
  readonly hid: boolean;
}

export class Mirror {
  readonly #emulator: Emulator;
  readonly #childModes: ChildTerminalModes;
  readonly #capabilities: HostCapabilities;
  readonly #flags = new Map<string, boolean>();
  #mouse: MouseMode = 'none';
  #kitty = 0;
  #modifyOtherKeys = 0;
  #cursorStyle = 0;
  #title: string | undefined;
  /** Shown before the child’s title; empty for none. */
  titleSign = '';
  #isShown = false;
  #position: Spot | undefined;

  constructor(emulator: Emulator, childModes: ChildTerminalModes, capabilities: HostCapabilities) {
    this.#emulator = emulator;
    this.#childModes = childModes;
    this.#capabilities = capabilities;
  }

  /** Resets the tracked state, after the outer terminal was left and entered again. */
  forget(): void {
    this.#flags.clear();
    this.#mouse = 'none';
    this.#kitty = 0;
    this.#modifyOtherKeys = 0;
    this.#cursorStyle = 0;
    this.#title = undefined;
    this.#isShown = false;
    this.#position = undefined;
  }

  /**
   * @param overlay ccp itself reads the keys, so extended key encodings are switched off.
   * @param mouse ccp uses the mouse if the child does not.
   */
  modes(overlay: boolean, mouse: boolean): string {
    const { modes } = this.#emulator.terminal;
    let out =
      this.#setFlag('1', modes.applicationCursorKeysMode && !overlay) +
      this.#setFlag('66', modes.applicationKeypadMode && !overlay) +
      this.#setFlag('2004', modes.bracketedPasteMode) +
      this.#setFlag('1004', modes.sendFocusMode) +
      this.#setFlag('2031', this.#childModes.themeReports);
    out += this.#setMouseMode(modes.mouseTrackingMode === 'none' && mouse ? 'drag' : modes.mouseTrackingMode);
    const kitty = overlay ? 0 : this.#childModes.kittyFlags;
    if (this.#capabilities.kittyKeyboard && kitty !== this.#kitty) out += `\x1b[=${kitty};1u`;
    this.#kitty = kitty;
    const other = overlay ? 0 : this.#childModes.modifyOtherKeys;
    if (other !== this.#modifyOtherKeys) out += `\x1b[>4;${other}m`;
    this.#modifyOtherKeys = other;
    const title = this.#wantedTitle;
    if (title !== undefined && title !== this.#title) out += `\x1b]0;${title}\x07`;
    this.#title = title;
    if (this.#childModes.cursorStyle !== this.#cursorStyle) out += `\x1b[${this.#childModes.cursorStyle} q`;
    this.#cursorStyle = this.#childModes.cursorStyle;
    return out;
  }

  get #wantedTitle(): string | undefined {
    const { title } = this.#childModes;
    return title === undefined || this.titleSign === '' ? title : `${this.titleSign} ${title}`;
  }

  get cursorShown(): boolean {
    return this.#isShown;
  }

  /** Position of the outer cursor after the last frame; `undefined` if unknown. */
  get cursorAt(): Spot | undefined {
    return this.#position;
  }

  /** @returns the shortest sequence that gives the outer cursor the position and visibility of the child's cursor. */
  cursor(origin: Spot, overlay: boolean, { at, hid }: PaintedFrame): string {
    const { x, y, hidden } = this.#emulator.cursor;
    const shown = this.#isShown && !hid;
    if (hidden || overlay) {
      this.#isShown = false;
      this.#position = at;
      return shown ? '\x1b[?25l' : '';
    }
    const target = { x: origin.x + x, y: origin.y + y };
    const isAtTarget = at !== undefined && at.x === target.x && at.y === target.y;
    this.#position = target;
    this.#isShown = true;
    return (isAtTarget ? '' : `\x1b[${target.y + 1};${target.x + 1}H`) + (shown ? '' : '\x1b[?25h');
  }

  #setFlag(mode: string, isSet: boolean): string {
    if ((this.#flags.get(mode) ?? false) === isSet) return '';
    this.#flags.set(mode, isSet);
    return `\x1b[?${mode}${isSet ? 'h' : 'l'}`;
  }

  #setMouseMode(mode: MouseMode): string {
    if (mode === this.#mouse) return '';
    const off = this.#mouse === 'none' ? '' : `\x1b[?${mouseModes[this.#mouse]}l\x1b[?1006l`;
    this.#mouse = mode;
    return off + (mode === 'none' ? '' : `\x1b[?${mouseModes[mode]}h\x1b[?1006h`);
  }
}
