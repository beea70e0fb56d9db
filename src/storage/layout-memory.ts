/** Stores the position of the border per terminal size. It is easily restored, so an invalid file is treated as empty. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Arrangement } from '../terminal/layout.ts';
import { asNumber, asObject, type JsonObject, ownValue, parseJson } from '../wire/json.ts';
import { writeAtomic } from './atomic-file.ts';

/** The position of the border in each layout. */
export type Border = Omit<Arrangement, 'layout'>;

const maxStoredSizes = 50;

const fileIn = (stateDir: string): string => join(stateDir, 'layouts.json');

const sizeKey = (cols: number, rows: number): string => `${cols}x${rows}`;

/** @returns an empty object if none is stored for this size. */
export function readBorder(stateDir: string, cols: number, rows: number): Border {
  const stored = asObject(ownValue(readAll(stateDir), sizeKey(cols, rows)));
  return { sideCols: asNumber(stored.sideCols), stripRows: asNumber(stored.stripRows) };
}

/** Keeps only the newest sizes. */
export function storeBorder(stateDir: string, cols: number, rows: number, { sideCols, stripRows }: Border): void {
  const key = sizeKey(cols, rows);
  const others = Object.entries(readAll(stateDir)).filter(([name]) => name !== key);
  const kept = [...others, [key, { sideCols, stripRows }] as const].slice(-maxStoredSizes);
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
