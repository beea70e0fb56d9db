/** The capabilities reported by the outer terminal, and a filter that removes its reports from the input. */

export interface HostCapabilities {
  /** Colours by OSC code: 10 foreground, 11 background, as `rgb:…`. */
  readonly colors: Record<number, string>;
  /** The XTVERSION text. */
  version: string | undefined;
  kittyKeyboard: boolean;
}

export const newHostCapabilities = (): HostCapabilities => ({ colors: {}, version: undefined, kittyKeyboard: false });

/** Whether a colour as reported by a terminal (`rgb:ffff/ffff/eeee`) is closer to white than to black. */
export function isLight(color: string): boolean {
  const [red, green, blue] = (/^rgb:([\da-f]+)\/([\da-f]+)\/([\da-f]+)/i.exec(color)?.slice(1) ?? []).map(
    (part) => Number.parseInt(part, 16) / (16 ** part.length - 1),
  );
  if (red === undefined || green === undefined || blue === undefined) return false;
  return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5;
}

/** Writes a glyph at the home position, requests a cursor report, and erases the line. */
const measureGlyph = (glyph: string): string => `\x1b[H${glyph}\x1b[6n\x1b[2K`;

/**
 * Queries sent once at start. DA1 is last, because every terminal answers it. The cursor reports measure the width of
 * an emoji, of two joined emoji, and of an emoji with a skin tone: terminals draw the last two as one glyph or as two.
 */
export const startQueries = [
  '\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b[>0q\x1b[?u',
  measureGlyph('\u{1f600}'),
  measureGlyph('\u{1f469}\u200d\u{1f4bb}'),
  measureGlyph('\u{1f44d}\u{1f3fd}'),
  '\x1b[H\x1b[c',
].join('');

// Every report on stdin answers a query of ccp, however late it arrives: the emulator answers those of the child.
const report =
  /\x1b\](?:4;\d+|1\d);[^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP[^\x1b]*\x1b\\|\x1b\[[?>][\d;]*[cu]|\x1b\[\?[\d;]*\$y|\x1b\[1;[2-9]R/g;

/** An incomplete report at the end of the input, or one of the mouse, which the router reads as a whole. */
const incompleteReport = /\x1b(?:\](?:4;|1\d)[^\x07\x1b]*\x1b?|P[>\d!$+][^\x1b]*\x1b?|\[[?>][\d;]*\$?|\[<[\d;]*)$/;
const maxIncompleteLength = 256;

export interface ReportEvents {
  /** The terminal has answered the last query. */
  onIdentified(): void;
  onEmojiWidth(width: 1 | 2): void;
  /** The terminal draws emoji with joiners between them as one glyph. */
  onJoining(): void;
  /** The terminal draws an emoji with a skin tone as one glyph. */
  onSkinTones(): void;
}

export class ReportFilter {
  readonly #capabilities: HostCapabilities;
  readonly #events: ReportEvents;
  #incomplete = '';
  /** Columns of the cursor reports so far; three are expected. */
  readonly #columns: number[] = [];
  #expectsReports = true;

  constructor(capabilities: HostCapabilities, events: ReportEvents) {
    this.#capabilities = capabilities;
    this.#events = events;
  }

  /** Whether an incomplete report is buffered; call `release` if no input follows soon. */
  get isHolding(): boolean {
    return this.#incomplete !== '';
  }

  /** Empties the buffer. @returns the bytes of the incomplete report. */
  release(): Buffer {
    const bytes = Buffer.from(this.#incomplete, 'latin1');
    this.#incomplete = '';
    return bytes;
  }

  /** @returns the input without reports. */
  filter(data: Buffer): Buffer {
    if (this.#incomplete === '' && !mayContainReport(data)) return data;
    const text = (this.#incomplete + data.toString('latin1')).replace(report, (found) =>
      this.#readReport(found) ? '' : found,
    );
    const tail = incompleteReport.exec(text.slice(-maxIncompleteLength));
    this.#incomplete = tail ? tail[0] : '';
    return Buffer.from(text.slice(0, text.length - this.#incomplete.length), 'latin1');
  }

  /** Reads a report. @returns false for an unexpected cursor report, which is a function key. */
  #readReport(found: string): boolean {
    const color = /^\x1b\](1[01]);([^\x07\x1b]+)/.exec(found);
    if (color) this.#capabilities.colors[Number(color[1])] = color[2] ?? '';
    else if (found.startsWith('\x1bP>|')) this.#capabilities.version = found.slice(4, -2);
    else if (/^\x1b\[\?\d+u$/.test(found)) this.#capabilities.kittyKeyboard = true;
    else if (found.endsWith('R')) {
      if (!this.#expectsReports) return false;
      this.#columns.push(Number(found.slice(4, -1)));
      this.#expectsReports = this.#columns.length < 3;
      const [emoji = 3, ...joined] = this.#columns;
      if (joined.length === 0) this.#events.onEmojiWidth(emoji === 2 ? 1 : 2);
      else if (joined.length === 1 && joined[0] === emoji) this.#events.onJoining();
      else if (joined.length === 2 && joined[1] === emoji) this.#events.onSkinTones();
    } else if (/^\x1b\[\?[\d;]*c$/.test(found)) {
      this.#expectsReports = false;
      this.#events.onIdentified();
    }
    return true;
  }
}

/** `?`, `>`, `1` and, for the mouse, `<`. */
const reportSigns = new Set([0x3f, 0x3e, 0x31, 0x3c]);

/** Whether the data contains ESC followed by `]`, `P`, or a CSI that can be a report. */
function mayContainReport(data: Buffer): boolean {
  for (let at = data.indexOf(0x1b); at >= 0; at = data.indexOf(0x1b, at + 1)) {
    const next = data[at + 1];
    if (next === 0x5d || next === 0x50) return true;
    if (next === 0x5b && reportSigns.has(data[at + 2] ?? 0)) return true;
  }
  return false;
}
