import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { abortAtTimeLimit, abortOnClose } from '../../src/proxy/request-abort.ts';
import { FakeClock } from '../support/fake-clock.ts';

function connection(more: { writableFinished?: boolean; isClosed?: boolean } = {}) {
  const raw = Object.assign(new EventEmitter(), { writableFinished: more.writableFinished ?? false });
  const socket = Object.assign(new EventEmitter(), { destroyed: more.isClosed ?? false });
  const abort = new AbortController();
  const stop = abortOnClose({ raw, socket } as never, abort);
  return { raw, socket, abort, stop };
}

const closed = { code: 'cancelled', message: 'Claude Code closed the request.' };

describe('a request that Claude Code closes', () => {
  it.each(['raw', 'socket'] as const)('is aborted: the end of %s', (part) => {
    const one = connection();
    expect(one.abort.signal.aborted).toBe(false);
    one[part].emit('close');
    expect(one.abort.signal.reason).toMatchObject(closed);
  });

  it('before it was handled is aborted at once', () => {
    expect(connection({ isClosed: true }).abort.signal.reason).toMatchObject(closed);
  });

  it('after its answer is not aborted', () => {
    const one = connection({ writableFinished: true });
    one.raw.emit('close');
    one.socket.emit('close');
    expect(one.abort.signal.aborted).toBe(false);
  });

  it('when nobody listens any more is not aborted, and no listener stays', () => {
    const one = connection();
    one.stop();
    one.raw.emit('close');
    one.socket.emit('close');
    expect(one.abort.signal.aborted).toBe(false);
    expect([one.raw.listenerCount('close'), one.socket.listenerCount('close')]).toEqual([0, 0]);
  });
});

describe('an answer without a stream', () => {
  it('has 285 seconds', () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    abortAtTimeLimit(clock, abort);
    clock.advance(284_999);
    expect(abort.signal.aborted).toBe(false);
    clock.advance(1);
    expect(abort.signal.reason).toMatchObject({
      code: 'answer_timeout',
      message: 'The response exceeded the 285 s limit for requests without streaming.',
    });
  });

  it('that ended in time leaves no timer', () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    abortAtTimeLimit(clock, abort)();
    expect(clock.pending).toBe(0);
    clock.advance(300_000);
    expect(abort.signal.aborted).toBe(false);
  });
});
