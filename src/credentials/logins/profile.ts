/**
 * The parts of a login that differ between upstreams: how it begins, when it is renewed, and what its server's errors
 * mean.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Transport } from '../../ports/transport.ts';
import type { OAuthDocument } from '../document.ts';
import type { Install } from '../install.ts';

export interface AuthContext {
  readonly http: Transport;
  /** Base URL of the login's auth server, without a trailing slash. */
  readonly authUrl: string;
  readonly clock: Clock;
  readonly install: Install;
  readonly version: string;
}

export type RefreshReason = 'proactive_expiry' | 'unauthorized_recovery';

export type RefreshOutcome =
  | { readonly state: 'fresh'; readonly document: OAuthDocument }
  /** The refresh token is used or revoked; the user must sign in again. */
  | { readonly state: 'ended'; readonly code: string; readonly lost?: true }
  /** The server rejected the refresh for now; the tokens remain valid. */
  | { readonly state: 'failed'; readonly reason: string }
  /** No response was received; the tokens may have been exchanged nevertheless. */
  | { readonly state: 'unanswered'; readonly reason: string };

/** User interaction during a sign-in. */
export interface LoginIo {
  /** Prints an instruction. */
  say(text: string): void;
  /** Shows an address and opens it in a browser, if there is one on this machine. */
  open(url: string): Promise<void>;
  /** Shows a wait indicator until `endsAt` (epoch milliseconds). @returns a function that removes it. */
  wait(what: string, endsAt: number): () => void;
  /** Resolves with the next line typed or pasted, once per line; rejects if there is no input. */
  line(): Promise<string>;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
}

export interface LoginProfile {
  readonly upstream: string;
  /** Display name. */
  readonly title: string;
  /** Epoch milliseconds from which on the token should be renewed. */
  dueAt(document: OAuthDocument): number;
  /** Epoch milliseconds before which the token must not be renewed. */
  notBefore(document: OAuthDocument): number;
  refresh(document: OAuthDocument, reason: RefreshReason, world: AuthContext): Promise<RefreshOutcome>;
  /** Best effort. @returns whether the server confirmed the revocation. */
  revoke(document: OAuthDocument, world: AuthContext): Promise<boolean>;
  /** Called at every logout: removes what this installation stores about the account. */
  readonly forget?: (world: AuthContext) => void;
  /** Whether `--consent` can request permission for plan usage again. */
  readonly hasConsent?: boolean;
  /** Signs in through a browser on this machine. */
  readonly browser?: (world: AuthContext, io: LoginIo, options: { consent: boolean }) => Promise<OAuthDocument>;
  /** Signs in with a code entered on any other device. */
  readonly device?: (world: AuthContext, io: LoginIo) => Promise<OAuthDocument>;
}
