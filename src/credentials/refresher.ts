/**
 * Keeps a login's tokens valid. Refresh tokens rotate, and reusing one ends the login. Therefore only one refresh runs
 * at a time, in this process and across processes. The file is read again inside the lock, and written before the new
 * token is used.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { OAuthDocument } from './document.ts';
import { RefreshJournal } from './journal.ts';
import { loginExpired } from './login-expired.ts';
import type { AuthContext, LoginProfile, RefreshOutcome, RefreshReason } from './logins/profile.ts';
import type { CredentialStore } from './store.ts';

export interface RefresherOptions {
  readonly store: CredentialStore;
  readonly folder: string;
  readonly worldOf: (profile: LoginProfile) => AuthContext;
  /** Keeps the process alive, even on a signal to stop, until the response is stored. */
  readonly shield: <T>(work: Promise<T>) => Promise<T>;
  /** Called with a message for the user; it never contains a token. */
  readonly onNews: (upstream: string, message: string) => void;
}

/** A token valid for longer than this is used while a new one is fetched. */
const minLifetimeMs = 60_000;
/** For this time after a temporary failure the server is not asked again. */
const failureCacheMs = 5_000;
/** A token refreshed less than this time ago is not refreshed again: the new one would be rejected as well. */
const recentRefreshMs = 60_000;

export class Refresher {
  readonly #options: RefresherOptions;
  readonly #refreshes = new Map<string, Promise<OAuthDocument>>();
  readonly #failures = new Map<string, { readonly until: number; readonly error: CcpError }>();
  /** Documents that could not be stored, by upstream; `after` is the refresh token each one replaces. */
  readonly #unsaved = new Map<string, { readonly after: string; readonly document: OAuthDocument }>();

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  /**
   * The tokens to use now.
   * @param early also renews before the token expires, in the background.
   * @throws CcpError `credential_rejected` if the login has ended, `auth_unavailable` if it cannot be renewed now.
   */
  async current(profile: LoginProfile, stored: OAuthDocument, early: boolean): Promise<OAuthDocument> {
    const document = await this.#newestDocument(profile, stored);
    const now = this.#now(profile);
    const remainingMs = (document.expiresAt ?? Number.POSITIVE_INFINITY) - now;
    if (document.refreshToken === undefined) {
      if (remainingMs <= 0 || (document.ended && document.expiresAt === undefined))
        throw loginExpired(profile.upstream, document);
      return document;
    }
    // A token that was just refreshed is used whatever its expiry time, so that the server is not asked again.
    if (isFresh(document, now)) return document;
    const isDue = early && now >= profile.dueAt(document) && now >= profile.notBefore(document);
    if (remainingMs > minLifetimeMs) {
      // A failure is ignored here; it is reported once the token has expired.
      if (isDue) this.#startRefresh(profile, document, 'proactive_expiry').catch(() => {});
      return document;
    }
    if (remainingMs > 0 && !isDue) return document;
    if (now < profile.notBefore(document))
      throw new CcpError(
        'auth_unavailable',
        `The login for ${profile.upstream} has expired, and its server cannot renew it right now. Try again in a minute.`,
      );
    try {
      return await this.#startRefresh(profile, document, 'proactive_expiry');
    } catch (thrown) {
      if (remainingMs > 0 && thrown instanceof CcpError && thrown.code === 'auth_unavailable') return document;
      throw thrown;
    }
  }

  /** Another token for one that the upstream rejected; `undefined` if a refresh would not help. */
  async renewed(profile: LoginProfile, stored: OAuthDocument, rejected: string): Promise<OAuthDocument | undefined> {
    const document = await this.#newestDocument(profile, stored);
    if (document.accessToken !== rejected) return document;
    const now = this.#now(profile);
    if (document.refreshToken === undefined) throw loginExpired(profile.upstream, document);
    if (isFresh(document, now)) return undefined;
    if (now < profile.notBefore(document)) return undefined;
    return this.#startRefresh(profile, document, 'unauthorized_recovery');
  }

