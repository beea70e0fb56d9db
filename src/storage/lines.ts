/** Lines of a file that grows, chunk by chunk: quick, and never more of it in memory than a chunk and a line. */
import { type FileHandle, open } from 'node:fs/promises';

const chunkBytes = 1024 * 1024;
/** A longer line is none of ours. */
const maxLineBytes = 16 * chunkBytes;

/**
 * @param from byte at which a line begins.
 * @param torn whether an end without a line break is a line, too.
 * @returns the byte behind the last line that was read; `from` when there is no such file.
 */
export async function eachLine(
  path: string,
  from: number,
  onLine: (line: string) => void,
  torn = false,
): Promise<number> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return from;
  try {
    return await readLines(file, from, onLine, torn);
  } finally {
    await file.close();
  }
}

async function readLines(
  file: FileHandle,
  from: number,
  onLine: (line: string) => void,
  torn: boolean,
): Promise<number> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let at = from;
  let rest = Buffer.alloc(0);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, at + rest.length);
    if (bytesRead === 0) break;
    const chunk = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    const end = chunk.lastIndexOf(0x0a) + 1;
    for (const line of end === 0 ? [] : chunk.toString('utf8', 0, end - 1).split('\n')) if (line !== '') onLine(line);
    at += end;
    rest = chunk.subarray(end);
    if (rest.length > maxLineBytes) {
      onLine('');
      at += rest.length;
      rest = Buffer.alloc(0);
    }
  }
  if (torn && rest.length > 0) {
    onLine(rest.toString('utf8'));
    at += rest.length;
  }
  return at;
}
