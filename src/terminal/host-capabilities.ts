/** What the outer terminal said about itself, and its answers taken out of the input. */

export interface HostCapabilities {
  /** By OSC code: 10 foreground, 11 background, as `rgb:…`. */
  readonly colors: Record<number, string>;
  /** Its XTVERSION text. */
  version: string | undefined;
  kittyKeyboard: boolean;
}

export const newFacts = (): HostCapabilities => ({ colors: {}, version: undefined, kittyKeyboard: false });

/** Whether a colour as terminals tell it (`rgb:ffff/ffff/eeee`) is nearer to white than to black. */
export function isLight(color: string): boolean {
  const [red, green, blue] = (/^rgb:([\da-f]+)\/([\da-f]+)\/([\da-f]+)/i.exec(color)?.slice(1) ?? []).map(
    (part) => Number.parseInt(part, 16) / (16 ** part.length - 1),
  );
  if (red === undefined || green === undefined || blue === undefined) return false;
  return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5;
}

/** A glyph made of two emoji: terminals draw it as one, or as both. */
const measured = (glyph: string): string => `\x1b[H${glyph}\x1b[6n\x1b[2K`;

/** Asked once at start; DA1 comes last, and every terminal answers it. Cursor reports tell how wide emoji are. */
export const startQuestions = [
  '\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b[>0q\x1b[?u',
  measured('\u{1f600}'),
  measured('\u{1f469}\u200d\u{1f4bb}'),
  '\x1b[H\x1b[c',
].join('');

// Every report on stdin answers a question of ours, whenever it comes: the child asks the emulator.
const report =
  /\x1b\](?:4;\d+|1\d);[^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP[^\x1b]*\x1b\\|\x1b\[[?>][\d;]*[cu]|\x1b\[\?[\d;]*\$y|\x1b\[1;[2-9]R/g;

/** The beginning of a report whose end is still to come. */
const unfinished = /\x1b(?:\](?:4;|1\d)[^\x07\x1b]*\x1b?|P[>\d!$+][^\x1b]*\x1b?|\[[?>][\d;]*\$?)$/;
const maxUnfinishedLength = 256;

export interface ReportEvents {
  /** The terminal has answered everything it will. */
  onIdentified(): void;
  onEmojiWidth(width: 1 | 2): void;
  /** The terminal draws emoji that a joiner connects as one. */
  onJoining(): void;
}

export class ReportFilter {
  readonly #facts: HostCapabilities;
  readonly #events: ReportEvents;
  #held = '';
  /** Columns that cursor reports named so far; two are asked for. */
  readonly #columns: number[] = [];
  #reportsDue = true;

  constructor(facts: HostCapabilities, events: ReportEvents) {
    this.#facts = facts;
    this.#events = events;
  }

  /** A report began and did not end; call `release` if nothing follows soon. */
  get isHolding(): boolean {
    return this.#held !== '';
  }

  release(): Buffer {
    const held = Buffer.from(this.#held, 'latin1');
    this.#held = '';
    return held;
  }

  /** The input without reports. */
  filter(data: Buffer): Buffer {
    if (this.#held === '' && !mayHoldReport(data)) return data;
    const text = (this.#held + data.toString('latin1')).replace(report, (found) => (this.#take(found) ? '' : found));
    const tail = unfinished.exec(text.slice(-maxUnfinishedLength));
    this.#held = tail ? tail[0] : '';
    return Buffer.from(text.slice(0, text.length - this.#held.length), 'latin1');
  }

  /** False for a cursor report that nobody asked for: it is a function key. */
  #take(found: string): boolean {
    const color = /^\x1b\](1[01]);([^\x07\x1b]+)/.exec(found);
    if (color) this.#facts.colors[Number(color[1])] = color[2] ?? '';
    else if (found.startsWith('\x1bP>|')) this.#facts.version = found.slice(4, -2);
    else if (/^\x1b\[\?\d+u$/.test(found)) this.#facts.kittyKeyboard = true;
    else if (found.endsWith('R')) {
      if (!this.#reportsDue) return false;
      this.#columns.push(Number(found.slice(4, -1)));
      this.#reportsDue = this.#columns.length < 2;
      const [emoji = 3, joined] = this.#columns;
      if (joined === undefined) this.#events.onEmojiWidth(emoji === 2 ? 1 : 2);
      else if (joined === emoji) this.#events.onJoining();
    } else if (/^\x1b\[\?[\d;]*c$/.test(found)) {
      this.#reportsDue = false;
      this.#events.onIdentified();
    }
    return true;
  }
}

/** ESC followed by `]`, `P`, or a CSI that can be a report. */
function mayHoldReport(data: Buffer): boolean {
  for (let at = data.indexOf(0x1b); at >= 0; at = data.indexOf(0x1b, at + 1)) {
    const next = data[at + 1];
    if (next === 0x5d || next === 0x50) return true;
    if (next === 0x5b && (data[at + 2] === 0x3f || data[at + 2] === 0x3e || data[at + 2] === 0x31)) return true;
  }
  return false;
}
