/** Removes variables from the environment that other processes of the user can read. */
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';

/**
 * On Linux, `/proc/<pid>/environ` shows the memory in which the environment was passed to this process, as it is now.
 * That memory is overwritten here: the variables vanish for this process and for all that read its file. Elsewhere they
 * are only removed for this process and its children.
 *
 * @param names names of the variables.
 * @returns whether other processes can no longer read them.
 */
export function eraseFromEnvironment(names: readonly string[]): boolean {
  const present = names.filter((name) => process.env[name] !== undefined);
  for (const name of present) delete process.env[name];
  if (present.length === 0) return true;
  if (process.platform !== 'linux') return false;
  try {
    return overwrite(new Set(present));
  } catch {
    // Not readable or not writable here, for example in a sandbox.
    return false;
  }
}

function overwrite(names: ReadonlySet<string>): boolean {
  const { start, length } = environmentRange();
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    const content = Buffer.alloc(length);
    // The range is where the kernel says only if both files show the same bytes.
    const isSame = readSync(memory, content, 0, length, start) === length;
    if (!isSame || !content.equals(readFileSync('/proc/self/environ'))) return false;
    for (const { offset, text } of entriesIn(content))
      if (names.has(text.split('=', 1)[0] ?? ''))
        writeSync(memory, Buffer.alloc(Buffer.byteLength(text, 'latin1')), 0, undefined, start + offset);
  } finally {
    closeSync(memory);
  }
  const left = readFileSync('/proc/self/environ');
  return entriesIn(left).every(({ text }) => !names.has(text.split('=', 1)[0] ?? ''));
}

/** Fields 50 and 51 of `/proc/self/stat`: where the environment begins and ends in memory. */
function environmentRange(): { start: number; length: number } {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  // The second field, the name, is in parentheses and may contain blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [start, end] = [Number(fields[47]), Number(fields[48])];
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start <= 0 || end <= start)
    throw new Error('the environment has no known address');
  return { start, length: end - start };
}

function entriesIn(content: Buffer): { offset: number; text: string }[] {
  let offset = 0;
  return content
    .toString('latin1')
    .split('\0')
    .map((text) => {
      const entry = { offset, text };
      offset += text.length + 1;
      return entry;
    });
}
