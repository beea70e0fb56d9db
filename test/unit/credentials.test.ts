import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { accountIdOf } from '../../src/credentials/claims.ts';
import { fakeJwt } from '../support/auth-server.ts';
import { FakeKeychain, makeCredentials } from '../support/credentials.ts';

type World = ReturnType<typeof makeCredentials>;
const made: World[] = [];
const make = (options: Parameters<typeof makeCredentials>[0] = {}): World => {
  const world = makeCredentials(options);
  made.push(world);
  return world;
};
afterEach(() => {
  for (const world of made.splice(0)) world.remove();
});

const login = { type: 'oauth', accessToken: 'fake-access', refreshToken: 'fake-refresh' } as const;

describe('credentials', () => {
  it('come from the environment first, with the account from claims or variable', async () => {
    const { folder, write, source } = make();
    write('codex', { type: 'oauth', accessToken: 'stored', accountId: 'b' });
    const token = fakeJwt({ 'https://api.openai.com/auth': { chatgpt_account_id: 'acct-1' } });
    const given = make({ folder, env: { CCP_CODEX_ACCESS_TOKEN: token } });
    expect(await given.source.get('codex')).toMatchObject({ token, accountId: 'acct-1', origin: 'environment' });
    const plain = make({ folder, env: { CCP_CODEX_ACCESS_TOKEN: 'plain', CCP_CODEX_ACCOUNT_ID: 'c' } });
    expect(await plain.source.get('codex')).toMatchObject({ accountId: 'c' });
    expect(await source.get('codex')).toMatchObject({ token: 'stored', accountId: 'b', origin: 'stored' });
  });

  it('that expired, are foreign, broken, newer or missing say so, with a remedy and without the token', async () => {
    const { write, source } = make();
    await expect(source.get('codex')).rejects.toThrow(
      /no credential for codex\. Run `ccp auth login codex`, or set CCP_CODEX_ACCESS_TOKEN/,
    );
    write('codex', { type: 'oauth', accessToken: 'stored-secret', expiresAt: 1 });
    await expect(source.get('codex')).rejects.toThrow(/expired\. Run `ccp auth login codex`/);
    await expect(source.get('codex')).rejects.not.toThrow(/stored-secret/);
    write('codex', { version: 2 });
    await expect(source.get('codex')).rejects.toThrow(/written by a newer ccp/);
    write('codex', '{"version":1,"type":"oa');
    await expect(source.get('codex')).rejects.toThrow(/not one this version reads\. Move it away/);
    write('codex', { type: 'api-key' });
    await expect(source.get('codex')).rejects.toThrow(/holds no token/);
  });

  it('have their account read from any of three claims', () => {
    expect(accountIdOf(fakeJwt({ chatgpt_account_id: 'a' }))).toBe('a');
    expect(accountIdOf(fakeJwt({ organizations: [{ id: 'o' }] }))).toBe('o');
    expect(accountIdOf('not-a-jwt')).toBeUndefined();
  });
});

