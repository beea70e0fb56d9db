/**
 * Routes the user's keys. Bytes are passed to the child unchanged, except the prefix key, Ctrl+Z, and mouse reports,
 * whose coordinates are translated to the pane. Inside a bracketed paste no key is a command.
 */
import { buttonMask, type MouseReport, motionBit, noButton } from './meter-mouse.ts';
import { characterLength, incompleteTailLength, isIncompleteKey, restOfKeyMs } from './split-keys.ts';

export interface PrefixKey {
  readonly byte: number;
  /** Character code without Ctrl, as kitty's protocol and modifyOtherKeys send it. */
  readonly code: number;
  /** Display name: `Ctrl+\`. */
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
  /** The key pressed after the prefix, as text. @returns whether it repeats without the prefix for a moment. */
  command(key: string): boolean;
  suspend(): void;
  /** Receives the keys while an overlay has the focus. */
  readonly overlay: ((data: Buffer) => void) | undefined;
  /** The child has enabled mouse reports. */
  readonly childWantsMouse: boolean;
  /** Receives every mouse report first. @returns whether it was handled. */
  mouse(report: MouseReport): boolean;
  /** Receives a mouse report inside the pane if the child has not enabled mouse reports. */
  paneMouse(report: string): void;
  /** Rectangle of the child's pane, for mouse reports. */
  readonly pane: { readonly x: number; readonly y: number; readonly cols: number; readonly rows: number };
  /** Called with true when the prefix is pressed, and with false when the next key arrives. */
  awaiting(yes: boolean): void;
}

const pasteStart = '\x1b[200~';
const pasteEnd = '\x1b[201~';
const suspendKey = { byte: 0x1a, code: 'z'.charCodeAt(0) };
/** Sequences that are not key presses: reports of the mouse, the focus and the colour scheme, and key releases. */
const nonKeySequence = /^\x1b\[(?:<\d+;\d+;\d+[Mm]|[IO]|\?997;\dn|[\d:;]*:3u)/;
/** In the kitty keyboard protocol, num lock and caps lock are modifiers. */
const arrowKey = /^\x1b(?:\[1;(?<modifiers>\d{1,3})(?::[12])?|[[O])(?<arrow>[A-D])/;
const maxSequenceLength = 64;
/** For this time after a command that repeats, its key needs no prefix. */
const repeatMs = 600;
const mouseReport = /\x1b\[<(\d+);(\d+);(\d+)([Mm])/g;

export class InputRouter {
  readonly #prefix: PrefixKey;
  readonly #target: InputTarget;
  #isAfterPrefix = false;
  /** A repeated key that arrives until then needs no prefix. */
  #repeatsUntil = 0;
  #isPasting = false;
  /** The last bytes of a paste: its end marker may be split between two reads. */
  #pasteTail = '';
  /** The beginning of a key whose rest is in the next read. */
  #beginning: { readonly data: Buffer; readonly timer: NodeJS.Timeout } | undefined;

  constructor(prefix: PrefixKey, target: InputTarget) {
    this.#prefix = prefix;
    this.#target = target;
  }

  push(data: Buffer): void {
    const beginning = this.#beginning;
    clearTimeout(beginning?.timer);
    this.#beginning = undefined;
    this.#handle(beginning === undefined ? data : Buffer.concat([beginning.data, data]));
  }

  /** Handles whole keys, and holds the beginning of one at the end back. */
  #handle(data: Buffer): void {
    const tail = this.#isPasting ? 0 : incompleteTailLength(data);
    let rest = data.subarray(0, data.length - tail);
    while (rest.length > 0) {
      if (this.#expectsCommand && isIncompleteKey(rest))
        return this.#hold(data.subarray(data.length - tail - rest.length));
      rest = this.#step(rest);
    }
    const end = data.subarray(data.length - tail);
    if (this.#isPasting) this.#handleWhole(end);
    else if (tail > 0) this.#hold(end);
  }

  #handleWhole(data: Buffer): void {
    let rest = data;
    while (rest.length > 0) rest = this.#step(rest);
  }

  #hold(data: Buffer): void {
    const timer = setTimeout(() => {
      this.#beginning = undefined;
      this.#handleWhole(data);
    }, restOfKeyMs);
    this.#beginning = { data, timer };
  }

  get #repeats(): boolean {
    return this.#repeatsUntil > 0 && performance.now() <= this.#repeatsUntil;
  }

  get #expectsCommand(): boolean {
    return !this.#isPasting && (this.#isAfterPrefix || this.#repeats);
  }

  /** Handles the beginning of `data`. @returns the rest. */
  #step(data: Buffer): Buffer {
    if (this.#isPasting) return this.#handlePaste(data);
    if (this.#isAfterPrefix) return this.#handleCommand(data);
    if (this.#repeats) {
      const arrow = arrowKey.exec(data.toString('latin1', 0, maxSequenceLength))?.[0] ?? '';
      if (plainArrow(arrow) !== undefined) return this.#command(data, arrow.length);
      const report = reportLength(data);
      if (report > 0) return this.#pass(data, report);
    }
    this.#repeatsUntil = 0;
    const found = this.#findSpecial(data);
    if (found === undefined) {
      this.#sendKeys(data);
      return data.subarray(data.length);
    }
    if (found.at > 0) this.#sendKeys(data.subarray(0, found.at));
    const rest = data.subarray(found.at + found.length);
    if (found.what === 'paste') {
      this.#isPasting = true;
      this.#sendKeys(data.subarray(found.at, found.at + found.length));
    } else if (found.what === 'suspend') this.#target.suspend();
    else {
      this.#isAfterPrefix = true;
      this.#target.awaiting(true);
    }
    return rest;
  }

  #handlePaste(data: Buffer): Buffer {
    const text = this.#pasteTail + data.toString('latin1');
    const end = text.indexOf(pasteEnd);
    const length = end < 0 ? data.length : end + pasteEnd.length - this.#pasteTail.length;
    this.#isPasting = end < 0;
    this.#pasteTail = end < 0 ? text.slice(1 - pasteEnd.length) : '';
    this.#sendKeys(data.subarray(0, length), false);
    return data.subarray(length);
  }

  #handleCommand(data: Buffer): Buffer {
    if (data.indexOf(pasteStart) === 0) {
      // What is pasted is for the child, and not a command.
      this.#isAfterPrefix = false;
      this.#target.awaiting(false);
      return data;
    }
    const report = reportLength(data);
    if (report > 0) return this.#pass(data, report);
    this.#isAfterPrefix = false;
    this.#target.awaiting(false);
    const repeatedPrefix = findCtrlKey(data, this.#prefix);
    // The prefix pressed twice sends the prefix key itself.
    if (repeatedPrefix?.at === 0) return this.#pass(data, repeatedPrefix.length);
    return this.#command(data, keyLength(data));
  }

  #command(data: Buffer, length: number): Buffer {
    const key = data.subarray(0, length).toString('utf8');
    const repeats = this.#target.command(plainArrow(key) ?? plainEscape(key) ?? key);
    this.#repeatsUntil = repeats ? performance.now() + repeatMs : 0;
    return data.subarray(length);
  }

  /** Sends the beginning of `data` to the child. @returns the rest. */
  #pass(data: Buffer, length: number): Buffer {
    this.#sendKeys(data.subarray(0, length));
    return data.subarray(length);
  }

  #findSpecial(data: Buffer): Special | undefined {
    const paste = data.indexOf(pasteStart);
    const found: (Special | undefined)[] = [
      special('prefix', findCtrlKey(data, this.#prefix)),
      special('suspend', findCtrlKey(data, suspendKey)),
      special('paste', paste < 0 ? undefined : { at: paste, length: pasteStart.length }),
    ];
    return found.filter((one) => one !== undefined).sort((one, other) => one.at - other.at)[0];
  }

  #sendKeys(data: Buffer, mouse = true): void {
    const { overlay } = this.#target;
    if (overlay) return overlay(data);
    if (!mouse || !data.includes('\x1b[<')) return this.#target.toChild(data);
    const translated = this.#translateMouse(data.toString('latin1'));
    if (translated !== '') this.#target.toChild(Buffer.from(translated, 'latin1'));
  }

  /** Translates mouse coordinates to the pane. Reports outside the pane are dropped. */
  #translateMouse(text: string): string {
    const { pane } = this.#target;
    return text.replace(mouseReport, (report, button: string, column: string, line: string, final: string) => {
      const at = { button: Number(button), x: Number(column) - 1, y: Number(line) - 1, isRelease: final === 'm' };
      if (this.#target.mouse(at)) return '';
      // The child must see the end of a press that began in its pane.
      const isHeld = at.isRelease || ((at.button & motionBit) !== 0 && (at.button & buttonMask) !== noButton);
      const x = isHeld ? within(Number(column) - pane.x, pane.cols) : Number(column) - pane.x;
      const y = isHeld ? within(Number(line) - pane.y, pane.rows) : Number(line) - pane.y;
      if (x < 1 || y < 1 || x > pane.cols || y > pane.rows) return '';
      if (this.#target.childWantsMouse) return `\x1b[<${button};${x};${y}${final}`;
      this.#target.paneMouse(report);
      return '';
    });
  }
}

