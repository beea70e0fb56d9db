/** Stores the screen arrangement per terminal size. It is easily restored, so an invalid file is treated as empty. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Arrangement, layoutNames } from '../terminal/layout.ts';
import { asNumber, asObject, type JsonObject, ownValue, parseJson } from '../wire/json.ts';
import { writeAtomic } from './atomic-file.ts';

const maxStoredSizes = 50;

const fileIn = (stateDir: string): string => join(stateDir, 'layouts.json');

const sizeKey = (cols: number, rows: number): string => `${cols}x${rows}`;

export function readArrangement(stateDir: string, cols: number, rows: number): Arrangement | undefined {
  const stored = asObject(ownValue(readAll(stateDir), sizeKey(cols, rows)));
  const layout = layoutNames.find((name) => name === stored.layout);
  if (layout === undefined) return undefined;
  return { layout, sideCols: asNumber(stored.sideCols), stripRows: asNumber(stored.stripRows) };
}

/** Keeps only the newest sizes. */
export function storeArrangement(stateDir: string, cols: number, rows: number, arrangement: Arrangement): void {
  const key = sizeKey(cols, rows);
  const others = Object.entries(readAll(stateDir)).filter(([name]) => name !== key);
  const kept = [...others, [key, arrangement] as const].slice(-maxStoredSizes);
  try {
    writeAtomic(fileIn(stateDir), `${JSON.stringify(Object.fromEntries(kept), null, 1)}\n`);
  } catch {
    // A failed write (full disk) must not disturb the screen.
  }
}

function readAll(stateDir: string): JsonObject {
  try {
    return asObject(parseJson(readFileSync(fileIn(stateDir), 'utf8')));
  } catch {
    return {};
  }
}
