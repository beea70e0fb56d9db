/** JSON lines in a file with mode 0600, redacted by key and by token format, rotated by size when opened. */
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';
import type { Log } from '../ports/log.ts';
import { redact } from './redact.ts';

const rotateAtBytes = 8 * 1024 * 1024;

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

export function fileLog(path: string, level: string): Log {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rotate(path);
  const destination = pino.destination({ dest: path, mode: 0o600, sync: true });
  // Write errors, such as a full disk, must not interrupt a stream.
  destination.on('error', () => {});
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretKeys.flatMap((key) => [quoted(key), `*${quoted(key)}`]), censor: '[redacted]' },
      serializers: { cause: describeCause },
      hooks: { streamWrite: redact },
    },
    destination,
  );
  const write = (level: keyof Log) => (fields: Record<string, unknown>, message: string) => {
    try {
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

function rotate(path: string): void {
  try {
    if (statSync(path).size > rotateAtBytes) renameSync(path, `${path}.1`);
  } catch {
    // The file does not exist yet.
  }
}

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
