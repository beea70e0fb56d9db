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

export class VirtualInput extends PassThrough {
  readonly isTTY = true;

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
