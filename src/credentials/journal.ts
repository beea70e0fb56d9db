/**
 * A note that a refresh is under way, beside the credential: whoever finds it without its writer knows that the answer
 * was lost, and with it perhaps the only good token. It holds no secret.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from '../storage/atomic-file.ts';
import { asNumber, asString, isObject, parseJson } from '../wire/json.ts';

export class RefreshJournal {
  readonly #path: string;

  constructor(folder: string, upstream: string) {
    this.#path = join(folder, `${upstream}.refreshing`);
  }

  begin(refreshToken: string, at: number): void {
    writeAtomic(
      this.#path,
      `${JSON.stringify({ version: 1, token: fingerprint(refreshToken), at, pid: process.pid })}\n`,
    );
  }

  /** Epoch milliseconds of an earlier refresh with this token whose answer never came to the file. */
  lostAt(refreshToken: string): number | undefined {
    try {
      const note = parseJson(readFileSync(this.#path, 'utf8'));
      return isObject(note) && asString(note.token) === fingerprint(refreshToken) ? asNumber(note.at) : undefined;
    } catch {
      return undefined;
    }
  }

  end(): void {
    rmSync(this.#path, { force: true });
  }
}

const fingerprint = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 16);
