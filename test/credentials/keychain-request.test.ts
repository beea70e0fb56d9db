import { describe, expect, it } from 'vitest';
import { answerKeychain } from '../../src/credentials/keychain-request.ts';

function keychain(stored: string | null = 'fake-secret') {
  const log: string[] = [];
  return {
    log,
    load: async () => ({
      getPassword: async (service: string, account: string) => {
        log.push(`get ${service} ${account}`);
        return stored;
      },
      setPassword: async (service: string, account: string, value: string) => {
        log.push(`set ${service} ${account} ${value}`);
      },
    }),
  };
}

describe('a request to the keychain', () => {
  it('gets what is stored, or null', async () => {
    const { log, load } = keychain();
    expect(await answerKeychain({ do: 'get', service: 'ccp', account: 'key' }, load)).toEqual({
      state: 'done',
      value: 'fake-secret',
    });
    expect(log).toEqual(['get ccp key']);
    expect(await answerKeychain({ do: 'get', service: 'ccp', account: 'key' }, keychain(null).load)).toEqual({
      state: 'done',
      value: null,
    });
  });

  it('stores a value, and returns none', async () => {
    const { log, load } = keychain();
    const request = { do: 'set', service: 'ccp', account: 'key', value: 'new' };
    expect(await answerKeychain(request, load)).toEqual({ state: 'done', value: null });
    await answerKeychain({ do: 'set', service: 'ccp', account: 'key' }, load);
    expect(log).toEqual(['set ccp key new', 'set ccp key ']);
  });

  it('only loads it for a probe', async () => {
    const { log, load } = keychain();
    expect(await answerKeychain({ do: 'probe', service: 'ccp', account: 'key' }, load)).toEqual({
      state: 'done',
      value: null,
    });
    expect(log).toEqual([]);
  });

  it.each([undefined, 'text', [], { service: 'ccp' }, { account: 'key' }, { service: 1, account: 'key' }])(
    'that is %j is none',
    async (request) => {
      const { log, load } = keychain();
      expect(await answerKeychain(request, load)).toEqual({ state: 'failed', reason: 'no request' });
      expect(log).toEqual([]);
    },
  );

  it.each([
    [
      new Error('libsecret-1.so.0: cannot open shared object file\nRequire stack:\n- /x'),
      'libsecret-1.so.0: cannot open shared object file',
    ],
    ['locked', 'locked'],
  ])('that fails has the first line of the reason', async (thrown, reason) => {
    const request = { do: 'get', service: 'ccp', account: 'key' };
    expect(await answerKeychain(request, () => Promise.reject(thrown))).toEqual({ state: 'failed', reason });
  });
});
