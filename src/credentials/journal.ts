/**
 * A record beside the credential that a refresh is in progress. If the process that wrote it has exited, the response
 * was lost, and possibly the only valid token with it. It contains no secret.
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

  /**
   * Epoch milliseconds of an earlier refresh with this token whose response was not stored; `undefined` without one.
   */
  lostAt(refreshToken: string): number | undefined {
    try {
      const record = parseJson(readFileSync(this.#path, 'utf8'));
      return isObject(record) && asString(record.token) === fingerprint(refreshToken) ? asNumber(record.at) : undefined;
    } catch {
      return undefined;
    }
  }

  end(): void {
    rmSync(this.#path, { force: true });
  }
}

const fingerprint = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 16);
