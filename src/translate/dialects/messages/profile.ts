/** Differences between the upstreams that speak Messages, as data. */

export interface MessagesProfile {
  /**
   * The upstream is Anthropic: it supports the whole protocol, thinking carries its original signatures, and tool
   * arguments are checked but not repaired.
   */
  readonly native: boolean;
  /** Efforts the host supports; `as-requested` sends the requested effort. */
  readonly efforts: 'as-requested' | 'low-high-max' | 'high-max';
  readonly images: boolean;
  readonly files: boolean;
  /** The host has `/v1/messages/count_tokens`. */
  readonly counts: boolean;
}

/** The profile of a host of which only the dialect is known. */
export const plainMessages: MessagesProfile = {
  native: false,
  efforts: 'as-requested',
  images: true,
  files: false,
  counts: false,
};
