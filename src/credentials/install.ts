/**
 * The identity of this installation for auth servers. It is not secret, is stored apart from the credentials, and is
 * kept when they are removed.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from '../storage/atomic-file.ts';
import { asObject, asString, isObject, type JsonObject, parseJson } from '../wire/json.ts';

/** The client id ChatGPT issued for this installation, and the account it belongs to. */
export interface IssuedClient {
  readonly clientId: string;
  readonly subject: string | undefined;
}

export class Install {
  readonly #path: string;

  constructor(configDir: string) {
    this.#path = join(configDir, 'install.json');
  }

  /** A UUID, created at the first call. */
  get id(): string {
    const storedId = asString(this.#read().id);
    if (storedId !== undefined) return storedId;
    const id = randomUUID();
    this.#write({ id });
    return id;
  }

  get issuedClient(): IssuedClient | undefined {
    const { clientId, subject } = asObject(this.#read().chatgpt);
    return typeof clientId === 'string' ? { clientId, subject: asString(subject) } : undefined;
  }

  keepClient(client: IssuedClient): void {
    this.#write({ chatgpt: client });
  }

  forgetClient(): void {
    if (this.issuedClient) this.#write({ chatgpt: undefined });
  }

  /** An unreadable file is treated as empty: its content is issued again at the next login. */
  #read(): JsonObject {
    try {
      const json = parseJson(readFileSync(this.#path, 'utf8'));
      return isObject(json) ? json : {};
    } catch {
      return {};
    }
  }

  #write(change: JsonObject): void {
    writeAtomic(this.#path, `${JSON.stringify({ version: 1, ...this.#read(), ...change })}\n`);
  }
}
