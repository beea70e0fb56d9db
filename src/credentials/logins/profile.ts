/** What tells one login from another: how it begins, when it is renewed, what its server's refusals mean. */
import type { Clock } from '../../ports/clock.ts';
import type { Transport } from '../../ports/transport.ts';
import type { OAuthDocument } from '../document.ts';
import type { Install } from '../install.ts';

export interface AuthWorld {
  readonly http: Transport;
  /** Of this login's auth server, without a slash at the end. */
  readonly authUrl: string;
  readonly clock: Clock;
  readonly install: Install;
  readonly version: string;
}

export type RefreshReason = 'proactive_expiry' | 'unauthorized_recovery';

export type RefreshOutcome =
  | { readonly state: 'fresh'; readonly document: OAuthDocument }
  /** The refresh token is spent or revoked: only signing in again helps. */
  | { readonly state: 'ended'; readonly code: string; readonly lost?: true }
  /** The server refused for now: the tokens stand. */
  | { readonly state: 'failed'; readonly reason: string }
  /** Nothing was answered: the tokens may have been exchanged all the same. */
  | { readonly state: 'unanswered'; readonly reason: string };

/** How a login speaks to the person. */
export interface LoginIo {
  /** What to do now. */
  say(text: string): void;
  /** The address to open, in a browser if there is one here. */
  open(url: string): Promise<void>;
  /** Shows that it waits, until `endsAt` (epoch milliseconds). @returns ends the showing. */
  wait(what: string, endsAt: number): () => void;
  /** The next line that was typed or pasted; rejects when nothing can be typed. Never resolves twice for one line. */
  line(): Promise<string>;
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal;
}

export interface LoginProfile {
  readonly upstream: string;
  /** In the user's words. */
  readonly title: string;
  /** Epoch milliseconds from which on the token should be renewed. */
  dueAt(document: OAuthDocument): number;
  /** Epoch milliseconds before which it must not be. */
  notBefore(document: OAuthDocument): number;
  refresh(document: OAuthDocument, reason: RefreshReason, world: AuthWorld): Promise<RefreshOutcome>;
  /** Best effort. @returns whether the server agreed. */
  revoke(document: OAuthDocument, world: AuthWorld): Promise<boolean>;
  /** At logout, whatever was stored: what this installation keeps of the account. */
  readonly forget?: (world: AuthWorld) => void;
  /** `--consent` asks again for the use of the plan. */
  readonly hasConsent?: boolean;
  /** Through a browser on this machine. */
  readonly browser?: (world: AuthWorld, io: LoginIo, options: { consent: boolean }) => Promise<OAuthDocument>;
  /** With a code typed in on any other device. */
  readonly device?: (world: AuthWorld, io: LoginIo) => Promise<OAuthDocument>;
}
