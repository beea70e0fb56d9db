/**
 * Keeps a login's tokens good. Refresh tokens rotate and a spent one ends the login, so: one refresh at a time in the
 * process and across processes, the file read again inside the lock, and written before its token is used.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { OAuthDocument } from './document.ts';
import { RefreshJournal } from './journal.ts';
import { loginExpired } from './login-expired.ts';
import type { AuthWorld, LoginProfile, RefreshOutcome, RefreshReason } from './logins/profile.ts';
import type { CredentialStore } from './store.ts';

export interface RefresherOptions {
  readonly store: CredentialStore;
  readonly folder: string;
  readonly worldOf: (profile: LoginProfile) => AuthWorld;
  /** Keeps the process alive, whatever it is told, until the answer is written down. */
  readonly shield: <T>(work: Promise<T>) => Promise<T>;
  /** What a person may want to know; it never holds a token. */
  readonly onNews: (upstream: string, message: string) => void;
}

/** Left that much, a token is used while its successor is fetched. */
const minLifetimeMs = 60_000;
/** After a failure that may pass, the server is left alone. */
const holdMs = 5_000;
/** A token younger than this that is refused would be refused again. */
const recentRefreshMs = 60_000;

export class Refresher {
  readonly #options: RefresherOptions;
  readonly #flights = new Map<string, Promise<OAuthDocument>>();
  readonly #held = new Map<string, { readonly until: number; readonly error: CcpError }>();
  /** What could not be written: its successor of that refresh token. */
  readonly #unsaved = new Map<string, { readonly after: string; readonly document: OAuthDocument }>();

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  /**
   * The tokens to use now.
   * @param early renews before the end too, in the background.
   * @throws CcpError `credential_rejected` when the login has ended, `auth_unavailable` when it cannot be renewed now.
   */
  async current(profile: LoginProfile, stored: OAuthDocument, early: boolean): Promise<OAuthDocument> {
    const document = await this.#newest(profile, stored);
    const now = this.#now(profile);
    const left = (document.expiresAt ?? Number.POSITIVE_INFINITY) - now;
    if (document.refreshToken === undefined) {
      if (left <= 0 || (document.ended && document.expiresAt === undefined))
        throw loginExpired(profile.upstream, document);
      return document;
    }
    // Whatever its numbers say: a server that has just been asked is not asked again.
    if (isFresh(document, now)) return document;
    const due = early && now >= profile.dueAt(document) && now >= profile.notBefore(document);
    if (left > minLifetimeMs) {
      // A failure is told when it matters: when the token is over.
      if (due) this.#fly(profile, document, 'proactive_expiry').catch(() => {});
      return document;
    }
    if (left > 0 && !due) return document;
    if (now < profile.notBefore(document))
      throw new CcpError(
        'auth_unavailable',
        `The login for ${profile.upstream} has expired, and its server cannot renew it right now. Try again in a minute.`,
      );
    try {
      return await this.#fly(profile, document, 'proactive_expiry');
    } catch (thrown) {
      if (left > 0 && thrown instanceof CcpError && thrown.code === 'auth_unavailable') return document;
      throw thrown;
    }
  }

  /** Another token for one that the upstream refused; `undefined` when asking would change nothing. */
  async renewed(profile: LoginProfile, stored: OAuthDocument, rejected: string): Promise<OAuthDocument | undefined> {
    const document = await this.#newest(profile, stored);
    if (document.accessToken !== rejected) return document;
    const now = this.#now(profile);
    if (document.refreshToken === undefined) throw loginExpired(profile.upstream, document);
    if (isFresh(document, now)) return undefined;
    if (now < profile.notBefore(document)) return undefined;
    return this.#fly(profile, document, 'unauthorized_recovery');
  }

