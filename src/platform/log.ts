/** JSON lines in a file with mode 0600, redacted by key and by token format, rotated by size. */
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';
import type { Log } from '../ports/log.ts';
import { redact } from './redact.ts';

const defaultRotateAtBytes = 8 * 1024 * 1024;
/** Characters written between two checks of the file's size. */
const checkEveryChars = 64 * 1024;

const secretKeys = [
  'authorization',
  'token',
  'secret',
  'apiKey',
  'accessToken',
  'refreshToken',
  'x-api-key',
  'x-goog-api-key',
  'cookie',
];

/**
 * @param session named in each line.
 * @param rotateAtBytes size from which a new file is begun. The one before is kept as `PATH.1`.
 */
export function fileLog(path: string, level: string, rotateAtBytes = defaultRotateAtBytes, session?: string): Log {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rotate(path, rotateAtBytes);
  const destination = pino.destination({ dest: path, mode: 0o600, sync: true });
  // Write errors, such as a full disk, must not interrupt a stream.
  destination.on('error', () => {});
  let unchecked = 0;
  const logger = pino(
    {
      level,
      base: { pid: process.pid, ...(session === undefined ? {} : { session }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretKeys.flatMap((key) => [quoted(key), `*${quoted(key)}`]), censor: '[redacted]' },
      serializers: { cause: describeCause },
      hooks: {
        streamWrite: (line) => {
          unchecked += line.length;
          return redact(line);
        },
      },
    },
    destination,
  );
  const write = (level: keyof Log) => (fields: Record<string, unknown>, message: string) => {
    try {
      if (unchecked > Math.min(checkEveryChars, rotateAtBytes)) {
        unchecked = 0;
        rotate(path, rotateAtBytes);
        // Also after another process has rotated the file.
        destination.reopen();
      }
      logger[level](fields, message);
    } catch {
      // There is nowhere else to report a failed log write.
    }
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

const quoted = (key: string): string => `["${key}"]`;

function describeCause(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  return { name: cause.name, message: cause.message, stack: cause.stack?.split('\n').slice(1, 6) };
}

function rotate(path: string, rotateAtBytes: number): void {
  try {
    if (statSync(path).size > rotateAtBytes) renameSync(path, `${path}.1`);
  } catch {
    // The file does not exist yet.
  }
}

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
