/**
 * Serialises the output items of one answer: Claude Code needs one block at a time, upstreams may interleave.
 * The first unfinished item writes at once; the others wait, within the answer's buffer limit, in the order they began.
 */
import type { BufferLimit } from './tool-call.ts';

interface Waiting {
  readonly size: number;
  readonly write: () => void;
}

interface Slot {
  done: boolean;
  readonly waiting: Waiting[];
}

export class BlockSequence {
  readonly #slots = new Map<string, Slot>();
  readonly #order: string[] = [];
  readonly #limit: BufferLimit;
  /** Place in the order of the item whose turn it is. */
  #turn = 0;

  constructor(limit: BufferLimit) {
    this.#limit = limit;
  }

  /** Gives the item its place. Calling again changes nothing. */
  begin(key: string): void {
    if (this.#slots.has(key)) return;
    this.#slots.set(key, { done: false, waiting: [] });
    this.#order.push(key);
  }

  /**
   * Runs now when it is the item's turn, else later; `size` is what waiting costs in characters.
   * What comes after the item was finished is dropped: its end was the truth.
   */
  write(key: string, size: number, write: () => void): void {
    this.begin(key);
    if (this.isDone(key)) return;
    if (this.#order[this.#turn] === key) return write();
    this.#limit.take(size);
    this.#slots.get(key)?.waiting.push({ size, write });
  }

  isDone(key: string): boolean {
    return this.#slots.get(key)?.done ?? false;
  }

  /** Ends the item; whatever waited behind it is written as far as it is complete. */
  finish(key: string): void {
    this.begin(key);
    const slot = this.#slots.get(key);
    if (slot) slot.done = true;
    for (let current = this.#order[this.#turn]; current !== undefined && this.isDone(current); ) {
      this.#turn += 1;
      current = this.#order[this.#turn];
      if (current !== undefined) this.#drain(current);
    }
  }

  /** Ends the item as if it had never begun: what it had waiting is forgotten. */
  drop(key: string): void {
    for (const { size } of this.#slots.get(key)?.waiting.splice(0) ?? []) this.#limit.give(size);
    this.finish(key);
  }

  #drain(key: string): void {
    for (const { size, write } of this.#slots.get(key)?.waiting.splice(0) ?? []) {
      this.#limit.give(size);
      write();
    }
  }
}
