/**
 * Reads a terminal's bytes as its handle delivers them. The stream's own path (buffer, state, ticks) takes a fifth of
 * the latency budget of a keystroke. A terminal does not need it: there is no other reader and no `unshift`.
 */
import { Readable } from 'node:stream';

/** @param stream a stream whose handle delivers data through `push`, such as those of `tty`. */
export function readFromHandle(stream: Readable, listener: (data: Buffer) => void): void {
  const originalPush = Readable.prototype.push;
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (!Buffer.isBuffer(chunk)) return originalPush.call(stream, chunk, encoding);
    listener(chunk);
    return true;
  };
  // The handle is read only while there is a `data` listener.
  stream.on('data', (data: Buffer | string) => listener(typeof data === 'string' ? Buffer.from(data) : data));
}
