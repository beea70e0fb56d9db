/** US dollars per million tokens. A missing member means the price is not known. */
export interface PriceRow {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite?: number;
  readonly output: number;
  /** Above this many input tokens the whole request costs the `long` prices. */
  readonly longAbove?: number;
  readonly long?: {
    readonly input: number;
    readonly cacheRead: number;
    readonly cacheWrite?: number;
    readonly output: number;
  };
  readonly source: string;
  /** ISO date the price was read. */
  readonly date: string;
}

/** In rising order. */
export const efforts = ['none', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

export type Effort = (typeof efforts)[number];

export const isEffort = (value: unknown): value is Effort => efforts.some((effort) => effort === value);

export interface ModelRow {
  readonly upstream: string;
  readonly id: string;
  /** What the upstream is asked for, when it differs from the id. */
  readonly sendAs?: string;
  readonly contextWindow: number;
  readonly maxOutputTokens: number;
  /** In rising order. */
  readonly efforts: readonly Effort[];
  /** Nobody said the window; a usual one is assumed. */
  readonly windowAssumed?: boolean;
  /** Sees images; `undefined` where that is not known. */
  readonly vision?: boolean;
  /** Only `UPSTREAM/ID` means it: the bare id is another upstream's, or would change who pays. */
  readonly prefixed?: boolean;
  /** No longer in the upstream's own list, still accepted by some accounts. */
  readonly unlisted?: boolean;
  readonly price?: PriceRow;
}

/** How requests on an upstream are paid for; the four are never mixed in a sum. */
export type CostKind = 'metered' | 'plan' | 'local' | 'unknown';
