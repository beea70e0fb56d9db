/**
 * Reads a terminal's bytes as its handle delivers them. The stream's own path (buffer, state, ticks) takes a fifth of
 * the latency budget of a keystroke. A terminal does not need it: there is no other reader and no `unshift`.
 */
import { readSync } from 'node:fs';
import { Readable } from 'node:stream';

/** Stops and continues the reading of a terminal: what is not read stays in the kernel, and the program waits. */
export interface ReadFlow {
  pause(): void;
  resume(): void;
}

/** @param stream a stream whose handle delivers data through `push`, such as those of `tty`. */
export function readFromHandle(stream: Readable, listener: (data: Buffer) => void): ReadFlow {
  const originalPush = Readable.prototype.push;
  let isPaused = false;
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (!Buffer.isBuffer(chunk)) return originalPush.call(stream, chunk, encoding);
    listener(chunk);
    // The handle stops reading when `push` returns false.
    return !isPaused;
  };
  // The handle is read only while there is a `data` listener.
  stream.on('data', (data: Buffer | string) => listener(typeof data === 'string' ? Buffer.from(data) : data));
  return {
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
      if (!stream.destroyed) stream._read(0);
    },
  };
}

/** A program that ignores its exit, such as one in the background, must not keep the loop busy. */
const maxRestBytes = 1024 * 1024;

/**
 * Delivers the bytes that are still in the kernel before the stream is destroyed. The PTY package destroys it 200 ms
 * after the exit of the program; on a busy machine the last lines have not been read by then.
 *
 * @param fd the stream's descriptor, in non-blocking mode.
 */
export function readRestOnDestroy(stream: Readable, fd: number, listener: (data: Buffer) => void): void {
  const destroy = stream.destroy.bind(stream);
  stream.destroy = (error?: Error) => {
    stream.destroy = destroy;
    readRest(fd, listener);
    return destroy(error);
  };
}

function readRest(fd: number, listener: (data: Buffer) => void): void {
  for (let total = 0; total < maxRestBytes; ) {
    const data = Buffer.allocUnsafe(65_536);
    let length: number;
    try {
      length = readSync(fd, data);
    } catch {
      // EIO: the other side is closed. EAGAIN: nothing is left.
      return;
    }
    if (length === 0) return;
    total += length;
    listener(data.subarray(0, length));
  }
}
