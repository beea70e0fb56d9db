/**
 * The user's keys. Bytes go to the child untouched, but for the prefix key, Ctrl+Z, and mouse reports, which are moved
 * into the pane. Inside a bracketed paste nothing is a command.
 */

export interface PrefixKey {
  readonly byte: number;
  /** What kitty's protocol and modifyOtherKeys send for it. */
  readonly sequences: readonly string[];
  /** For people: `Ctrl+\`. */
  readonly label: string;
}

export function prefixKey(setting: string): PrefixKey {
  const key = setting.slice('ctrl+'.length);
  const code = key.charCodeAt(0);
  return {
    byte: code & 0x1f,
    sequences: [`\x1b[${code};5u`, `\x1b[27;5;${code}~`],
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
  /** The child's rectangle, for mouse reports. */
  readonly pane: { readonly x: number; readonly y: number; readonly cols: number; readonly rows: number };
  /** The prefix was pressed, and a key is awaited. */
  awaiting(yes: boolean): void;
}

const pasteStart = '\x1b[200~';
const pasteEnd = '\x1b[201~';
const suspendByte = 0x1a;
const suspendSequences = ['\x1b[122;5u', '\x1b[27;5;122~'];
const mouseReport = /\x1b\[<(\d+);(\d+);(\d+)([Mm])/g;

export class InputRouter {
  readonly #prefix: PrefixKey;
  readonly #target: InputTarget;
  #afterPrefix = false;
  #pasting = false;

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
    const end = data.indexOf(pasteEnd);
    const length = end < 0 ? data.length : end + pasteEnd.length;
    if (end >= 0) this.#pasting = false;
    this.#keys(data.subarray(0, length), false);
    return data.subarray(length);
  }

  #command(data: Buffer): Buffer {
    this.#afterPrefix = false;
    this.#target.awaiting(false);
    const again = this.#prefixAt(data);
    if (again !== undefined) {
      // Twice is the key itself.
      this.#keys(data.subarray(0, again));
      return data.subarray(again);
    }
    const length = keyLength(data);
    this.#target.command(data.subarray(0, length).toString('utf8'));
    return data.subarray(length);
  }

  /** Length of the prefix at the very beginning. */
  #prefixAt(data: Buffer): number | undefined {
    if (data[0] === this.#prefix.byte) return 1;
    return this.#prefix.sequences.find((sequence) => data.subarray(0, sequence.length).toString('latin1') === sequence)
      ?.length;
  }

  #nextSpecial(data: Buffer): { at: number; length: number; what: 'prefix' | 'suspend' | 'paste' } | undefined {
    const candidates = [
      { at: data.indexOf(this.#prefix.byte), length: 1, what: 'prefix' as const },
      ...this.#prefix.sequences.map((text) => ({
        at: data.indexOf(text),
        length: text.length,
        what: 'prefix' as const,
      })),
      { at: data.indexOf(suspendByte), length: 1, what: 'suspend' as const },
      ...suspendSequences.map((text) => ({ at: data.indexOf(text), length: text.length, what: 'suspend' as const })),
      { at: data.indexOf(pasteStart), length: pasteStart.length, what: 'paste' as const },
    ];
    return candidates.filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at)[0];
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
    return text.replace(mouseReport, (_all, button: string, column: string, line: string, final: string) => {
      const x = Number(column) - pane.x;
      const y = Number(line) - pane.y;
      return x < 1 || y < 1 || x > pane.cols || y > pane.rows ? '' : `\x1b[<${button};${x};${y}${final}`;
    });
  }
}

/** One key: an escape sequence whole, else one character. */
function keyLength(data: Buffer): number {
  const text = data.toString('latin1');
  const sequence = /^\x1b(?:\[[\d;?<>]*[A-Za-z~]|O.|.)?/.exec(text);
  if (sequence) return sequence[0].length;
  const first = data[0] ?? 0;
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