  /** Resolves when no refresh is under way: a process that leaves before would lose its answer. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#flights.values());
    for (const upstream of this.#unsaved.keys()) await this.#saveLate(upstream).catch(() => {});
  }

  #fly(profile: LoginProfile, known: OAuthDocument, reason: RefreshReason): Promise<OAuthDocument> {
    const { upstream } = profile;
    const held = this.#held.get(upstream);
    if (held && this.#options.worldOf(profile).clock.elapsed() < held.until) return Promise.reject(held.error);
    const running = this.#flights.get(upstream);
    if (running) return running;
    const { store, shield } = this.#options;
    const flight = shield(store.exclusively(upstream, () => this.#refresh(profile, known, reason)))
      .catch((thrown: unknown) => {
        throw this.#hold(profile, thrown);
      })
      .finally(() => this.#flights.delete(upstream));
    this.#flights.set(upstream, flight);
    return flight;
  }

  async #refresh(profile: LoginProfile, known: OAuthDocument, reason: RefreshReason): Promise<OAuthDocument> {
    const { upstream } = profile;
    const { store, folder, worldOf, onNews } = this.#options;
    const stored = (await store.load(upstream))?.document;
    if (stored?.type !== 'oauth') throw signedOut(upstream);
    const document = await this.#newest(profile, stored);
    // Another process was quicker, with a refresh or with a new login.
    if (document.accessToken !== known.accessToken) return document;
    if (document.refreshToken === undefined) throw loginExpired(upstream, document);
    const world = worldOf(profile);
    // Where it will be written is known to work before the old token is spent.
    await store.prepare(upstream);
    const journal = new RefreshJournal(folder, upstream);
    const lostAt = journal.lostAt(document.refreshToken);
    journal.begin(document.refreshToken, world.clock.now());
    const outcome = await profile.refresh(document, reason, world);
    if (outcome.state === 'fresh') return this.#keep(profile, document.refreshToken, outcome.document, journal);
    if (outcome.state === 'ended')
      return this.#ended(
        profile,
        document,
        lostAt === undefined ? outcome : { ...outcome, lost: true },
        world.clock.now(),
        journal,
      );
    // An earlier answer that was lost stays noted.
    if (outcome.state === 'failed' && lostAt === undefined) journal.end();
    onNews(upstream, `The login for ${upstream} could not be renewed now (${outcome.reason}); it is kept.`);
    throw new CcpError(
      'auth_unavailable',
      `The login for ${upstream} could not be renewed: ${outcome.reason} It is kept; try again.`,
    );
  }

  async #keep(
    { upstream }: LoginProfile,
    after: string,
    document: OAuthDocument,
    journal: RefreshJournal,
  ): Promise<OAuthDocument> {
    const { store, onNews } = this.#options;
    try {
      // A machine that slept may have lost the lock, and somebody may have signed in anew.
      const now = (await store.load(upstream))?.document;
      if (now?.type !== 'oauth') throw signedOut(upstream);
      if (now.refreshToken !== after) return now;
      await store.save(upstream, document);
      this.#unsaved.delete(upstream);
      journal.end();
      onNews(upstream, `The login for ${upstream} was renewed.`);
    } catch (thrown) {
      if (thrown instanceof CcpError && thrown.code === 'no_credential') throw thrown;
      // The old token is spent: the new one lives in this process until it can be written.
      this.#unsaved.set(upstream, { after, document });
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      onNews(
        upstream,
        `The renewed login for ${upstream} could not be written (${reason}). This session goes on with it; if it ends before it can be written, sign in again: ccp auth login ${upstream}.`,
      );
    }
    return document;
  }

  async #ended(
    { upstream }: LoginProfile,
    document: OAuthDocument,
    { code, lost }: Extract<RefreshOutcome, { state: 'ended' }>,
    at: number,
    journal: RefreshJournal,
  ): Promise<OAuthDocument> {
    const { store, onNews } = this.#options;
    // A process that knows no lock may have rotated it.
    const again = (await store.load(upstream))?.document;
    if (again?.type !== 'oauth') throw signedOut(upstream);
    if (again.refreshToken !== undefined && again.refreshToken !== document.refreshToken) return again;
    const { refreshToken: _spent, ...rest } = document;
    const tombstone = { ...rest, ended: { code, at, ...(lost ? { lost } : {}) } };
    await store.save(upstream, tombstone);
    journal.end();
    const error = loginExpired(upstream, tombstone);
    onNews(upstream, error.message);
    throw error;
  }

  /** The file's, or what this process could not write yet. */
  async #newest({ upstream }: LoginProfile, stored: OAuthDocument): Promise<OAuthDocument> {
    const unsaved = this.#unsaved.get(upstream);
    if (unsaved === undefined) return stored;
    if (stored.refreshToken !== unsaved.after) {
      this.#unsaved.delete(upstream);
      return stored;
    }
    if (!this.#flights.has(upstream)) await this.#saveLate(upstream).catch(() => {});
    return unsaved.document;
  }

  /** Under the lock, and only where the token it follows still stands. */
  async #saveLate(upstream: string): Promise<void> {
    const { store, folder } = this.#options;
    await store.exclusively(upstream, async () => {
      const unsaved = this.#unsaved.get(upstream);
      const now = (await store.load(upstream))?.document;
      if (unsaved && now?.type === 'oauth' && now.refreshToken === unsaved.after) {
        await store.save(upstream, unsaved.document);
        new RefreshJournal(folder, upstream).end();
      }
      this.#unsaved.delete(upstream);
    });
  }

  #hold(profile: LoginProfile, thrown: unknown): CcpError {
    const error =
      thrown instanceof CcpError
        ? thrown
        : new CcpError(
            'auth_unavailable',
            `The login for ${profile.upstream} could not be renewed: ${reasonOf(thrown)}.`,
            {
              cause: thrown,
            },
          );
    if (error.code === 'auth_unavailable')
      this.#held.set(profile.upstream, {
        until: this.#options.worldOf(profile).clock.elapsed() + holdMs,
        error,
      });
    return error;
  }

  #now(profile: LoginProfile): number {
    return this.#options.worldOf(profile).clock.now();
  }
}

const signedOut = (upstream: string): CcpError =>
  new CcpError(
    'no_credential',
    `The login for ${upstream} was removed by another process. Run \`ccp auth login ${upstream}\`.`,
  );

const isFresh = ({ refreshedAt }: OAuthDocument, now: number): boolean =>
  refreshedAt !== undefined && now - refreshedAt < recentRefreshMs && now >= refreshedAt;

const reasonOf = (thrown: unknown): string => {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ELOCKED')
    return 'another process has been renewing it for a minute';
  return thrown instanceof Error ? thrown.message : String(thrown);
};
