import { accessSync, constants, createReadStream, existsSync, statSync, watchFile } from 'node:fs';
import type { AppContext } from '../app/context.ts';
import { withPath } from '../errors/system-error.ts';
import { UserError } from '../errors/user-error.ts';
import { type LogLevel, logLevels, logLine } from '../session/log-line.ts';
import { isMissing } from '../storage/lines.ts';
import { wantsColor } from './screen-facts.ts';

const tailBytes = 64 * 1024;
const pollMs = 300;

/** @throws UserError when the log may exist and cannot be read. */
function assertReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (thrown) {
    if (isMissing(thrown)) return;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UserError(`The log cannot be read: ${reason}. Check who owns it.`);
  }
}

export interface LogOptions {
  readonly follow: boolean;
  readonly level: string | undefined;
  readonly session: string | undefined;
  readonly id: string | undefined;
  readonly json: boolean;
}

/** Prints the end of the log; with `follow`, continues until interrupted. */
export async function logs(options: LogOptions, context: AppContext): Promise<number> {
  const path = context.paths.proxyLog;
  assertReadable(path);
  if (!existsSync(path) && !options.follow) {
    process.stderr.write(`ccp: there is no log yet at ${path}.\n`);
    return 1;
  }
  const printer = new LogPrinter(options, process.stdout.isTTY === true && wantsColor(context.env));
  let position = Math.max(0, sizeOf(path) - tailBytes);
  // The first line of the tail may be a part of one.
  try {
    position = await printFrom(path, position, printer, position > 0);
  } catch (thrown) {
    throw withPath(thrown, path);
  }
  if (!options.follow) return 0;
  watchFile(path, { interval: pollMs }, async () => {
    // The log was rotated: read the new file from the start.
    if (sizeOf(path) < position) position = 0;
    position = await printFrom(path, position, printer, false);
  });
  return new Promise(() => {});
}

/** JSON escapes C0 characters, but not these, which terminals obey as well. */
const printable = (text: string): string => text.replace(/[\u007f-\u009f\u2028\u2029]/g, ' ');

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

async function printFrom(path: string, start: number, printer: LogPrinter, isPart: boolean): Promise<number> {
  if (sizeOf(path) <= start) return start;
  let end = start;
  let rest = '';
  let skips = isPart;
  for await (const chunk of createReadStream(path, { start, encoding: 'utf8' })) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of skips ? lines.slice(1) : lines) printer.print(line);
    if (lines.length > 0) skips = false;
    end += Buffer.byteLength(chunk);
  }
  // A line that is being written is read again.
  return end - Buffer.byteLength(rest);
}

const colors: Readonly<Record<LogLevel, string>> = { debug: '2', info: '36', warn: '33', error: '31' };

class LogPrinter {
  readonly #options: LogOptions;
  readonly #hasColor: boolean;

  constructor(options: LogOptions, hasColor: boolean) {
    this.#options = options;
    this.#hasColor = hasColor;
  }

  print(line: string): void {
    const { json, session, id } = this.#options;
    const shown = logLine(line, { level: levelNamed(this.#options.level), session, id }, timeOf);
    if (shown === undefined || line === '') return;
    if (json) process.stdout.write(`${printable(line)}\n`);
    else process.stdout.write(`${[shown.time, this.#colored(shown.level), shown.text].filter(Boolean).join(' ')}\n`);
  }

  #colored(level: LogLevel): string {
    const word = level.toUpperCase().padEnd(5);
    return this.#hasColor ? `\x1b[${colors[level]}m${word}\x1b[0m` : word;
  }
}

const levelNamed = (name: string | undefined): LogLevel | undefined => logLevels.find((level) => level === name);

/** The local time, with the day when it is not today. */
function timeOf(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  const time = date.toLocaleTimeString('en-GB');
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? time : `${date.toLocaleDateString('sv-SE')} ${time}`;
}
