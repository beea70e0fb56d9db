/** A line of the proxy's log as text for people. */

import { cleanText } from '../wire/clean-text.ts';
import { asNumber, asString, isObject, parseJson } from '../wire/json.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export interface LogFilter {
  /** The lowest level that is shown. */
  readonly level?: LogLevel | undefined;
  readonly session?: string | undefined;
  /** The id of a request, or its beginning. */
  readonly id?: string | undefined;
}

export interface LogLine {
  readonly level: LogLevel;
  /** The time of day and the level are a head of its own, so that they can be coloured. */
  readonly time: string;
  readonly text: string;
}

/** Numbers of pino's levels. */
const levelOfNumber = (number: number): LogLevel =>
  number >= 50 ? 'error' : number >= 40 ? 'warn' : number >= 30 ? 'info' : 'debug';

/** Members that have a place of their own, or say nothing to a reader. */
const hidden = new Set(['level', 'time', 'pid', 'msg', 'session', 'type', 'at', 'health', 'route']);
const maxText = 2_000;

/**
 * @param timeText formats an ISO time.
 * @returns `undefined` for a line that the filter hides. A line that is not of the log is shown as it is.
 */
export function logLine(line: string, filter: LogFilter, timeText: (iso: string) => string): LogLine | undefined {
  const json = parseJson(line);
  if (!isObject(json)) {
    const hasFilter = Object.values(filter).some((value) => value !== undefined);
    return hasFilter ? undefined : { level: 'info', time: '', text: cleanText(line, maxText) };
  }
  const level = levelOfNumber(asNumber(json.level) ?? 30);
  if (filter.level !== undefined && logLevels.indexOf(level) < logLevels.indexOf(filter.level)) return undefined;
  if (filter.session !== undefined && json.session !== filter.session) return undefined;
  if (filter.id !== undefined && asString(json.id)?.startsWith(filter.id) !== true) return undefined;
  const route = isObject(json.route)
    ? `${asString(json.route.upstream) ?? ''}/${asString(json.route.model) ?? ''}`
    : '';
  const members = Object.entries(json)
    .filter(([name, value]) => !hidden.has(name) && value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  const text = [asString(json.msg) ?? '', route, ...members].filter(Boolean).join('  ');
  return { level, time: timeText(asString(json.time) ?? ''), text: cleanText(text, maxText) };
}
