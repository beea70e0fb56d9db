/** What tells one upstream that speaks Messages from another: data, never code. */

export interface MessagesProfile {
  /**
   * Anthropic itself: everything of the protocol is its own, thinking carries bare signatures, and tool arguments are
   * checked but not repaired.
   */
  readonly native: boolean;
  /** Efforts it knows; `as-asked` leaves what is asked for. */
  readonly efforts: 'as-requested' | 'low-high-max' | 'high-max';
  readonly images: boolean;
  readonly files: boolean;
  /** It has `/v1/messages/count_tokens`. */
  readonly counts: boolean;
}

/** A host of which only the dialect is known. */
export const plainMessages: MessagesProfile = {
  native: false,
  efforts: 'as-requested',
  images: true,
  files: false,
  counts: false,
};
