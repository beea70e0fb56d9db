/** Reads files that other people wrote, such as those of a repository: a device or a FIFO would block or never end. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

const maxBytes = 1024 * 1024;

/** @returns the text; `undefined` if there is no regular file, if it is larger than 1 MiB, or if it cannot be read. */
export function readSmallFile(path: string): string | undefined {
  let file: number | undefined;
  try {
    // Without O_NONBLOCK, opening a FIFO waits for a writer.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = fstatSync(file);
    return found.isFile() && found.size <= maxBytes ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
