/** US dollars per million tokens. An omitted rate has no known price. */
export interface PriceRow {
  readonly input: number;
  readonly cacheRead: number;
  /** Written to the cache for five minutes. */
  readonly cacheWrite?: number;
  /** Written to the cache for an hour. */
  readonly cacheWriteHour?: number;
  readonly output: number;
  /** Above this many input tokens, the `long` rates apply to the whole request. */
  readonly longAbove?: number;
  readonly long?: {
    readonly input: number;
    readonly cacheRead: number;
    readonly cacheWrite?: number;
    readonly cacheWriteHour?: number;
    readonly output: number;
  };
  readonly source: string;
  /** ISO date on which the price was read. */
  readonly date: string;
}

/** In rising order. */
export const efforts = ['none', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

export type Effort = (typeof efforts)[number];

export const isEffort = (value: unknown): value is Effort => efforts.some((effort) => effort === value);

export interface ModelRow {
  readonly upstream: string;
  readonly id: string;
  /** The model id sent to the upstream, when it differs from `id`. */
  readonly sendAs?: string;
  readonly contextWindow: number;
  readonly maxOutputTokens: number;
  /** In rising order. */
  readonly efforts: readonly Effort[];
  /** The window is not published; a typical value is assumed. */
  readonly windowAssumed?: boolean;
  /** Accepts images; `undefined` when not known. */
  readonly vision?: boolean;
  /** Only `UPSTREAM/ID` selects it: the bare id belongs to another upstream, or would change the cost kind. */
  readonly prefixed?: boolean;
  /** No longer in the upstream's own list, still accepted by some accounts. */
  readonly unlisted?: boolean;
  readonly price?: PriceRow;
}

/** How requests to an upstream are paid for. Costs of different kinds are never added. */
export type CostKind = 'metered' | 'plan' | 'local' | 'unknown';
