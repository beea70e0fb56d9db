/** What tells one upstream that speaks Messages from another: data, never code. */
import type { CostKind } from '../../models/types.ts';
import type { FailureRow } from '../failures/errors.ts';

export interface PassthroughQuirks {
  /**
   * Anthropic itself: everything of the protocol is its own, thinking carries bare signatures, and tool arguments are
   * checked but not repaired.
   */
  readonly native: boolean;
  /** Which of Claude Code's own headers go on: all that are the API's business, the user agent, or none. */
  readonly clientHeaders: 'all' | 'user-agent' | 'none';
  /** Efforts it knows; `as-asked` leaves the wish. */
  readonly efforts: 'as-asked' | 'low-high-max' | 'high-max';
  readonly images: boolean;
  readonly files: boolean;
  /** It has `/v1/messages/count_tokens`. */
  readonly counts: boolean;
}

export interface PassthroughProfile {
  /** The upstream's name in routes, events and messages. */
  readonly upstream: string;
  readonly baseUrl: string;
  readonly costKind: CostKind;
  readonly auth: 'bearer' | 'x-api-key' | 'none';
  /** It may be asked without a credential. */
  readonly credentialOptional: boolean;
  /** Claude Code's own login may be passed on to it. */
  readonly clientLogin: boolean;
  readonly quirks: PassthroughQuirks;
  /** By the upstream's error code, above the common table. */
  readonly failures: Readonly<Record<string, FailureRow>>;
  /** What a user runs or sets to get a credential. */
  readonly credentialHint: string;
  /** What to start when nobody listens. */
  readonly startHint: string | undefined;
  /** What to do about a model that is not there; `{model}` is its id. */
  readonly modelHint: string | undefined;
}

/** A host nothing is known of but that it speaks Messages. */
export const plainPassthrough: PassthroughQuirks = {
  native: false,
  clientHeaders: 'none',
  efforts: 'as-asked',
  images: true,
  files: false,
  counts: false,
};
