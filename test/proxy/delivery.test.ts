import { describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import type { Answer } from '../../src/proxy/answer.ts';
import { Delivery } from '../../src/proxy/delivery.ts';
import type { StreamMeter } from '../../src/proxy/stream-meter.ts';
import type { Ending, Output } from '../../src/translate/output.ts';
import { type MessagesEvent, noUsage } from '../../src/wire/anthropic.ts';
import { FakeClock } from '../support/fake-clock.ts';

const ending: Ending = {
  end: { stopReason: 'end_turn', stopSequence: null, usage: noUsage },
  abort: false,
  measured: true,
};
const text = (value: string): Output => ({ type: 'text', text: value });

function make() {
  const seen: string[] = [];
  const events: MessagesEvent[] = [];
  const drained = Promise.resolve();
  const answer = {
    committed: true,
    emit: (event: MessagesEvent) => {
      events.push(event);
      seen.push(event.type);
    },
    flush: () => {
      seen.push('flush');
      return drained;
    },
    end: () => seen.push('end'),
  } as unknown as Answer;
  const meter = {
    output: ({ type }: Output) => seen.push(`meter ${type}`),
    ping: () => seen.push('meter ping'),
  } as unknown as StreamMeter;
  return { delivery: new Delivery(answer, meter, { id: 'msg', model: 'm' }), seen, events, drained };
}

describe('the delivery of an answer', () => {
  it('measures every output and writes those that are content', () => {
    const { delivery, seen, events } = make();
    expect(delivery.hasContent).toBe(false);
    expect(delivery.deliver([text('a'), { type: 'settled' }])).toBeUndefined();
    expect(seen).toEqual([
      'meter text',
      'message_start',
      'content_block_start',
      'content_block_delta',
      'meter settled',
    ]);
    expect(events[0]).toMatchObject({ message: { id: 'msg', model: 'm' } });
    expect([delivery.hasContent, delivery.isCommitted]).toEqual([true, true]);
  });

  it('stops at an ending or at a failure', () => {
    const { delivery, seen } = make();
    expect(delivery.deliver([{ type: 'end', ending }, text('late')])).toBe(ending);
    const error = new CcpError('garbage', 'odd');
    expect(() => delivery.deliver([{ type: 'failure', error }, text('late')])).toThrow(error);
    expect(seen).toEqual(['meter end', 'meter failure']);
  });

  it('ends the message before the response', () => {
    const { delivery, seen } = make();
    delivery.end(ending.end);
    expect(seen).toEqual(['message_start', 'message_delta', 'message_stop', 'end']);
  });

  it('waits for a slow client', () => {
    const { delivery, drained } = make();
    expect(delivery.flush()).toBe(drained);
  });
});

describe('the delivery of nothing', () => {
  it('is a ping for each interval, after the start of the message, and a real event after two minutes', () => {
    const { delivery, seen } = make();
    const clock = new FakeClock();
    const stop = delivery.keepAlive(clock, 50_000);
    clock.advance(50_000);
    expect(seen.splice(0)).toEqual(['message_start', 'ping', 'meter ping', 'flush']);
    clock.advance(50_000);
    expect(seen.splice(0)).toEqual(['ping', 'meter ping', 'flush']);
    clock.advance(70_000);
    expect(seen.splice(0)).toEqual([
      ...['ping', 'meter ping', 'flush'],
      ...['content_block_start', 'content_block_delta', 'flush'],
    ]);
    stop();
    expect(clock.pending).toBe(0);
  });

  it('begins again after an event that was sent', () => {
    const { delivery, seen } = make();
    const clock = new FakeClock();
    const stop = delivery.keepAlive(clock, 50_000);
    clock.advance(40_000);
    delivery.deliver([text('a')]);
    seen.length = 0;
    clock.advance(49_999);
    expect(seen).toEqual([]);
    clock.advance(1);
    expect(seen).toEqual(['ping', 'meter ping', 'flush']);
    stop();
  });
});
