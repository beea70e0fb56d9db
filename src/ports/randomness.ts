export interface Randomness {
  /** 0 ≤ n < 1, for jitter. */
  fraction(): number;
  /** Unguessable lower-case letters and digits. */
  id(length: number): string;
}

/** SHA-256 of UTF-8 text as lower-case hex. */
export type Hash = (text: string) => string;
