import { describe, expect, it } from 'vitest';
import { Keychain } from '../../src/credentials/keychain.ts';
import { FakeClock } from '../support/fake-clock.ts';

const stored = Buffer.alloc(32, 5).toString('base64');
const done = (value: string | null) => ({ state: 'done', value });
const failed = (reason?: unknown) => ({ state: 'failed', reason });

/** A keychain whose helper gives these responses in order, the last one for ever. */
function make(...responses: unknown[]) {
  const clock = new FakeClock();
  const queries: { request: unknown; timeoutMs: number }[] = [];
  const keychain = new Keychain(
    async (request, timeoutMs) => {
      queries.push({ request, timeoutMs });
      return responses.length > 1 ? responses.shift() : responses[0];
    },
    clock,
    3_000,
  );
  return { keychain, clock, queries };
}

describe('the key', () => {
  it('is read once and kept in memory', async () => {
    const { keychain, queries } = make(done(stored));
    expect(await keychain.key()).toEqual({ state: 'key', key: Buffer.alloc(32, 5) });
    expect(await keychain.key()).toEqual({ state: 'key', key: Buffer.alloc(32, 5) });
    expect(queries).toEqual([{ request: { service: 'ccp', account: 'credentials', do: 'get' }, timeoutMs: 3_000 }]);
  });

  it('is read once for requests at the same time, and again after a failed one', async () => {
    const { keychain, queries, clock } = make(failed('busy'), done(stored));
    const results = await Promise.all([keychain.key(), keychain.key(), keychain.key()]);
    expect(new Set(results.map(({ state }) => state))).toEqual(new Set(['unavailable']));
    expect(queries).toHaveLength(1);
    clock.advance(10_000);
    expect(await keychain.key()).toMatchObject({ state: 'key' });
    expect(queries).toHaveLength(2);
  });

  it('is not queried for ten seconds after a failure', async () => {
    const { keychain, queries, clock } = make(failed('busy'), done(stored));
    clock.advance(5);
    await keychain.key();
    clock.advance(9_999);
    expect(await keychain.key()).toEqual({ state: 'unavailable', reason: 'busy' });
    expect(queries).toHaveLength(1);
    clock.advance(1);
    expect(await keychain.key()).toMatchObject({ state: 'key' });
  });

  it('is read again on request, whether there was one or a failure', async () => {
    const other = Buffer.alloc(32, 6).toString('base64');
    const { keychain } = make(failed('busy'), done(stored), done(other));
    await keychain.key();
    expect(await keychain.again()).toMatchObject({ state: 'key' });
    expect(await keychain.again()).toEqual({ state: 'key', key: Buffer.alloc(32, 6) });
    expect(await keychain.key()).toEqual({ state: 'key', key: Buffer.alloc(32, 6) });
  });

  it.each([
    [done(null), { state: 'absent' }],
    [{ state: 'done' }, { state: 'absent' }],
    [done('c2hvcnQ='), { state: 'unavailable', reason: 'its item "ccp" is not a ccp key' }],
    [undefined, { state: 'unavailable', reason: 'it did not answer within 3 s' }],
    ['text', { state: 'unavailable', reason: 'no answer' }],
    [failed(), { state: 'unavailable', reason: 'no answer' }],
    [failed('The collection is locked'), { state: 'locked', reason: 'The collection is locked' }],
    [failed('Cannot lock it'), { state: 'locked', reason: 'Cannot lock it' }],
    [failed('a blocked clock'), { state: 'unavailable', reason: 'a blocked clock' }],
    [failed('Cannot autolaunch D-Bus'), { state: 'unavailable', reason: 'no keychain service runs' }],
    [failed('exec dbus-launch'), { state: 'unavailable', reason: 'no keychain service runs' }],
  ])('with the response %j of the helper is %j', async (response, expected) => {
    expect(await make(response).keychain.key()).toEqual(expected);
  });
});

describe('a new key', () => {
  it('is random, stored and read back', async () => {
    let value: string | null = null;
    const keychain = new Keychain(
      async (request) => {
        if (request.do === 'set') value = String(request.value);
        return done(request.do === 'get' ? value : null);
      },
      new FakeClock(),
      1,
    );
    const created = await keychain.create();
    expect(created).toEqual({ state: 'key', key: Buffer.from(value ?? '', 'base64') });
    expect(Buffer.from(value ?? '', 'base64')).toHaveLength(32);
    // A second one is not created.
    expect(await keychain.create()).toEqual(created);
  });

  it('is the one of another process if that stored one first', async () => {
    const { keychain, queries } = make(done(null), done(stored));
    expect(await keychain.key()).toEqual({ state: 'absent' });
    expect(await keychain.create()).toEqual({ state: 'key', key: Buffer.alloc(32, 5) });
    expect(queries).toHaveLength(2);
  });

  it('is not used if it cannot be stored or read back', async () => {
    const locked = make(done(null), failed('a locked collection'), done(stored));
    expect(await locked.keychain.create()).toMatchObject({ state: 'locked' });
    // The failure is remembered.
    expect(await locked.keychain.key()).toMatchObject({ state: 'locked' });
    const forgetful = make(done(null));
    const unreadable = { state: 'unavailable', reason: 'a stored key cannot be read back' };
    expect(await forgetful.keychain.create()).toEqual(unreadable);
    expect(forgetful.queries.map(({ request }) => request)).toMatchObject([
      { do: 'get' },
      { do: 'set' },
      { do: 'get' },
    ]);
    expect(await forgetful.keychain.key()).toEqual(unreadable);
  });
});

describe('unlocking', () => {
  it('waits longer for the user, and as long as before for the next query', async () => {
    const { keychain, queries, clock } = make(failed('locked'), failed('locked'), done(stored));
    await keychain.key();
    await keychain.unlock(60_000, () => {});
    await keychain.again();
    expect(queries.map(({ timeoutMs }) => timeoutMs)).toEqual([3_000, 60_000, 3_000]);
    expect(clock.pending).toBe(0);
  });

  it('reports a keychain that takes longer than a second and a half', async () => {
    const clock = new FakeClock();
    let answer: (response: unknown) => void = () => {};
    const keychain = new Keychain(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      clock,
      3_000,
    );
    let slow = 0;
    const unlocking = keychain.unlock(60_000, () => {
      slow += 1;
    });
    clock.advance(1_499);
    expect(slow).toBe(0);
    clock.advance(1);
    expect(slow).toBe(1);
    answer(done(stored));
    await unlocking;
    expect(await keychain.key()).toMatchObject({ state: 'key' });
  });
});
