const maxMessages = 500;

/** Warnings already shown. Each turn repeats the history, and without this each turn would repeat its warnings. */
export class Warnings {
  readonly #messages = new Set<string>();

  isNew(message: string): boolean {
    if (this.#messages.has(message)) return false;
    if (this.#messages.size >= maxMessages) this.#messages.clear();
    this.#messages.add(message);
    return true;
  }
}
