import { expect, it } from 'vitest';
import { EventBus } from '../../../src/proxy/session/event-bus.ts';
import type { SessionEvent } from '../../../src/session/events.ts';
import { initialState } from '../../../src/session/state.ts';
import { startedEvent } from '../../support/session-events.ts';

const warning = (message: string): SessionEvent => ({ type: 'warning', at: 5, id: 'w', message });

it('an event changes the state before the listeners get it, without control characters', () => {
  const bus = new EventBus(initialState(0, [], undefined));
  const seen: unknown[] = [];
  const end = bus.subscribe((event) => seen.push([event, bus.state.running.length]));
  bus.publish(startedEvent('r', { requestedModel: 'gpt\x1b[2J' }));
  expect(seen).toEqual([[startedEvent('r', { requestedModel: 'gpt [2J' }), 1]]);
  expect(bus.state.running).toMatchObject([{ id: 'r' }]);
  end();
  bus.publish(warning('later'));
  expect(seen).toHaveLength(1);
});

it('a text in an event has at most 2,000 characters', () => {
  const bus = new EventBus(initialState(0, [], undefined));
  const lengths: number[] = [];
  bus.subscribe((event) => event.type === 'warning' && lengths.push(event.message.length));
  for (const length of [2_000, 2_001, 9_000]) bus.publish(warning('x'.repeat(length)));
  expect(lengths).toEqual([2_000, 2_000, 2_000]);
});
