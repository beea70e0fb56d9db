import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createSequence } from '../../src/proxy/sequence.ts';
import { waitForFlush } from '../../src/proxy/wait-for-flush.ts';

function response(more: { writableFinished?: boolean; destroyed?: boolean; isSocketDestroyed?: boolean } = {}) {
  const raw = Object.assign(new EventEmitter(), { writableFinished: false, destroyed: false, ...more });
  const socket = Object.assign(new EventEmitter(), { destroyed: more.isSocketDestroyed ?? false });
  let isFlushed = false;
  void waitForFlush(raw as never, socket as never).then(() => {
    isFlushed = true;
  });
  return { raw, socket, isFlushed: () => new Promise((resolve) => setImmediate(() => resolve(isFlushed))) };
}

describe('the end of a response', () => {
  it.each([{ writableFinished: true }, { destroyed: true }, { isSocketDestroyed: true }])(
    'is there when it is %j',
    async (more) => {
      expect(await response(more).isFlushed()).toBe(true);
    },
  );

  it.each([
    ['raw', 'finish'],
    ['raw', 'close'],
    ['socket', 'close'],
  ] as const)('is awaited: the event of %s, %s', async (part, event) => {
    const one = response();
    expect(await one.isFlushed()).toBe(false);
    one[part].emit(event);
    expect(await one.isFlushed()).toBe(true);
  });
});

describe('work in sequence', () => {
  it('is done one after the other, and the event loop runs in between', async () => {
    const run = createSequence();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      return name;
    };
    const all = [run(work('a')), run(work('b'))];
    setImmediate(() => setImmediate(() => log.push('event loop')));
    expect(await Promise.all(all)).toEqual(['a', 'b']);
    expect(log.filter((entry) => entry !== 'event loop')).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(log.indexOf('event loop')).toBeLessThan(log.length - 1);
  });

  it('goes on after work that failed', async () => {
    const run = createSequence();
    const failed = run(async () => {
      throw new Error('no');
    });
    const next = run(async () => 'next');
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('next');
  });
});
