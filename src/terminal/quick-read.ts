/**
 * Reads a terminal's bytes as they come from the kernel. A stream's own way (buffer, state, ticks) takes a fifth of what a
 * keystroke may take, and a terminal needs none of it: nobody else reads it, and nothing is ever put back.
 */
import { Readable } from 'node:stream';

/** The stream must be one that is pushed to by its handle, as those of `tty` are. */
export function quickRead(stream: Readable, listener: (data: Buffer) => void): void {
  const end = Readable.prototype.push;
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (!Buffer.isBuffer(chunk)) return end.call(stream, chunk, encoding);
    listener(chunk);
    return true;
  };
  // Somebody must want the data for the handle to be read.
  stream.on('data', (data: Buffer | string) => listener(typeof data === 'string' ? Buffer.from(data) : data));
}
