import { describe, expect, it } from 'vitest';
import { type DeviceCode, deviceLogin, type Polled } from '../../src/credentials/device-login.ts';
import type { LoginIo } from '../../src/credentials/logins/profile.ts';
import { authWorld } from '../support/auth-world.ts';
import { InstantClock } from '../support/instant-clock.ts';

const code = {
  userCode: 'FAKE-CODE',
  page: 'https://auth.example/device',
  readyPage: undefined,
  intervalSec: 5,
  expiresInSec: 900,
};

/** Signs in while the server gives these responses, one for each poll and the last one for ever. */
function make(responses: (Polled<string> | Error)[], change: Partial<DeviceCode> = {}) {
  const clock = new InstantClock();
  const start = clock.now();
  const said: string[] = [];
  const opened: string[] = [];
  const waits: string[] = [];
  const abort = new AbortController();
  let polls = 0;
  const io: LoginIo = {
    say: (text) => void said.push(text),
    open: async (url) => void opened.push(url),
    wait: (what, endsAt) => {
      waits.push(`${what}, ${endsAt - start} ms`);
      return () => void waits.push('stopped');
    },
    line: () => new Promise(() => {}),
    signal: abort.signal,
  };
  const result = deviceLogin({ ...code, ...change }, { ...authWorld().world, clock }, io, async () => {
    polls += 1;
    const response = responses.length > 1 ? responses.shift() : responses[0];
    if (response instanceof Error) throw response;
    return response ?? { state: 'pending' };
  });
  return { result, clock, said, opened, waits, abort, polls: () => polls };
}
const granted = { state: 'granted', value: 'fake-token' } as const;
const pending = { state: 'pending' } as const;

describe('a sign-in with a code', () => {
  it('shows the page and the code, and polls at the interval of the server until it is granted', async () => {
    const login = make([pending, pending, granted]);
    expect(await login.result).toBe('fake-token');
    expect(login.said).toEqual([
      'Open https://auth.example/device on any device and enter this code:\n\n    FAKE-CODE\n',
    ]);
    expect(login.opened).toEqual([]);
    expect(login.clock.waits).toEqual([5_000, 5_000, 5_000]);
    expect(login.waits).toEqual(['Waiting for the code to be entered, 900000 ms', 'stopped']);
  });

  it.each([
    [0, 1_000],
    [61, 60_000],
    [60, 60_000],
    [-5, 1_000],
  ])('with an interval of %i s waits %i ms', async (intervalSec, ms) => {
    const login = make([granted], { intervalSec });
    await login.result;
    expect(login.clock.waits).toEqual([ms]);
  });

  it('polls five seconds slower each time the server asks for it', async () => {
    const login = make([{ state: 'slower' }, pending, { state: 'slower' }, granted]);
    await login.result;
    expect(login.clock.waits).toEqual([5_000, 10_000, 10_000, 15_000]);
  });

  it('ends when the code has expired, without another poll', async () => {
    const login = make([pending], { expiresInSec: 15 });
    await expect(login.result).rejects.toThrow('The code expired before it was used. Run `ccp auth login` again.');
    expect(login.polls()).toBe(2);
    expect(login.waits.at(-1)).toBe('stopped');
  });

  it('ends with the reason of the server', async () => {
    await expect(make([{ state: 'refused', message: 'The sign-in was denied.' }]).result).rejects.toThrow(
      'The sign-in was denied.',
    );
  });

  it('tolerates four failures in a row, and not five', async () => {
    const failure = new Error('no network');
    const four = [failure, failure, failure, failure];
    expect(await make([...four, pending, ...four, granted]).result).toBe('fake-token');
    const failing = make([...four, failure, granted]);
    await expect(failing.result).rejects.toBe(failure);
    expect(failing.polls()).toBe(5);
  });

  it('ends when it is cancelled, with the reason of the cancellation', async () => {
    const login = make([pending]);
    login.abort.abort(new Error('Cancelled'));
    await expect(login.result).rejects.toThrow('Cancelled');
    expect(login.polls()).toBe(0);
    expect(login.waits.at(-1)).toBe('stopped');
  });
});

describe('a page that already contains the code', () => {
  it.each([
    ['https://auth.example/device?code=1', true],
    ['http://127.0.0.1:8080/device', true],
    ['http://auth.example/device', false],
    ['file:///etc/passwd', false],
    ['javascript:alert(1)', false],
    ['https://', false],
    ['no address', false],
  ])('%s is opened: %s', async (readyPage, isOpened) => {
    const login = make([granted], { readyPage });
    await login.result;
    expect(login.opened).toEqual(isOpened ? [readyPage] : []);
  });
});

it('a long address of a page is shown in full', async () => {
  const page = `https://auth.example/${'device/'.repeat(40)}activate`;
  const login = make([granted], { page });
  await login.result;
  expect(login.said[0]).toBe(`Open ${page} on any device and enter this code:\n\n    FAKE-CODE\n`);
});

it('the page and the code of the server are shown without control characters', async () => {
  const login = make([granted], { page: 'https://auth.example/\x1b[2J', userCode: 'A\x07B' });
  await login.result;
  expect(login.said[0]).toBe('Open https://auth.example/ [2J on any device and enter this code:\n\n    A B\n');
});
