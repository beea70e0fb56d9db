const remembered = 500;

/** What the user was told once: history is sent with every turn, and would be told with every turn. */
export class Warnings {
  readonly #told = new Set<string>();

  isNew(message: string): boolean {
    if (this.#told.has(message)) return false;
    if (this.#told.size >= remembered) this.#told.clear();
    this.#told.add(message);
    return true;
  }
}
