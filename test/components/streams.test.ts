import { expect, it } from 'vitest';
import { lastBadText } from '../../components/meter/streams.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState } from '../../src/session/state.ts';
import { sampleHealth, sampleRoute } from '../support/samples.ts';
import { completedEvent, failedEvent, startedEvent } from '../support/session-events.ts';

process.env.TZ = 'UTC';
const textAfter = (event: SessionEvent) =>
  lastBadText([startedEvent('a', { at: 0 }), event].reduce(reduce, initialState(0, [sampleRoute])));
const health = { ...sampleHealth, durationMs: 60_000 };

it('the last bad stream has its time, and why it ended so', () => {
  expect(textAfter(failedEvent('a', { health, verdict: 'refused', message: 'nest answered HTTP 500: boom.' }))).toBe(
    '✗ 00:01 refused: nest answered HTTP 500: boom.',
  );
  expect(textAfter(completedEvent('a', { health, verdict: 'refused', stopReason: 'refusal' }))).toBe(
    '✗ 00:01 refused: the model refused to answer',
  );
  expect(textAfter(failedEvent('a', { health, verdict: 'stalled' }))).toBe(
    '✗ 00:01 stalled: the upstream sent nothing for too long',
  );
  expect(textAfter(completedEvent('a', { health }))).toBeUndefined();
});
