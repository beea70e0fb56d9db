import { describe, expect, it } from 'vitest';
import { EventQueue, queueLimit } from '../../src/session/coalesce.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { startedEvent } from '../support/session-events.ts';

const progress = (id: string, chars = 1): SessionEvent => ({
  type: 'progress',
  at: 1,
  id,
  phase: 'streaming',
  tool: undefined,
  chars,
  silenceMs: 0,
});
const ping = (id: string): SessionEvent => ({ type: 'ping', at: 1, id });
const started = (id: string) => startedEvent(id);

const queueOf = (events: readonly SessionEvent[]) => {
  const queue = new EventQueue();
  for (const event of events) queue.push(event);
  return queue;
};
const startedMany = (count: number) => Array.from({ length: count }, (_, index) => started(`r${index}`));

describe('the event queue', () => {
  it('keeps only the newest progress event of each request, and every other event in order', () => {
    const queue = queueOf([
      started('a'),
      progress('b', 7),
      progress('a', 1),
      ping('b'),
      progress('a', 2),
      ping('a'),
      progress('a', 3),
    ]);
    expect(queue.takeAll()).toEqual([started('a'), progress('b', 7), ping('b'), ping('a'), progress('a', 3)]);
  });

  it('replaces a progress event that is its first', () => {
    expect(queueOf([progress('a', 1), started('b'), progress('a', 2)]).takeAll()).toEqual([
      started('b'),
      progress('a', 2),
    ]);
  });

  it('is empty after its events were taken', () => {
    const queue = queueOf([started('a')]);
    expect(queue.takeAll()).toHaveLength(1);
    expect(queue.size).toBe(0);
    expect(queue.takeAll()).toEqual([]);
  });

  it.each([
    ['progress', progress('p')],
    ['ping', ping('p')],
  ])('drops the oldest %s event first when it is full, and does not count it', (_name, expendable) => {
    const others = startedMany(queueLimit - 1);
    const [first, ...rest] = others;
    for (const full of [
      [first!, expendable, ...rest],
      [expendable, ...others],
    ]) {
      const queue = queueOf(full);
      expect(queue.size).toBe(queueLimit);
      queue.push(started('last'));
      expect(queue.dropped).toBe(0);
      expect(queue.takeAll()).toEqual([...others, started('last')]);
    }
  });

  it('drops its oldest event and counts it when all events are needed', () => {
    const queue = queueOf([...startedMany(queueLimit), started('x'), started('y')]);
    expect(queue.dropped).toBe(2);
    expect(queue.takeAll()).toEqual([...startedMany(queueLimit).slice(2), started('x'), started('y')]);
  });
});
