/** The session's state and its listeners. Each event is reduced into the state, then passed to every listener. */
import type { SessionEvent } from '../../session/events.ts';
import { reduce } from '../../session/reduce.ts';
import type { SessionState } from '../../session/state.ts';

export type SessionListener = (event: SessionEvent) => void;

export class EventBus {
  readonly #listeners = new Set<SessionListener>();
  #state: SessionState;

  constructor(state: SessionState) {
    this.#state = state;
  }

  get state(): SessionState {
    return this.#state;
  }

  readonly publish = (event: SessionEvent): void => {
    this.#state = reduce(this.#state, event);
    for (const listener of this.#listeners) listener(event);
  };

  /** @returns a function that ends the subscription. */
  subscribe(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
