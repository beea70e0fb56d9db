/** Brings the outer terminal's modes, cursor and title to what the child wants, sending only what changed. */
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
  /** Where its last byte left the cursor; `undefined` when that is not known. */
  readonly at: Spot | undefined;
  /** It hid the cursor first. */
  readonly hid: boolean;
}

export class Mirror {
  readonly #emulator: Emulator;
  readonly #childModes: ChildTerminalModes;
  readonly #facts: HostCapabilities;
  readonly #flags = new Map<string, boolean>();
  #mouse: MouseMode = 'none';
  #kitty = 0;
  #modifyOtherKeys = 0;
  #cursorStyle = 0;
  #title: string | undefined;
  #shown = false;
  #at: Spot | undefined;

  constructor(emulator: Emulator, childModes: ChildTerminalModes, facts: HostCapabilities) {
    this.#emulator = emulator;
    this.#childModes = childModes;
    this.#facts = facts;
  }

  /** After the outer terminal was given back and taken again. */
  forget(): void {
    this.#flags.clear();
    this.#mouse = 'none';
    this.#kitty = 0;
    this.#modifyOtherKeys = 0;
    this.#cursorStyle = 0;
    this.#title = undefined;
    this.#shown = false;
    this.#at = undefined;
  }

  /**
   * @param overlay our own box has the keys: they must come in their plainest form.
   * @param mouse ccp itself wants the mouse where the child does not.
   */
  modes(overlay: boolean, mouse: boolean): string {
    const { modes } = this.#emulator.terminal;
    let out =
      this.#flag('1', modes.applicationCursorKeysMode && !overlay) +
      this.#flag('66', modes.applicationKeypadMode && !overlay) +
      this.#flag('2004', modes.bracketedPasteMode) +
      this.#flag('1004', modes.sendFocusMode) +
      this.#flag('2031', this.#childModes.themeReports);
    out += this.#mouseMode(modes.mouseTrackingMode === 'none' && mouse ? 'drag' : modes.mouseTrackingMode);
    const kitty = overlay ? 0 : this.#childModes.kittyFlags;
    if (this.#facts.kittyKeyboard && kitty !== this.#kitty) out += `\x1b[=${kitty};1u`;
    this.#kitty = kitty;
    const other = overlay ? 0 : this.#childModes.modifyOtherKeys;
    if (other !== this.#modifyOtherKeys) out += `\x1b[>4;${other}m`;
    this.#modifyOtherKeys = other;
    if (this.#childModes.title !== undefined && this.#childModes.title !== this.#title)
      out += `\x1b]0;${this.#childModes.title}\x07`;
    this.#title = this.#childModes.title;
    if (this.#childModes.cursorStyle !== this.#cursorStyle) out += `\x1b[${this.#childModes.cursorStyle} q`;
    this.#cursorStyle = this.#childModes.cursorStyle;
    return out;
  }

  get cursorShown(): boolean {
    return this.#shown;
  }

  /** Where the outer cursor stands after the last frame; `undefined` when that is not known. */
  get cursorAt(): Spot | undefined {
    return this.#at;
  }

  /** The shortest way to have the cursor where the child has it, as visible as the child has it. */
  cursor(origin: Spot, overlay: boolean, { at, hid }: PaintedFrame): string {
    const { x, y, hidden } = this.#emulator.cursor;
    const shown = this.#shown && !hid;
    if (hidden || overlay) {
      this.#shown = false;
      this.#at = at;
      return shown ? '\x1b[?25l' : '';
    }
    const wanted = { x: origin.x + x, y: origin.y + y };
    const there = at !== undefined && at.x === wanted.x && at.y === wanted.y;
    this.#at = wanted;
    this.#shown = true;
    return (there ? '' : `\x1b[${wanted.y + 1};${wanted.x + 1}H`) + (shown ? '' : '\x1b[?25h');
  }

  #flag(mode: string, wanted: boolean): string {
    if ((this.#flags.get(mode) ?? false) === wanted) return '';
    this.#flags.set(mode, wanted);
    return `\x1b[?${mode}${wanted ? 'h' : 'l'}`;
  }

  #mouseMode(wanted: MouseMode): string {
    if (wanted === this.#mouse) return '';
    const off = this.#mouse === 'none' ? '' : `\x1b[?${mouseModes[this.#mouse]}l\x1b[?1006l`;
    this.#mouse = wanted;
    return off + (wanted === 'none' ? '' : `\x1b[?${mouseModes[wanted]}h\x1b[?1006h`);
  }
}
