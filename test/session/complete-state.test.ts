import { expect, it } from 'vitest';
import { completeState } from '../../src/session/complete-state.ts';
import type { SessionState } from '../../src/session/state.ts';
import { noRates } from '../../src/session/stream-rates.ts';
import { meterStates } from '../support/meter-states.ts';

it('a state of an older proxy gets the members that it lacks, and keeps the others', () => {
  const { turns: _turns, promptParts: _parts, compactedAt: _at, ...older } = meterStates.streaming as SessionState;
  const strip = ({ rates: _rates, isElsewhere: _elsewhere, ...request }: SessionState['recent'][number]) => request;
  const received = JSON.parse(
    JSON.stringify({ ...older, recent: older.recent.map(strip), running: older.running.map(strip) }),
  );
  const state = completeState(received);
  expect(state).toMatchObject({ turns: [], contextTokens: older.contextTokens, totals: older.totals });
  expect(state.running[0]).toMatchObject({ rates: noRates, isElsewhere: false, firstTokenMs: 900 });
  expect(completeState(meterStates.streaming as SessionState)).toEqual(meterStates.streaming);
  const { compactAt: _threshold, ...without } = meterStates.streaming as SessionState;
  expect(completeState(without as SessionState).compactAt).toBeUndefined();
});
