/**
 * The credential files: one per upstream, sealed with the keychain's key, or plain with mode 0600 without a keychain. A
 * file that is not a credential of ccp is never overwritten. A file that cannot be opened now is reported as locked,
 * not as missing.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CcpError } from '../errors/ccp-error.ts';
import { writeAtomic } from '../storage/atomic-file.ts';
import { withLock } from '../storage/lock.ts';
import { isObject, type JsonObject, parseJson } from '../wire/json.ts';
import { type CredentialDocument, documentText, readDocument } from './document.ts';
import { isSealed, seal, unseal } from './envelope.ts';
import { RefreshJournal } from './journal.ts';
import type { Keychain } from './keychain.ts';

export type Storage = 'keychain' | 'file';

export interface StoredCredential {
  readonly document: CredentialDocument;
  readonly storage: Storage;
}

export interface StoreOptions {
  readonly folder: string;
  readonly keychain: Keychain;
  /** `off`: new credentials are not sealed with the keychain's key. */
  readonly mode: 'auto' | 'off';
}

/** A refresh may take half a minute, and the processes that wait for the lock need its result. */
const refreshLock = { staleMs: 15_000, waitMs: 60_000 };

export class CredentialStore {
  readonly #options: StoreOptions;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  pathOf(upstream: string): string {
    return join(this.#options.folder, `${upstream}.json`);
  }

  /** Whether there is a file, whatever it contains. */
  has(upstream: string): boolean {
    return existsSync(this.pathOf(upstream));
  }

