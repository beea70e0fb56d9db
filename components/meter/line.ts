/** One line of the side meter. */
export type Tone = 'accent' | 'good' | 'warn' | 'bad';

export interface MeterLine {
  readonly text: string;
  readonly tone?: Tone | undefined;
  readonly bold?: boolean;
  readonly dim?: boolean;
  /** 1 stays to the last where rows are few. */
  readonly rank: number;
}

export type Said = Omit<MeterLine, 'rank'>;

/** Between the facts of one line. */
export const separator = ' · ';

/** Of a share from 0 to 1. */
export const bar = (share: number, width: number): string => {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '░'.repeat(Math.max(0, width - filled));
};

/** `3d 4h`, `1h 20m`, `9m`. */
export function countdown(ms: number): string {
  const minutes = Math.max(0, Math.ceil(ms / 60_000));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days}d ${hours}h`;
  return hours > 0 ? `${hours}h ${minutes % 60}m` : `${minutes}m`;
}
