/** Reads the lines of a growing file in chunks. At most one chunk and one line are in memory. */
import { fstatSync, read } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

const readBytes = promisify(read);

const chunkBytes = 1024 * 1024;
/** A longer line was not written by ccp. */
const maxLineBytes = 16 * chunkBytes;

/**
 * @param from byte offset of the beginning of a line.
 * @param includePartial whether text at the end without a line break counts as a line.
 * @returns the byte offset after the last line that was read; `from` when the file does not exist.
 * @throws Error of the file system when it exists and cannot be read.
 */
export async function eachLine(
  path: string,
  from: number,
  onLine: (line: string) => void,
  includePartial = false,
): Promise<number> {
  const file = await open(path, 'r').catch((thrown: unknown) => {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  });
  if (!file) return from;
  try {
    return await readLines(file.fd, from, onLine, includePartial);
  } finally {
    await file.close();
  }
}

/** Whether the error says that a file or folder does not exist. */
export const isMissing = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';

/** As `eachLine`, for the descriptor of an open file. */
export async function readLines(
  file: number,
  from: number,
  onLine: (line: string) => void,
  includePartial = false,
): Promise<number> {
  const bytes = fstatSync(file).size - from;
  if (bytes <= 0) return from;
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, bytes));
  let offset = from;
  let remainder = Buffer.alloc(0);
  for (;;) {
    const { bytesRead } = await readBytes(file, buffer, 0, buffer.length, offset + remainder.length);
    if (bytesRead === 0) break;
    const chunk = Buffer.concat([remainder, buffer.subarray(0, bytesRead)]);
    const end = chunk.lastIndexOf(0x0a) + 1;
    for (const line of end === 0 ? [] : chunk.toString('utf8', 0, end - 1).split('\n')) if (line !== '') onLine(line);
    offset += end;
    remainder = chunk.subarray(end);
    if (remainder.length > maxLineBytes) {
      onLine('');
      offset += remainder.length;
      remainder = Buffer.alloc(0);
    }
  }
  if (includePartial && remainder.length > 0) {
    onLine(remainder.toString('utf8'));
    offset += remainder.length;
  }
  return offset;
}
