/** The session's state and its listeners. Each event is reduced into the state, then passed to every listener. */
import type { SessionEvent } from '../../session/events.ts';
import { reduce } from '../../session/reduce.ts';
import type { SessionState } from '../../session/state.ts';
import { cleanData } from '../../wire/clean-text.ts';

const maxTextLength = 2_000;

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

  /** Events contain names and words of upstreams and of the client, which screens, logs and other processes show. */
  readonly publish = (raw: SessionEvent): void => {
    const event = cleanData(raw, maxTextLength);
    this.#state = reduce(this.#state, event);
    for (const listener of this.#listeners) listener(event);
  };

  /** @returns a function that ends the subscription. */
  subscribe(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
