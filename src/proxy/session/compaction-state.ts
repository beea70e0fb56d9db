/** Tracks whether the main conversation fits its route, and which routes served it before. */
import type { Clock } from '../../ports/clock.ts';
import { type HistoryState, noHistory, withPreviousRoute } from '../../routing/history.ts';
import type { Route } from '../../routing/table.ts';
import type { SessionEvent } from '../../session/events.ts';

export class CompactionState {
  readonly #clock: Clock;
  readonly #publish: (event: SessionEvent) => void;
  #history = noHistory;

  constructor(clock: Clock, publish: (event: SessionEvent) => void) {
    this.#clock = clock;
    this.#publish = publish;
  }

  get history(): HistoryState {
    return this.#history;
  }

  /** Records a switch of the main route. @param compactionRoute compacts the history first, if it does not fit. */
  switched(previous: Route, compactionRoute: Route | undefined): void {
    this.#history = {
      compactionRoute,
      previousRoutes: withPreviousRoute(this.#history.previousRoutes, previous),
    };
  }

  /** Records that the history fits its route. @param contextTokens the history's size after a compaction. */
  fits(contextTokens: number | undefined): void {
    if (!this.#history.compactionRoute && contextTokens === undefined) return;
    this.#history = { ...this.#history, compactionRoute: undefined };
    const at = this.#clock.now();
    this.#publish({ type: 'compacted', at, id: `compacted_${at}`, contextTokens });
  }
}
