/** Removes old lines of a log in place: programs that have it open go on writing to it. */
import { appendFileSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { asString, isObject, parseJson } from '../wire/json.ts';
import { isMissing } from './lines.ts';

/** @param cutoff ISO time: lines with an older `time`, and an older rotated file, are removed. @throws Error of the file system. */
export function removeOldLogLines(path: string, cutoff: string): void {
  try {
    if (statSync(`${path}.1`).mtimeMs < Date.parse(cutoff)) rmSync(`${path}.1`, { force: true });
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if (isMissing(thrown)) return;
    throw thrown;
  }
  const lines = text.split('\n');
  const first = lines.findIndex((line) => {
    const json = parseJson(line);
    const time = isObject(json) ? asString(json.time) : undefined;
    return time !== undefined && time >= cutoff;
  });
  if (first === 0 || text === '') return;
  truncateSync(path, 0);
  if (first > 0) appendFileSync(path, lines.slice(first).join('\n'));
}
