import { expect, it } from 'vitest';
import { CompactionState } from '../../../src/proxy/session/compaction-state.ts';
import type { SessionEvent } from '../../../src/session/events.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { routeTo } from '../../support/routing.ts';

const make = () => {
  const clock = new FakeClock();
  const events: SessionEvent[] = [];
  return { clock, events, state: new CompactionState(clock, (event) => events.push(event)) };
};
const [heron, crane] = [routeTo('heron-1'), routeTo('crane-1')];

it('a switch of the main route is remembered, newest first, with the route that compacts', () => {
  const { state, events } = make();
  expect(state.history).toEqual({ compactionRoute: undefined, previousRoutes: [] });
  state.switched(heron, undefined);
  state.switched(crane, heron);
  expect(state.history).toEqual({ compactionRoute: heron, previousRoutes: [crane, heron] });
  expect(events).toEqual([]);
});

it('a history that fits again is reported once, and its routes are kept', () => {
  const { state, events, clock } = make();
  state.switched(crane, crane);
  state.fits(undefined);
  const at = clock.now();
  expect(events).toEqual([{ type: 'compacted', at, id: `compacted_${at}`, contextTokens: undefined }]);
  expect(state.history).toEqual({ compactionRoute: undefined, previousRoutes: [crane] });
  state.fits(undefined);
  expect(events).toHaveLength(1);
});

it('a compaction is reported with its size, also without a switch', () => {
  const { state, events } = make();
  state.fits(500);
  expect(events).toMatchObject([{ contextTokens: 500 }]);
});
