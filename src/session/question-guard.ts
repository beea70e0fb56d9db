/** Shorter than the time in which a person reads a question. */
const unreadMs = 700;

/** A key that was meant for something else must not confirm a question that has just appeared. */
export class QuestionGuard {
  #question: string | undefined;
  #since = Number.NEGATIVE_INFINITY;

  /** @param now epoch milliseconds. */
  update(question: string | undefined, now: number): void {
    if (question !== this.#question) this.#since = now;
    this.#question = question;
  }

  /** Whether the question has been visible long enough to be answered. */
  isReadable(now: number): boolean {
    return now - this.#since >= unreadMs;
  }
}