describe('the store', () => {
  it('seals a file with a key that the keychain alone holds, at 0600, and another process opens it', async () => {
    const { folder, keychain, store, read } = make({ mode: 'auto' });
    expect(await store.save('codex', { ...login, other: { note: 'mine' } })).toBe('keychain');
    expect(JSON.stringify(read('codex'))).not.toMatch(/fake-|mine|accessToken/);
    expect(read('codex')).toMatchObject({ version: 1, type: 'sealed' });
    if (process.platform !== 'win32') expect(statSync(join(folder, 'codex.json')).mode & 0o777).toBe(0o600);
    const other = make({ mode: 'auto', folder, keychain });
    expect(await other.store.load('codex')).toMatchObject({
      storage: 'keychain',
      document: { ...login, other: { note: 'mine' } },
    });
    expect(keychain.value).toHaveLength(44);
  });

  it('keeps one key for all upstreams, and takes it away with the last of them', async () => {
    const { keychain, store } = make({ mode: 'auto' });
    await store.save('codex', login);
    const first = keychain.value;
    await store.save('kimi', login);
    expect(keychain.value).toBe(first);
    expect(await store.remove('codex')).toBe('removed');
    expect(keychain.value).toBe(first);
    expect(await store.remove('kimi')).toBe('removed');
    expect(keychain.value).toBeNull();
  });

  it.each(['mute', 'absent'] as const)(
    'falls back to a plain 0600 file where the keychain is %s, and says why',
    async (state) => {
      const keychain = new FakeKeychain();
      keychain.state = state;
      const { folder, store, read } = make({ mode: 'auto', keychain });
      expect(await store.prepare('codex')).toMatchObject({ storage: 'file', reason: expect.stringMatching(/./) });
      expect(await store.save('codex', login)).toBe('file');
      expect(read('codex')).toEqual({ version: 1, ...login });
      if (process.platform !== 'win32') expect(statSync(join(folder, 'codex.json')).mode & 0o777).toBe(0o600);
      // Asked once, not before every request.
      expect(keychain.asked).toBe(1);
    },
  );

  it.each(['locked', 'mute', 'absent'] as const)(
    'calls a login locked, never logged out, while its keychain is %s',
    async (state) => {
      const { folder, keychain, store } = make({ mode: 'auto' });
      await store.save('codex', login);
      keychain.state = state;
      const later = make({ mode: 'auto', folder, keychain });
      await expect(later.store.load('codex')).rejects.toMatchObject({ code: 'credential_locked' });
      // Nor does it make a second key, which would lose the first file.
      await expect(later.store.save('kimi', login)).rejects.toMatchObject({ code: 'credential_locked' });
      keychain.state = 'open';
      expect(await make({ mode: 'auto', folder, keychain }).store.load('codex')).toMatchObject({ document: login });
    },
  );

  it('refuses a first login into a locked keychain before anybody signs in', async () => {
    const keychain = new FakeKeychain();
    keychain.state = 'locked';
    const { store } = make({ mode: 'auto', keychain });
    await expect(store.prepare('codex')).rejects.toThrow(/Unlock it and try again, or set CCP_KEYCHAIN=off/);
  });

  it('never overwrites what is not its own, and moves it aside at logout', async () => {
    const { store, write, folder } = make();
    write('codex', 'precious');
    await expect(store.save('codex', login)).rejects.toThrow(/Move it away/);
    const removed = await store.remove('codex');
    expect(removed).toMatchObject({ movedTo: expect.stringContaining(join(folder, 'codex.json.')) });
    expect(store.has('codex')).toBe(false);
  });

  it('notices a sealed file that was changed, or belongs to another upstream', async () => {
    const { store, read, write, folder, keychain } = make({ mode: 'auto' });
    await store.save('codex', login);
    writeFileSync(join(folder, 'kimi.json'), JSON.stringify(read('codex')));
    await expect(store.load('kimi')).rejects.toThrow(/sealed with another key, or changed/);
    const data = Buffer.from(String(read('codex').data), 'base64');
    data[3] = (data[3] ?? 0) ^ 1;
    write('codex', { ...read('codex'), data: data.toString('base64') });
    await expect(make({ mode: 'auto', folder, keychain }).store.load('codex')).rejects.toThrow(/changed/);
  });

  it('leaves a keychain item that is no key alone', async () => {
    const keychain = new FakeKeychain();
    keychain.value = 'somebody else’s';
    const { store } = make({ mode: 'auto', keychain });
    expect(await store.prepare('codex')).toMatchObject({
      storage: 'file',
      reason: expect.stringContaining('no key of ccp'),
    });
    expect(keychain.value).toBe('somebody else’s');
  });

  it('moves between the storages, both ways, with everything in the file', async () => {
    const { folder, keychain, store, write, read } = make({ mode: 'auto' });
    write('codex', { ...login, note: 'kept' });
    expect(await store.migrate('codex')).toBe('keychain');
    expect(read('codex')).toMatchObject({ type: 'sealed' });
    expect(await store.migrate('codex')).toBeUndefined();
    const off = make({ mode: 'off', folder, keychain });
    expect(await off.store.migrate('codex')).toBe('file');
    expect(read('codex')).toEqual({ version: 1, ...login, note: 'kept' });
  });
});