  /** Resolves when no refresh is in progress. A process that exits before would lose the response. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#refreshes.values());
    for (const upstream of this.#unsaved.keys()) await this.#saveUnsaved(upstream).catch(() => {});
  }

  #startRefresh(profile: LoginProfile, initial: OAuthDocument, reason: RefreshReason): Promise<OAuthDocument> {
    const { upstream } = profile;
    const failure = this.#failures.get(upstream);
    if (failure && this.#options.worldOf(profile).clock.elapsed() < failure.until) return Promise.reject(failure.error);
    const running = this.#refreshes.get(upstream);
    if (running) return running;
    const { store, shield } = this.#options;
    const refresh = shield(store.exclusively(upstream, () => this.#refresh(profile, initial, reason)))
      .catch((thrown: unknown) => {
        throw this.#recordFailure(profile, thrown);
      })
      .finally(() => this.#refreshes.delete(upstream));
    this.#refreshes.set(upstream, refresh);
    return refresh;
  }

  async #refresh(profile: LoginProfile, initial: OAuthDocument, reason: RefreshReason): Promise<OAuthDocument> {
    const { upstream } = profile;
    const { store, folder, worldOf, onNews } = this.#options;
    const stored = (await store.load(upstream))?.document;
    if (stored?.type !== 'oauth') throw signedOutError(upstream);
    const document = await this.#newestDocument(profile, stored);
    // Another process has refreshed the token or signed in again.
    if (document.accessToken !== initial.accessToken) return document;
    if (document.refreshToken === undefined) throw loginExpired(upstream, document);
    const world = worldOf(profile);
    // The storage is checked before the old token is used.
    await store.prepare(upstream);
    const journal = new RefreshJournal(folder, upstream);
    const lostAt = journal.lostAt(document.refreshToken);
    journal.begin(document.refreshToken, world.clock.now());
    const outcome = await profile.refresh(document, reason, world);
    if (outcome.state === 'fresh') return this.#saveRenewed(profile, document.refreshToken, outcome.document, journal);
    if (outcome.state === 'ended')
      return this.#endLogin(
        profile,
        document,
        lostAt === undefined ? outcome : { ...outcome, lost: true },
        world.clock.now(),
        journal,
      );
    // The record of an earlier lost response is kept.
    if (outcome.state === 'failed' && lostAt === undefined) journal.end();
    onNews(upstream, `The login for ${upstream} could not be renewed now (${outcome.reason}); it is kept.`);
    throw new CcpError(
      'auth_unavailable',
      `The login for ${upstream} could not be renewed: ${outcome.reason} It is kept; try again.`,
    );
  }

  async #saveRenewed(
    { upstream }: LoginProfile,
    after: string,
    document: OAuthDocument,
    journal: RefreshJournal,
  ): Promise<OAuthDocument> {
    const { store, onNews } = this.#options;
    const storedToken = this.#storedToken(upstream, after);
    try {
      // While the machine slept, the lock may have expired and the user may have signed in again.
      const current = (await store.load(upstream))?.document;
      if (current?.type !== 'oauth') throw signedOutError(upstream);
      if (current.refreshToken !== storedToken) return current;
      await store.save(upstream, document);
      this.#unsaved.delete(upstream);
      journal.end();
      onNews(upstream, `The login for ${upstream} was renewed.`);
    } catch (thrown) {
      if (thrown instanceof CcpError && thrown.code === 'no_credential') throw thrown;
      // The old token is used, so the new one is kept in memory until it can be stored.
      this.#unsaved.set(upstream, { after: storedToken, document });
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      onNews(
        upstream,
        `The renewed login for ${upstream} could not be written (${reason}). This session keeps using it; if it ends before it can be written, sign in again: ccp auth login ${upstream}.`,
      );
    }
    return document;
  }

  /** The refresh token that the file contains while `refreshToken` is in use: an older one if that could not be stored. */
  #storedToken(upstream: string, refreshToken: string): string {
    const unsaved = this.#unsaved.get(upstream);
    return unsaved?.document.refreshToken === refreshToken ? unsaved.after : refreshToken;
  }

  async #endLogin(
    { upstream }: LoginProfile,
    document: OAuthDocument,
    { code, lost }: Extract<RefreshOutcome, { state: 'ended' }>,
    at: number,
    journal: RefreshJournal,
  ): Promise<OAuthDocument> {
    const { store, onNews } = this.#options;
    // A process that does not use the lock may have rotated it.
    const current = (await store.load(upstream))?.document;
    if (current?.type !== 'oauth') throw signedOutError(upstream);
    const storedToken = document.refreshToken && this.#storedToken(upstream, document.refreshToken);
    if (current.refreshToken !== undefined && current.refreshToken !== storedToken) return current;
    const { refreshToken: _spent, ...rest } = document;
    const tombstone = { ...rest, ended: { code, at, ...(lost ? { lost } : {}) } };
    await store.save(upstream, tombstone);
    this.#unsaved.delete(upstream);
    journal.end();
    const error = loginExpired(upstream, tombstone);
    onNews(upstream, error.message);
    throw error;
  }

  /** The stored document, or the one this process has not been able to store. */
  async #newestDocument({ upstream }: LoginProfile, stored: OAuthDocument): Promise<OAuthDocument> {
    const unsaved = this.#unsaved.get(upstream);
    if (unsaved === undefined) return stored;
    if (stored.refreshToken !== unsaved.after) {
      this.#unsaved.delete(upstream);
      return stored;
    }
    if (!this.#refreshes.has(upstream)) await this.#saveUnsaved(upstream).catch(() => {});
    return unsaved.document;
  }

  /** Stores the document under the lock, if the token it replaces is still in the file. */
  async #saveUnsaved(upstream: string): Promise<void> {
    const { store, folder } = this.#options;
    await store.exclusively(upstream, async () => {
      const unsaved = this.#unsaved.get(upstream);
      const current = (await store.load(upstream))?.document;
      if (unsaved && current?.type === 'oauth' && current.refreshToken === unsaved.after) {
        await store.save(upstream, unsaved.document);
        new RefreshJournal(folder, upstream).end();
      }
      this.#unsaved.delete(upstream);
    });
  }

  #recordFailure(profile: LoginProfile, thrown: unknown): CcpError {
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
      this.#failures.set(profile.upstream, {
        until: this.#options.worldOf(profile).clock.elapsed() + failureCacheMs,
        error,
      });
    return error;
  }

  #now(profile: LoginProfile): number {
    return this.#options.worldOf(profile).clock.now();
  }
}

const signedOutError = (upstream: string): CcpError =>
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
