const remembered = 500;

/** What the user was told once: history is sent with every turn, and would be told with every turn. */
export class Warnings {
  readonly #sent = new Set<string>();

  isNew(message: string): boolean {
    if (this.#sent.has(message)) return false;
    if (this.#sent.size >= remembered) this.#sent.clear();
    this.#sent.add(message);
    return true;
  }
}
