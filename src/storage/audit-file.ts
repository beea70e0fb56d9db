/** The audit log on disk: JSONL with mode 0600, appended under a lock, because every line needs the one before. */
import {
  appendFileSync,
  chmodSync,
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { withPath } from '../errors/system-error.ts';
import {
  type AuditFacts,
  type AuditLine,
  type AuditOrigin,
  auditLine,
  noHash,
  readAuditLine,
  withoutDaysBefore,
} from '../ledger/audit.ts';
import type { Clock } from '../ports/clock.ts';
import type { Hash } from '../ports/randomness.ts';
import { cleanText } from '../wire/clean-text.ts';
import { writeAtomic } from './atomic-file.ts';
import { isMissing } from './lines.ts';
import { withLock } from './lock.ts';

const maxDetail = 500;
/** Longer than any line: its details are a few short texts. */
const tailBytes = 64 * 1024;

export class AuditFile {
  readonly #path: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #hash: Hash;

  constructor(path: string, clock: Pick<Clock, 'now'>, hash: Hash) {
    this.#path = path;
    this.#clock = clock;
    this.#hash = hash;
  }

  /** Every line; empty without a file. @throws Error of the file system when it cannot be read. */
  lines(): string[] {
    try {
      return readFileSync(this.#path, 'utf8').split('\n').filter(Boolean);
    } catch (thrown) {
      if (isMissing(thrown)) return [];
      throw withPath(thrown, this.#path);
    }
  }

  /**
   * Appends a line, before it the checkpoint of a new day. @returns the line.
   * @throws Error of the file system, or LockTimeoutError.
   */
  append(facts: AuditFacts, origin: AuditOrigin): Promise<AuditLine> {
    return withLock(this.#path, async () => {
      const last = this.#last();
      const time = new Date(this.#clock.now()).toISOString();
      const isNewDay = last?.time.slice(0, 10) !== time.slice(0, 10);
      const checkpoint = isNewDay ? this.#next(last, time, { type: 'checkpoint', details: {} }, origin) : undefined;
      const line = this.#next(checkpoint ?? last, time, cleaned(facts), origin);
      this.#write([...(checkpoint ? [checkpoint] : []), line]);
      return line;
    });
  }

  /** Removes whole days. The checkpoint of the first day that is kept names the last hash before it. */
  removeDaysBefore(firstDay: string): Promise<void> {
    return withLock(this.#path, async () => {
      const lines = this.lines();
      const kept = withoutDaysBefore(firstDay, lines);
      if (kept.length < lines.length) writeAtomic(this.#path, `${kept.join('\n')}\n`);
    });
  }

  /** The last line. What a crash or a full disk left of an unfinished one is removed, so that the chain goes on. */
  #last(): AuditLine | undefined {
    let file: number;
    try {
      file = openSync(this.#path, 'r+');
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw withPath(thrown, this.#path);
    }
    try {
      const { size } = fstatSync(file);
      const start = Math.max(0, size - tailBytes);
      const bytes = Buffer.alloc(size - start);
      readSync(file, bytes, 0, bytes.length, start);
      const end = bytes.lastIndexOf('\n') + 1;
      const unfinished = readAuditLine(bytes.subarray(end).toString());
      if (unfinished) writeSync(file, '\n', size);
      else if (end > 0 || start === 0) ftruncateSync(file, start + end);
      return unfinished ?? readAuditLine(bytes.subarray(0, end).toString().trimEnd().split('\n').at(-1) ?? '');
    } finally {
      closeSync(file);
    }
  }

  #next(previous: AuditLine | undefined, time: string, facts: AuditFacts, origin: AuditOrigin): AuditLine {
    const sequence = (previous?.sequence ?? 0) + 1;
    return auditLine({ sequence, time, ...facts, ...origin, previous: previous?.hash ?? noHash }, this.#hash);
  }

  #write(lines: readonly AuditLine[]): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    appendFileSync(this.#path, text, { mode: 0o600 });
    chmodSync(this.#path, 0o600);
  }
}

const cleaned = ({ type, details }: AuditFacts): AuditFacts => ({
  type,
  details: Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      typeof value === 'string' ? cleanText(value, maxDetail) : value,
    ]),
  ),
});