const within = (value: number, max: number): number => Math.max(1, Math.min(max, value));

interface Place {
  readonly at: number;
  readonly length: number;
}

interface Special extends Place {
  readonly what: 'prefix' | 'suspend' | 'paste';
}

const special = (what: Special['what'], place: Place | undefined): Special | undefined => place && { ...place, what };

/** Length of a report at the beginning of the data; 0 for none. */
const reportLength = (data: Buffer): number =>
  nonKeySequence.exec(data.toString('latin1', 0, maxSequenceLength))?.[0].length ?? 0;

/** Whether the modifiers of a sequence are none but num lock and caps lock. */
const isPlain = (modifiers = '1'): boolean => ((Number(modifiers) - 1) & ~locks) === 0;

/** Esc, which the kitty keyboard protocol sends as a sequence. */
function plainEscape(key: string): string | undefined {
  const found = /^\x1b\[27(?:;(\d{1,3})(?::[12])?)?u$/.exec(key);
  return found && isPlain(found[1]) ? '\x1b' : undefined;
}

/** An arrow as terminals send it without modifiers; `undefined` for another key, or with Shift, Alt or Ctrl. */
function plainArrow(key: string): string | undefined {
  const { modifiers, arrow } = arrowKey.exec(key)?.groups ?? {};
  return arrow !== undefined && isPlain(modifiers) ? `\x1b[${arrow}` : undefined;
}

/** Modifier bits of caps lock and num lock, which are ignored. */
const locks = 64 | 128;
const ctrlModifier = 4;

/** First position of Ctrl plus this key: as a byte, in the kitty keyboard protocol, or in modifyOtherKeys. */
function findCtrlKey(data: Buffer, key: { readonly byte: number; readonly code: number }): Place | undefined {
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

/** Length of the first key, in bytes: a complete escape sequence or one UTF-8 character. */
function keyLength(data: Buffer): number {
  const text = data.toString('latin1');
  const sequence = /^\x1b(?:\[[\d:;?<>]*[A-Za-z~]|O.|.)?/.exec(text);
  if (sequence) return sequence[0].length;
  return characterLength(data[0] ?? 0);
}
