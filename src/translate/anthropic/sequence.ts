/**
 * Serializes the output items of one response: Claude Code needs one block at a time, but upstreams may interleave
 * them. The first unfinished item is written immediately. The others are buffered in the order in which they began,
 * within the response's buffer limit.
 */
import type { BufferLimit } from './tool-call.ts';

interface BufferedWrite {
  readonly size: number;
  readonly write: () => void;
}

interface Slot {
  done: boolean;
  readonly buffered: BufferedWrite[];
}

export class BlockSequence {
  readonly #slots = new Map<string, Slot>();
  readonly #order: string[] = [];
  readonly #limit: BufferLimit;
  /** Index in `#order` of the item whose turn it is. */
  #turn = 0;
  #doneCount = 0;

  constructor(limit: BufferLimit) {
    this.#limit = limit;
  }

  /** Appends the item to the order. Calling it again has no effect. */
  begin(key: string): void {
    if (this.#slots.has(key)) return;
    this.#limit.checkItems(this.#slots.size - this.#doneCount);
    this.#slots.set(key, { done: false, buffered: [] });
    this.#order.push(key);
  }

  /**
   * Calls `write` now if it is the item's turn, otherwise later; `size` is the buffered size in characters.
   * Writes after the item is finished are dropped, because its end is authoritative.
   */
  write(key: string, size: number, write: () => void): void {
    this.begin(key);
    if (this.isDone(key)) return;
    if (this.#order[this.#turn] === key) return write();
    this.#limit.reserve(size);
    this.#slots.get(key)?.buffered.push({ size, write });
  }

  isDone(key: string): boolean {
    return this.#slots.get(key)?.done ?? false;
  }

  /** Finishes the item, then writes the buffers of the items after it, up to the first unfinished one. */
  finish(key: string): void {
    this.begin(key);
    const slot = this.#slots.get(key);
    if (slot && !slot.done) {
      slot.done = true;
      this.#doneCount += 1;
    }
    for (let current = this.#order[this.#turn]; current !== undefined && this.isDone(current); ) {
      this.#turn += 1;
      current = this.#order[this.#turn];
      if (current !== undefined) this.#drain(current);
    }
  }

  /**
   * Finishes items as if they had never begun. All their buffered writes are discarded before the first one is finished,
   * because that lets the next one write.
   */
  drop(keys: readonly string[]): void {
    for (const key of keys)
      for (const { size } of this.#slots.get(key)?.buffered.splice(0) ?? []) this.#limit.release(size);
    for (const key of keys) this.finish(key);
  }

  #drain(key: string): void {
    for (const { size, write } of this.#slots.get(key)?.buffered.splice(0) ?? []) {
      this.#limit.release(size);
      write();
    }
  }
}
