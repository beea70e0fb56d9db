/** One line of the side meter. */
export type Tone = 'accent' | 'good' | 'warn' | 'bad';

export interface MeterLine {
  readonly text: string;
  readonly tone?: Tone | undefined;
  readonly bold?: boolean;
  readonly dim?: boolean;
  /** If there are too few rows, lines with the highest rank are omitted first. */
  readonly rank: number;
}

/** A line whose rank is assigned by the caller. */
export type UnrankedLine = Omit<MeterLine, 'rank'>;

/** Separator between the facts of a line. */
export const separator = ' · ';

/** A bar for a share from 0 to 1. */
export const bar = (share: number, width: number): string => {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(Math.max(0, width - filled));
};

/** Milliseconds as `3d 4h`, `1h 20m` or `9m`, rounded up. */
export function countdown(ms: number): string {
  const minutes = Math.max(0, Math.ceil(ms / 60_000));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days}d ${hours}h`;
  return hours > 0 ? `${hours}h ${minutes % 60}m` : `${minutes}m`;
}
