/**
 * The user's keys. Bytes go to the child untouched, but for the prefix key, Ctrl+Z, and mouse reports, which are moved
 * into the pane. Inside a bracketed paste nothing is a command.
 */

export interface PrefixKey {
  readonly byte: number;
  /** Character code without Ctrl, as kitty's protocol and modifyOtherKeys send it. */
  readonly code: number;
  /** For people: `Ctrl+\`. */
  readonly label: string;
}

export function prefixKey(setting: string): PrefixKey {
  const key = setting.slice('ctrl+'.length);
  const code = key.charCodeAt(0);
  return {
    byte: code & 0x1f,
    code,
    label: `Ctrl+${/[a-z]/.test(key) ? key.toUpperCase() : key}`,
  };
}

export interface InputTarget {
  toChild(data: Buffer): void;
  /** A key after the prefix, as text. */
  command(key: string): void;
  suspend(): void;
  /** An overlay has the focus: keys go there. */
  readonly overlay: ((data: Buffer) => void) | undefined;
  /** The child asked for mouse reports. */
  readonly childWantsMouse: boolean;
  /** A mouse report inside the pane of a child that did not ask for any. */
  paneMouse(report: string): void;
  /** The child's rectangle, for mouse reports. */
  readonly pane: { readonly x: number; readonly y: number; readonly cols: number; readonly rows: number };
  /** The prefix was pressed, and a key is awaited. */
  awaiting(yes: boolean): void;
}

const pasteStart = '\x1b[200~';
const pasteEnd = '\x1b[201~';
const suspendKey = { byte: 0x1a, code: 'z'.charCodeAt(0) };
/** Reports that may come at any time, and releases of keys: nobody pressed anything. */
const notAKey = /^\x1b\[(?:<\d+;\d+;\d+[Mm]|[IO]|[\d:;]*:3u)/;
const mouseReport = /\x1b\[<(\d+);(\d+);(\d+)([Mm])/g;

export class InputRouter {
  readonly #prefix: PrefixKey;
  readonly #target: InputTarget;
  #afterPrefix = false;
  #pasting = false;
  /** The last bytes of a paste: its end may come in two pieces. */
  #pasteTail = '';

  constructor(prefix: PrefixKey, target: InputTarget) {
    this.#prefix = prefix;
    this.#target = target;
  }

  push(data: Buffer): void {
    let rest = data;
    while (rest.length > 0) rest = this.#step(rest);
  }

  /** Handles the beginning of `data`; @returns what is left. */
  #step(data: Buffer): Buffer {
    if (this.#pasting) return this.#paste(data);
    if (this.#afterPrefix) return this.#command(data);
    const found = this.#nextSpecial(data);
    if (found === undefined) {
      this.#keys(data);
      return data.subarray(data.length);
    }
    if (found.at > 0) this.#keys(data.subarray(0, found.at));
    const rest = data.subarray(found.at + found.length);
    if (found.what === 'paste') {
      this.#pasting = true;
      this.#keys(data.subarray(found.at, found.at + found.length));
    } else if (found.what === 'suspend') this.#target.suspend();
    else {
      this.#afterPrefix = true;
      this.#target.awaiting(true);
    }
    return rest;
  }

  #paste(data: Buffer): Buffer {
    const text = this.#pasteTail + data.toString('latin1');
    const end = text.indexOf(pasteEnd);
    const length = end < 0 ? data.length : end + pasteEnd.length - this.#pasteTail.length;
    this.#pasting = end < 0;
    this.#pasteTail = end < 0 ? text.slice(1 - pasteEnd.length) : '';
    this.#keys(data.subarray(0, length), false);
    return data.subarray(length);
  }

  #command(data: Buffer): Buffer {
    const report = notAKey.exec(data.subarray(0, 64).toString('latin1'));
    if (report) {
      this.#keys(data.subarray(0, report[0].length));
      return data.subarray(report[0].length);
    }
    this.#afterPrefix = false;
    this.#target.awaiting(false);
    const again = ctrlKey(data, this.#prefix);
    if (again?.at === 0) {
      // Twice is the key itself.
      this.#keys(data.subarray(0, again.length));
      return data.subarray(again.length);
    }
    const length = keyLength(data);
    this.#target.command(data.subarray(0, length).toString('utf8'));
    return data.subarray(length);
  }

  #nextSpecial(data: Buffer): Special | undefined {
    const paste = data.indexOf(pasteStart);
    const found: (Special | undefined)[] = [
      special('prefix', ctrlKey(data, this.#prefix)),
      special('suspend', ctrlKey(data, suspendKey)),
      special('paste', paste < 0 ? undefined : { at: paste, length: pasteStart.length }),
    ];
    return found.filter((one) => one !== undefined).sort((one, other) => one.at - other.at)[0];
  }

  #keys(data: Buffer, mouse = true): void {
    const { overlay } = this.#target;
    if (overlay) return overlay(data);
    if (!mouse || !data.includes('\x1b[<')) return this.#target.toChild(data);
    const moved = this.#moveMouse(data.toString('latin1'));
    if (moved !== '') this.#target.toChild(Buffer.from(moved, 'latin1'));
  }

  /** Coordinates of the pane; what happens outside it is not the child's. */
  #moveMouse(text: string): string {
    const { pane } = this.#target;
    return text.replace(mouseReport, (report, button: string, column: string, line: string, final: string) => {
      const x = Number(column) - pane.x;
      const y = Number(line) - pane.y;
      if (x < 1 || y < 1 || x > pane.cols || y > pane.rows) return '';
      if (this.#target.childWantsMouse) return `\x1b[<${button};${x};${y}${final}`;
      this.#target.paneMouse(report);
      return '';
    });
  }
}

interface Place {
  readonly at: number;
  readonly length: number;
}

interface Special extends Place {
  readonly what: 'prefix' | 'suspend' | 'paste';
}

const special = (what: Special['what'], place: Place | undefined): Special | undefined => place && { ...place, what };

/** Caps and number lock do not change which key it is. */
const locks = 64 | 128;
const ctrlModifier = 4;

/** The first place where Ctrl and this key were pressed: as a byte, in kitty's protocol, or by modifyOtherKeys. */
function ctrlKey(data: Buffer, key: { readonly byte: number; readonly code: number }): Place | undefined {
  const byte = data.indexOf(key.byte);
  const plain = byte < 0 ? undefined : { at: byte, length: 1 };
  if (!data.includes(`\x1b[${key.code}`) && !data.includes('\x1b[27;')) return plain;
  const pattern = new RegExp(`\\x1b\\[(?:${key.code}(?::\\d*)*;(\\d+)(?::[12])?u|27;(\\d+);${key.code}~)`, 'g');
  for (const match of data.toString('latin1').matchAll(pattern)) {
    if (((Number(match[1] ?? match[2]) - 1) & ~locks) !== ctrlModifier) continue;
    return plain && plain.at < match.index ? plain : { at: match.index, length: match[0].length };
  }
  return plain;
}

/** One key: an escape sequence whole, else one character. */
function keyLength(data: Buffer): number {
  const text = data.toString('latin1');
  const sequence = /^\x1b(?:\[[\d:;?<>]*[A-Za-z~]|O.|.)?/.exec(text);
  if (sequence) return sequence[0].length;
  const first = data[0] ?? 0;
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
