/**
 * The credential files: one an upstream, sealed with the keychain's key where there is a keychain, plain at 0600 where
 * there is none. What is not ours is never overwritten, and what cannot be opened now is locked, not gone.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
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
  /** `off`: nothing new goes into the keychain. */
  readonly mode: 'auto' | 'off';
}

/** A refresh may take half a minute, and whoever waits for it wants its result. */
const refreshLock = { staleMs: 15_000, waitMs: 60_000 };

export class CredentialStore {
  readonly #options: StoreOptions;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  pathOf(upstream: string): string {
    return join(this.#options.folder, `${upstream}.json`);
  }

  /** There is a file, whatever is in it. */
  has(upstream: string): boolean {
    return existsSync(this.pathOf(upstream));
  }

  /** @throws CcpError `credential_locked` when the keychain does not give the key, `credential_rejected` for a file that is not ours. */
  async load(upstream: string): Promise<StoredCredential | undefined> {
    const text = this.#text(upstream);
    if (text === undefined) return undefined;
    const json = parseJson(text);
    if (!isSealed(json)) return { document: this.#document(upstream, json), storage: 'file' };
    const found = await this.#options.keychain.key();
    if (found.state !== 'key') throw this.#locked(upstream, found.state === 'absent' ? undefined : found.reason);
    const plain = unseal(json, found.key, upstream) ?? (await this.#unsealedAgain(json, upstream));
    if (plain === undefined) throw this.#foreign(upstream, 'was sealed with another key, or changed');
    return { document: this.#document(upstream, parseJson(plain)), storage: 'keychain' };
  }

  /** The key may be a newer one than this process knows. */
  async #unsealedAgain(envelope: JsonObject, upstream: string): Promise<string | undefined> {
    const found = await this.#options.keychain.again();
    return found.state === 'key' ? unseal(envelope, found.key, upstream) : undefined;
  }

  /** Whole or not at all. @returns where it is now. */
  async save(upstream: string, document: CredentialDocument): Promise<Storage> {
    this.#refuseForeign(upstream);
    const text = documentText(document);
    const key = await this.#keyForWriting(upstream);
    writeAtomic(realPath(this.pathOf(upstream)), key ? seal(text, key, upstream) : text);
    return key ? 'keychain' : 'file';
  }

  /** Where a login would be kept, found out before it begins. @throws CcpError when it could not be kept. */
  async prepare(upstream: string): Promise<{ storage: Storage; reason: string | undefined }> {
    this.#refuseForeign(upstream);
    const key = await this.#keyForWriting(upstream);
    const probe = join(this.#options.folder, `.${upstream}.${process.pid}`);
    writeAtomic(probe, '');
    rmSync(probe, { force: true });
    return { storage: key ? 'keychain' : 'file', reason: key ? undefined : await this.#whyPlain() };
  }

  /**
   * Moves a file to where new ones go. @returns where it was moved; `undefined` when it is there already, or cannot be.
   */
  async migrate(upstream: string): Promise<Storage | undefined> {
    const { mode } = this.#options;
    if (this.#sealed(upstream) === (mode === 'auto')) return undefined;
    return this.exclusively(upstream, async () => {
      const stored = await this.load(upstream);
      if (stored === undefined) return undefined;
      const { storage } = await this.prepare(upstream);
      return storage === stored.storage ? undefined : this.save(upstream, stored.document);
    });
  }

  /** Makes room for another login: a sealed file that does not open is kept beside it. @returns where it went. */
  async setAside(upstream: string): Promise<string | undefined> {
    if (!this.#sealed(upstream)) return undefined;
    const opens = await this.load(upstream).then(
      () => true,
      () => false,
    );
    return opens ? undefined : this.#moveAway(upstream);
  }

  /** @returns what became of the file; one that is not ours is moved aside, not deleted. */
  remove(upstream: string): 'absent' | 'removed' | { readonly movedTo: string } {
    if (this.isForeign(upstream)) return { movedTo: this.#moveAway(upstream) };
    if (!this.has(upstream)) return 'absent';
    const path = this.pathOf(upstream);
    for (const one of [realPath(path), path, ...this.#torn(upstream)]) rmSync(one, { force: true });
    new RefreshJournal(this.#options.folder, upstream).end();
    return 'removed';
  }

  /** Of writes that were killed before their rename. */
  #torn(upstream: string): string[] {
    const { folder } = this.#options;
    return readdirSync(folder)
      .filter((name) => name.startsWith(`${upstream}.json.`) && name.endsWith('.tmp'))
      .map((name) => join(folder, name));
  }

  #moveAway(upstream: string): string {
    const path = this.pathOf(upstream);
    const movedTo = `${path}.${Date.now()}.old`;
    renameSync(path, movedTo);
    return movedTo;
  }

  /** One process at a time for this upstream's credential. */
  exclusively<T>(upstream: string, action: () => Promise<T>): Promise<T> {
    return withLock(this.pathOf(upstream), action, refreshLock);
  }

  async #keyForWriting(upstream: string): Promise<Buffer | undefined> {
    const { keychain, mode, folder } = this.#options;
    if (mode === 'off') return undefined;
    const found = await keychain.key();
    if (found.state === 'key') return found.key;
    // A new key would make every sealed file unreadable; but its own file is about to be replaced.
    const others = this.#sealedNames().filter((name) => name !== upstream);
    const reason = found.state === 'absent' ? 'it is locked, or its key was removed' : found.reason;
    if (others.length > 0 || found.state === 'locked') throw this.#lockedKeychain(reason, others);
    if (found.state === 'unavailable') return undefined;
    const made = await withLock(join(folder, 'keychain'), () => keychain.create());
    if (made.state === 'key') return made.key;
    if (made.state === 'locked') throw this.#lockedKeychain(made.reason, others);
    return undefined;
  }

  async #whyPlain(): Promise<string> {
    if (this.#options.mode === 'off') return 'CCP_KEYCHAIN=off';
    const found = await this.#options.keychain.key();
    return 'reason' in found ? found.reason : 'no keychain';
  }

  #sealedNames(): string[] {
    try {
      return readdirSync(this.#options.folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length))
        .filter((name) => this.#sealed(name));
    } catch {
      return [];
    }
  }

  #sealed(upstream: string): boolean {
    try {
      return isSealed(parseJson(this.#text(upstream) ?? ''));
    } catch {
      return false;
    }
  }

  /** There is something, and it is no credential file of this version of ccp. Never throws. */
  isForeign(upstream: string): boolean {
    let json: unknown;
    try {
      const text = this.#text(upstream);
      if (text === undefined) return false;
      json = parseJson(text);
    } catch {
      return true;
    }
    return !isSealed(json) && readDocument(json) === undefined;
  }

  #refuseForeign(upstream: string): void {
    if (this.isForeign(upstream)) throw this.#foreign(upstream, 'is not one this version reads');
  }

  #document(upstream: string, json: unknown): CredentialDocument {
    const document = readDocument(json);
    if (document) return document;
    const newer = isObject(json) && typeof json.version === 'number' && json.version > 1;
    const holdsNothing = isObject(json) && json.version === 1;
    throw this.#foreign(
      upstream,
      newer ? 'was written by a newer ccp' : holdsNothing ? 'holds no token' : 'is not one this version reads',
    );
  }

  #foreign(upstream: string, what: string): CcpError {
    return new CcpError(
      'credential_rejected',
      `The credential file ${this.pathOf(upstream)} ${what}. Remove it with \`ccp auth logout ${upstream}\`, then run \`ccp auth login ${upstream}\`.`,
    );
  }

  #locked(upstream: string, reason: string | undefined): CcpError {
    return new CcpError(
      'credential_locked',
      `The login for ${upstream} is there, but the keychain did not return its key (${reason ?? 'locked, or the key was removed'}). Unlock the keychain and try again; if the key is gone, run \`ccp auth logout ${upstream}\` and sign in again.`,
    );
  }

  #lockedKeychain(reason: string, others: readonly string[]): CcpError {
    const lost =
      others.length === 0
        ? ''
        : ` If its key is gone for good, log out of what it sealed first (${others.join(', ')}).`;
    return new CcpError(
      'credential_locked',
      `The keychain cannot be used now (${reason}). Unlock it and try again, or set CCP_KEYCHAIN=off to keep the login in a file that only you can read.${lost}`,
    );
  }

  #text(upstream: string): string | undefined {
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

/** A linked file stays linked. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
