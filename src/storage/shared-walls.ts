/**
 * Limits of plans, for all sessions on this machine: one small file each, which a session reads before a turn that has a
 * fallback. A file that cannot be read or written is no limit: then the plan is asked once more.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Hash } from '../ports/randomness.ts';
import type { SharedWalls } from '../ports/walls.ts';
import { asNumber, asObject, parseJson } from '../wire/json.ts';
import { writeAtomic } from './atomic-file.ts';

/** @param hash of the model's name, which is foreign text, and of what else distinguishes logins. */
export function sharedWalls(folder: string, hash: Hash): SharedWalls {
  const fileOf = (model: string): string => join(folder, `${hash(model).slice(0, 32)}.json`);
  const ignoringErrors = <Result>(call: () => Result): Result | undefined => {
    try {
      return call();
    } catch {
      return undefined;
    }
  };
  return {
    get: (model) =>
      ignoringErrors(() => {
        const stored = asObject(parseJson(readFileSync(fileOf(model), 'utf8')));
        const [until, since] = [asNumber(stored.until), asNumber(stored.since)];
        return stored.model === model && until !== undefined ? { until, since: since ?? 0 } : undefined;
      }),
    set: (model, wall) => {
      ignoringErrors(() => writeAtomic(fileOf(model), `${JSON.stringify({ model, ...wall })}\n`));
    },
    clear: (model) => {
      ignoringErrors(() => rmSync(fileOf(model), { force: true }));
    },
  };
}