  /**
   * @throws CcpError `credential_locked` if the keychain does not return the key, `credential_rejected` for a file that
   * is not a credential of ccp.
   */
  async load(upstream: string): Promise<StoredCredential | undefined> {
    const text = this.#readText(upstream);
    if (text === undefined) return undefined;
    const json = parseJson(text);
    if (!isSealed(json)) return { document: this.#parseDocument(upstream, json), storage: 'file' };
    const found = await this.#options.keychain.key();
    if (found.state !== 'key') throw this.#lockedError(upstream, found.state === 'absent' ? undefined : found.reason);
    const plain = unseal(json, found.key, upstream) ?? (await this.#unsealedAgain(json, upstream));
    if (plain === undefined) throw this.#foreignError(upstream, 'was sealed with another key, or changed');
    return { document: this.#parseDocument(upstream, parseJson(plain)), storage: 'keychain' };
  }

  /** The key in memory may be outdated, so the keychain is queried again. */
  async #unsealedAgain(envelope: JsonObject, upstream: string): Promise<string | undefined> {
    const found = await this.#options.keychain.again();
    return found.state === 'key' ? unseal(envelope, found.key, upstream) : undefined;
  }

  /** Writes atomically. @returns where the credential is stored. */
  async save(upstream: string, document: CredentialDocument): Promise<Storage> {
    this.#assertNotForeign(upstream);
    const text = documentText(document);
    const key = await this.#keyForWriting(upstream);
    writeAtomic(realPath(this.pathOf(upstream)), key ? seal(text, key, upstream) : text);
    return key ? 'keychain' : 'file';
  }

  /** Checks, before a sign-in, where the login would be stored. @throws CcpError if it could not be stored. */
  async prepare(upstream: string): Promise<{ storage: Storage; reason: string | undefined }> {
    this.#assertNotForeign(upstream);
    const key = await this.#keyForWriting(upstream);
    const probe = join(this.#options.folder, `.${upstream}.${process.pid}`);
    writeAtomic(probe, '');
    rmSync(probe, { force: true });
    return { storage: key ? 'keychain' : 'file', reason: key ? undefined : await this.#plainReason() };
  }

  /**
   * Moves a file to the storage of new ones. @returns the new storage; `undefined` if it is already there or cannot be
   * moved.
   */
  async migrate(upstream: string): Promise<Storage | undefined> {
    const { mode } = this.#options;
    if (this.#isSealed(upstream) === (mode === 'auto')) return undefined;
    return this.exclusively(upstream, async () => {
      const stored = await this.load(upstream);
      if (stored === undefined) return undefined;
      const { storage } = await this.prepare(upstream);
      return storage === stored.storage ? undefined : this.save(upstream, stored.document);
    });
  }

  /**
   * Restores mode 0600 of a file that others could read. @returns its mode before, such as 0o644; `undefined` if it was
   * right, or if it belongs to someone else.
   */
  repairMode(upstream: string): number | undefined {
    if (process.platform === 'win32') return undefined;
    try {
      const path = realPath(this.pathOf(upstream));
      const mode = statSync(path).mode & 0o777;
      if ((mode & 0o077) === 0) return undefined;
      chmodSync(path, 0o600);
      return mode;
    } catch {
      return undefined;
    }
  }

  /** Prepares for another login: a sealed file that cannot be opened is renamed. @returns its new path. */
  async setAside(upstream: string): Promise<string | undefined> {
    if (!this.#isSealed(upstream)) return undefined;
    const canOpen = await this.load(upstream).then(
      () => true,
      () => false,
    );
    return canOpen ? undefined : this.#renameAside(upstream);
  }

  /** Removes a file; one that is not a credential of ccp is renamed instead. @returns what was done. */
  remove(upstream: string): 'absent' | 'removed' | { readonly movedTo: string } {
    if (this.isForeign(upstream)) return { movedTo: this.#renameAside(upstream) };
    if (!this.has(upstream)) return 'absent';
    const path = this.pathOf(upstream);
    for (const one of [realPath(path), path, ...this.#temporaryFiles(upstream)]) rmSync(one, { force: true });
    new RefreshJournal(this.#options.folder, upstream).end();
    return 'removed';
  }

  /** Temporary files of writes that were interrupted before their rename. */
  #temporaryFiles(upstream: string): string[] {
    const { folder } = this.#options;
    return readdirSync(folder)
      .filter((name) => name.startsWith(`${upstream}.json.`) && name.endsWith('.tmp'))
      .map((name) => join(folder, name));
  }

  #renameAside(upstream: string): string {
    const path = this.pathOf(upstream);
    const movedTo = `${path}.${Date.now()}.old`;
    renameSync(path, movedTo);
    return movedTo;
  }

  /** Runs `action` under a lock: one process at a time per upstream. */
  exclusively<T>(upstream: string, action: () => Promise<T>): Promise<T> {
    return withLock(this.pathOf(upstream), action, refreshLock);
  }

  async #keyForWriting(upstream: string): Promise<Buffer | undefined> {
    const { keychain, mode, folder } = this.#options;
    if (mode === 'off') return undefined;
    const found = await keychain.key();
    if (found.state === 'key') return found.key;
    // A new key would make the other sealed files unreadable. This upstream's own file is about to be replaced.
    const others = this.#sealedNames().filter((name) => name !== upstream);
    const reason = found.state === 'absent' ? 'it is locked, or its key was removed' : found.reason;
    if (others.length > 0 || found.state === 'locked') throw this.#keychainError(reason, others);
    if (found.state === 'unavailable') return undefined;
    const created = await withLock(join(folder, 'keychain'), () => keychain.create());
    if (created.state === 'key') return created.key;
    if (created.state === 'locked') throw this.#keychainError(created.reason, others);
    return undefined;
  }

  async #plainReason(): Promise<string> {
    if (this.#options.mode === 'off') return 'CCP_KEYCHAIN=off';
    const found = await this.#options.keychain.key();
    return 'reason' in found ? found.reason : 'no keychain';
  }

  #sealedNames(): string[] {
    try {
      return readdirSync(this.#options.folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length))
        .filter((name) => this.#isSealed(name));
    } catch {
      return [];
    }
  }

  #isSealed(upstream: string): boolean {
    try {
      return isSealed(parseJson(this.#readText(upstream) ?? ''));
    } catch {
      return false;
    }
  }

  /** Whether there is a file that is not a credential of this version of ccp. Never throws. */
  isForeign(upstream: string): boolean {
    let json: unknown;
    try {
      const text = this.#readText(upstream);
      if (text === undefined) return false;
      json = parseJson(text);
    } catch {
      return true;
    }
    return !isSealed(json) && readDocument(json) === undefined;
  }

  #assertNotForeign(upstream: string): void {
    if (this.isForeign(upstream)) throw this.#foreignError(upstream, 'is not one this version reads');
  }

  #parseDocument(upstream: string, json: unknown): CredentialDocument {
    const document = readDocument(json);
    if (document) return document;
    const isNewer = isObject(json) && typeof json.version === 'number' && json.version > 1;
    const isEmpty = isObject(json) && json.version === 1;
    throw this.#foreignError(
      upstream,
      isNewer ? 'was written by a newer ccp' : isEmpty ? 'contains no token' : 'is not one this version reads',
    );
  }

  #foreignError(upstream: string, what: string): CcpError {
    return new CcpError(
      'credential_rejected',
      `The credential file ${this.pathOf(upstream)} ${what}. Remove it with \`ccp auth logout ${upstream}\`, then run \`ccp auth login ${upstream}\`.`,
    );
  }

  #lockedError(upstream: string, reason: string | undefined): CcpError {
    return new CcpError(
      'credential_locked',
      `The login for ${upstream} is there, but the keychain did not return its key (${reason ?? 'locked, or the key was removed'}). Unlock the keychain and try again; if the key is gone, run \`ccp auth logout ${upstream}\` and sign in again.`,
    );
  }

  #keychainError(reason: string, others: readonly string[]): CcpError {
    const lost =
      others.length === 0
        ? ''
        : ` If its key is gone for good, log out of what it sealed first (${others.join(', ')}).`;
    return new CcpError(
      'credential_locked',
      `The keychain cannot be used now (${reason}). Unlock it and try again, or set CCP_KEYCHAIN=off to keep the login in a file that only you can read.${lost}`,
    );
  }

  #readText(upstream: string): string | undefined {
    const path = this.pathOf(upstream);
    try {
      return readFileSync(path, 'utf8');
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR'))
        return undefined;
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new CcpError(
        'credential_rejected',
        `The credential file ${path} cannot be read (${reason}). Remove it with \`ccp auth logout ${upstream}\`.`,
      );
    }
  }
}

/** Resolves a symbolic link, so that a write replaces its target and keeps the link. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
