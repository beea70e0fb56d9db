/** The terminal Ink believes it has: what it writes is posted to the compositor, keys come from there. */
import { PassThrough, Writable } from 'node:stream';

export class VirtualOutput extends Writable {
  readonly isTTY = true;
  columns: number;
  /** One more than shown: Ink clears the screen on every frame that fills it. */
  rows: number;
  #pending = '';
  #muted = false;
  readonly #post: (data: string) => void;

  constructor(cols: number, rows: number, post: (data: string) => void) {
    super({ decodeStrings: false });
    this.columns = cols;
    this.rows = rows + 1;
    this.#post = post;
  }

  resize(cols: number, rows: number): void {
    this.columns = cols;
    this.rows = rows + 1;
    this.emit('resize');
  }

  /** Ink draws once more when it unmounts; nobody shall see that. */
  mute(): void {
    this.#muted = true;
  }

  /** Ink writes a frame in pieces; they are posted as one. */
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    if (this.#pending === '')
      setImmediate(() => {
        if (!this.#muted) this.#post(this.#pending);
        this.#pending = '';
      });
    this.#pending += String(chunk);
    done();
  }
}

const oneKey = /\x1b(?:\[[\d;?<>]*[A-Za-z~]|O.)?|./gsu;
const pasteMarks = ['\x1b[200~', '\x1b[201~'];

export class VirtualInput extends PassThrough {
  readonly isTTY = true;
  #keys: string[] = [];

  /** Ink takes what it reads at once for one key, so keys that came together are handed over one by one. */
  type(text: string): void {
    const idle = this.#keys.length === 0;
    this.#keys.push(...(text.match(oneKey) ?? []).filter((key) => !pasteMarks.includes(key)));
    if (idle) this.#next();
  }

  #next(): void {
    const key = this.#keys[0];
    if (key === undefined) return;
    this.write(key);
    setImmediate(() => {
      this.#keys.shift();
      this.#next();
    });
  }

  setRawMode(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
