import { describe, expect, it } from 'vitest';
import { Keepalive, Watchdog } from '../../src/proxy/watch.ts';
import { MessageWriter } from '../../src/translate/anthropic/writer.ts';
import type { MessagesEvent } from '../../src/wire/anthropic.ts';
import { FakeClock } from '../support/fake-clock.ts';

const recording = (clock: FakeClock) => {
  const seen: [string, number][] = [];
  const start = clock.now();
  const keepalive = new Keepalive(clock, 10_000, {
    ping: () => seen.push(['ping', (clock.now() - start) / 1000]),
    realEvent: () => {
      seen.push(['event', (clock.now() - start) / 1000]);
      keepalive.onEventSent();
    },
  });
  return { seen, keepalive };
};

describe('keepalive', () => {
  it('pings after each ping interval of silence and sends a real event every two minutes', () => {
    const clock = new FakeClock();
    const { seen } = recording(clock);
    clock.advance(130_000);
    expect(seen.filter(([what]) => what === 'ping').map(([, at]) => at)).toEqual([
      10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 130,
    ]);
    expect(seen.filter(([what]) => what === 'event')).toEqual([['event', 120]]);
  });

  it('counts from the last event that was sent', () => {
    const clock = new FakeClock();
    const { seen, keepalive } = recording(clock);
    for (let second = 0; second < 60; second += 5) {
      clock.advance(5_000);
      keepalive.onEventSent();
    }
    expect(seen).toEqual([]);
    clock.advance(10_000);
    expect(seen).toEqual([['ping', 70]]);
  });

  it('leaves no timer behind', () => {
    const clock = new FakeClock();
    const { keepalive } = recording(clock);
    keepalive.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('the upstream watchdog', () => {
  it('fires after the limit without data, but not while the client is slow', () => {
    const clock = new FakeClock();
    let firedCount = 0;
    const watchdog = new Watchdog(clock, 1_000, () => {
      firedCount += 1;
    });
    clock.advance(900);
    watchdog.touch();
    clock.advance(900);
    expect(firedCount).toBe(0);
    watchdog.pause();
    clock.advance(10_000);
    expect(firedCount).toBe(0);
    watchdog.resume();
    clock.advance(1_500);
    expect(firedCount).toBe(1);
  });
});

describe('a real event', () => {
  const keptAlive = (prepare: (writer: MessageWriter) => void): MessagesEvent[] => {
    const events: MessagesEvent[] = [];
    const writer = new MessageWriter({ id: 'msg', model: 'm', emit: (event) => events.push(event) });
    prepare(writer);
    events.length = 0;
    writer.keepalive();
    return events;
  };

  it('is an empty delta in the open block', () => {
    expect(keptAlive((writer) => writer.write({ type: 'text', text: 'a' }))).toMatchObject([
      { delta: { type: 'text_delta', text: '' } },
    ]);
    expect(keptAlive((writer) => writer.write({ type: 'tool_start', id: 't', name: 'Write' }))).toMatchObject([
      { delta: { type: 'input_json_delta', partial_json: '' } },
    ]);
  });

  it('is a thinking block when nothing is open, and that counts as content', () => {
    expect(keptAlive(() => {}).map((event) => event.type)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
    ]);
    const writer = new MessageWriter({ id: 'msg', model: 'm', emit: () => {} });
    writer.start();
    writer.ping();
    expect(writer.hasContent).toBe(false);
    writer.keepalive();
    expect(writer.hasContent).toBe(true);
  });
});
