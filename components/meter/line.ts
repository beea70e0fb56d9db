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

export const shortened = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}…`;

/** Rows of a text, broken between words; what does not fit ends in an ellipsis. */
export function wrapped(text: string, width: number, rows: number): string[] {
  const lines: string[] = [];
  let left = text;
  while (lines.length < rows - 1 && left.length > width) {
    const space = left.lastIndexOf(' ', width);
    const end = space > width / 2 ? space : width;
    lines.push(left.slice(0, end));
    left = left.slice(end).trimStart();
  }
  return [...lines, shortened(left, width)];
}

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
