/** A virtual terminal for Ink: output is posted to the compositor, which also sends the keys. */
import { PassThrough, Writable } from 'node:stream';

export class VirtualOutput extends Writable {
  readonly isTTY = true;
  columns: number;
  /** One more than shown: Ink clears the screen before every frame that fills it. */
  rows: number;
  #pending = '';
  #isMuted = false;
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

  /** Discards further output: Ink draws once more when it unmounts. */
  mute(): void {
    this.#isMuted = true;
  }

  /** Ink writes a frame in several chunks, which are posted as one message. */
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    if (this.#pending === '')
      setImmediate(() => {
        if (!this.#isMuted) this.#post(this.#pending);
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

  /** Sends the keys one by one: Ink treats everything it reads at once as one key. */
  type(text: string): void {
    const isIdle = this.#keys.length === 0;
    this.#keys.push(...(text.match(oneKey) ?? []).filter((key) => !pasteMarks.includes(key)));
    if (isIdle) this.#sendNext();
  }

  #sendNext(): void {
    const key = this.#keys[0];
    if (key === undefined) return;
    this.write(key);
    setImmediate(() => {
      this.#keys.shift();
      this.#sendNext();
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
