/** What this installation is called by auth servers: no secret, kept apart from the credentials, and outliving them. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from '../storage/atomic-file.ts';
import { asObject, asString, isObject, type JsonObject, parseJson } from '../wire/json.ts';

/** The client that ChatGPT registered for this install, and whose account it is. */
export interface IssuedClient {
  readonly clientId: string;
  readonly subject: string | undefined;
}

export class Install {
  readonly #path: string;

  constructor(configDir: string) {
    this.#path = join(configDir, 'install.json');
  }

  /** A UUID, made at the first call. */
  get id(): string {
    const known = asString(this.#read().id);
    if (known !== undefined) return known;
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

  /** A broken file is begun anew: what it held is given again at the next login. */
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
