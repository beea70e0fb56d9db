/** Opens a URL in the browser, and finds out whether that worked. */
import type { EventEmitter } from 'node:events';
import { asString, isObject } from '../wire/json.ts';

/** `xdg-open` fails within moments when no program can open the URL. */
const failsWithinMs = 1_000;

/** @param open starts the program that opens URLs. @returns false also for a request without a URL. */
export async function openUrl(
  request: unknown,
  open: (url: string) => Promise<Pick<EventEmitter, 'once'>>,
): Promise<boolean> {
  const url = isObject(request) ? asString(request.url) : undefined;
  if (url === undefined) return false;
  try {
    const program = await open(url);
    return await new Promise<boolean>((resolve) => {
      program.once('error', () => resolve(false));
      program.once('exit', (code) => resolve(code === 0));
      setTimeout(() => resolve(true), failsWithinMs);
    });
  } catch {
    return false;
  }
}
