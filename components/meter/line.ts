/** A line of the meter: pieces of text, each with its colour by meaning. */
import { columnsOf, padRight, truncate } from '../../src/session/columns.ts';
import type { RouteClass } from '../../src/session/ui.ts';
import type { Tone } from '../theme.ts';

export interface Span {
  readonly text: string;
  readonly tone?: Tone | undefined;
  /** Colour of the background. */
  readonly back?: Tone | undefined;
  readonly bold?: boolean | undefined;
  readonly dim?: boolean | undefined;
}

/** What a click on a line opens, or the wheel over it moves. */
export type LineTarget =
  | { readonly type: 'switch'; readonly routeClass: RouteClass }
  | { readonly type: 'request'; readonly id: string }
  | { readonly type: 'requests' }
  | { readonly type: 'incidents' }
  | { readonly type: 'turns' };

export interface MeterLine {
  readonly spans: readonly Span[];
  /** If there are too few rows, lines with the highest rank are omitted first. */
  readonly rank: number;
  readonly target?: LineTarget | undefined;
  /** Lines of a block are omitted together. */
  readonly block?: string;
}

type Style = Omit<Span, 'text'>;

export const line = (text: string, rank: number, style: Style = {}, target?: LineTarget): MeterLine => ({
  spans: [{ text, ...style }],
  rank,
  target,
});

export const gap: MeterLine = { spans: [], rank: 9 };

export const textOf = ({ spans }: Pick<MeterLine, 'spans'>): string => spans.map(({ text }) => text).join('');

export const widthOf = (spans: readonly Span[]): number => spans.reduce((sum, { text }) => sum + columnsOf(text), 0);

/** Two texts at both ends of a line. The left one is shortened if they do not fit. */
export function ends(left: Span, right: Span, width: number): readonly Span[] {
  const room = width - columnsOf(right.text) - 1;
  if (room < 1) return [{ ...left, text: truncate(left.text, width) }];
  return [{ ...left, text: padRight(truncate(left.text, room), room) }, { text: ' ' }, right];
}

/** Separator between the facts of a line. */
export const separator = ' · ';

/** Milliseconds as `3d 4h`, `1h 20m` or `9m`, rounded up. */
export function countdown(ms: number): string {
  const minutes = Math.max(0, Math.ceil(ms / 60_000));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days}d ${hours}h`;
  return hours > 0 ? `${hours}h ${minutes % 60}m` : `${minutes}m`;
}

/** Local time as `14:05`. */
export const clock = (at: number): string => new Date(at).toLocaleTimeString('en-GB').slice(0, 5);

/** Local time, with the day of the week when it is not today: `Mon 14:05`. */
export function clockAfter(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return isToday ? clock(at) : `${new Date(at).toLocaleDateString('en-GB', { weekday: 'short' })} ${clock(at)}`;
}
