import { accessSync, constants, createReadStream, existsSync, statSync, watchFile } from 'node:fs';
import type { AppContext } from '../app/context.ts';
import { UserError } from '../errors/user-error.ts';
import { isMissing } from '../storage/lines.ts';

const tailBytes = 64 * 1024;
const pollMs = 300;

/** @throws UserError when the log may exist and cannot be read. */
function assertReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (thrown) {
    if (isMissing(thrown)) return;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UserError(`The log cannot be read: ${reason}. Check who owns it.`);
  }
}

/** Prints the end of the log; with `follow`, continues until interrupted. */
export async function logs(follow: boolean, context: AppContext): Promise<number> {
  const path = context.paths.proxyLog;
  assertReadable(path);
  if (!existsSync(path) && !follow) {
    process.stderr.write(`ccp: there is no log yet at ${path}.\n`);
    return 1;
  }
  let position = Math.max(0, sizeOf(path) - tailBytes);
  position = await printFrom(path, position);
  if (!follow) return 0;
  watchFile(path, { interval: pollMs }, async () => {
    // The log was rotated: read the new file from the start.
    if (sizeOf(path) < position) position = 0;
    position = await printFrom(path, position);
  });
  return new Promise(() => {});
}

/** JSON escapes C0 characters, but not these, which terminals obey as well. */
const printable = (text: string): string => text.replace(/[\u007f-\u009f\u2028\u2029]/g, ' ');

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

async function printFrom(path: string, start: number): Promise<number> {
  if (sizeOf(path) <= start) return start;
  let end = start;
  for await (const chunk of createReadStream(path, { start })) {
    end += chunk.length;
    process.stdout.write(printable(chunk.toString('utf8')));
  }
  return end;
}
