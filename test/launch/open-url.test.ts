import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openUrl } from '../../src/launch/open-url.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** @param happens to the program after it was started. */
async function opened(happens: (program: EventEmitter) => void): Promise<{ result: boolean; url: string }> {
  const program = new EventEmitter();
  let url = '';
  const result = openUrl({ url: 'http://127.0.0.1/x' }, async (asked) => {
    url = asked;
    return program;
  });
  await vi.advanceTimersByTimeAsync(0);
  happens(program);
  await vi.advanceTimersByTimeAsync(1);
  return { result: await result, url };
}

describe('a URL', () => {
  it('is opened when the program succeeds, and not when it fails or does not start', async () => {
    expect(await opened((program) => program.emit('exit', 0))).toEqual({ result: true, url: 'http://127.0.0.1/x' });
    expect((await opened((program) => program.emit('exit', 3))).result).toBe(false);
    expect((await opened((program) => program.emit('error', new Error('no program')))).result).toBe(false);
  });

  it('is opened when the program still runs after a second', async () => {
    let result: boolean | undefined;
    void openUrl({ url: 'http://127.0.0.1/x' }, async () => new EventEmitter()).then((value) => {
      result = value;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(result).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(result).toBe(true);
  });

  it.each([undefined, 'http://127.0.0.1', {}, { url: 7 }])('is missing in %j', async (request) => {
    const open = vi.fn();
    expect(await openUrl(request, open)).toBe(false);
    expect(open).not.toHaveBeenCalled();
  });

  it('is not opened where no program can be started', async () => {
    expect(await openUrl({ url: 'http://127.0.0.1/x' }, () => Promise.reject(new Error('none')))).toBe(false);
  });
});
