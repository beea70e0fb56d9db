/** The response headers that the upstream of the current candidate set. They do not belong to the answer of another. */
import type { ServerResponse } from 'node:http';

export class CandidateHeaders {
  readonly #response: Pick<ServerResponse, 'headersSent' | 'setHeader' | 'removeHeader'>;
  #names: readonly string[] = [];

  constructor(response: Pick<ServerResponse, 'headersSent' | 'setHeader' | 'removeHeader'>) {
    this.#response = response;
  }

  set(headers: Readonly<Record<string, string>>): void {
    if (this.#response.headersSent) return;
    for (const [name, value] of Object.entries(headers)) this.#response.setHeader(name, value);
    this.#names = Object.keys(headers);
  }

  /** The candidate failed. */
  remove(): void {
    if (!this.#response.headersSent) for (const name of this.#names) this.#response.removeHeader(name);
    this.#names = [];
  }
}
