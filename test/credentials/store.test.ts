import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { accountIdOf } from '../../src/credentials/claims.ts';
import { fakeJwt } from '../support/auth-server.ts';
import { FakeKeychain, makeCredentials } from '../support/credentials.ts';

type World = ReturnType<typeof makeCredentials>;
const worlds: World[] = [];
const make = (options: Parameters<typeof makeCredentials>[0] = {}): World => {
  const world = makeCredentials(options);
  worlds.push(world);
  return world;
};
afterEach(() => {
  for (const world of worlds.splice(0)) world.remove();
});

const login = { type: 'oauth', accessToken: 'fake-access', refreshToken: 'fake-refresh' } as const;

describe('credentials', () => {
  it('are read from the environment first, with the account from claims or a variable', async () => {
    const { folder, write, source } = make();
    write('codex', { type: 'oauth', accessToken: 'stored', accountId: 'b' });
    const token = fakeJwt({ 'https://api.openai.com/auth': { chatgpt_account_id: 'acct-1' } });
    const withToken = make({ folder, env: { CCP_CODEX_ACCESS_TOKEN: token } });
    expect(await withToken.source.get('codex')).toMatchObject({ token, accountId: 'acct-1', origin: 'environment' });
    const withAccount = make({ folder, env: { CCP_CODEX_ACCESS_TOKEN: 'plain', CCP_CODEX_ACCOUNT_ID: 'c' } });
    expect(await withAccount.source.get('codex')).toMatchObject({ accountId: 'c' });
    expect(await source.get('codex')).toMatchObject({ token: 'stored', accountId: 'b', origin: 'stored' });
  });

  it('that are missing, expired, corrupt or written by a newer version produce an error with a remedy and no token', async () => {
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
    await expect(source.get('codex')).rejects.toThrow(/not one this version reads\. Remove it with/);
    write('codex', { type: 'oauth', accessToken: 'with\na break' });
    await expect(source.get('codex')).rejects.toThrow(/contains no token/);
    write('codex', { type: 'api-key' });
    await expect(source.get('codex')).rejects.toThrow(/contains no token/);
  });

  it('take the account id from any of the known claims', () => {
    expect(accountIdOf(fakeJwt({ chatgpt_account_id: 'a' }))).toBe('a');
    expect(accountIdOf(fakeJwt({ organizations: [{ id: 'o' }] }))).toBe('o');
    expect(accountIdOf('not-a-jwt')).toBeUndefined();
  });
});

describe('the store', () => {
  it('seals a 0600 file with a key stored only in the keychain, which another process can open', async () => {
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

  it('keeps one key for all upstreams when logins are added and removed', async () => {
    const { keychain, store, folder } = make({ mode: 'auto' });
    await store.save('codex', login);
    const first = keychain.value;
    const session = make({ mode: 'auto', folder, keychain });
    await session.store.load('codex');
    expect(store.remove('codex')).toBe('removed');
    await store.save('kimi', login);
    expect(keychain.value).toBe(first);
    expect(await session.store.load('kimi')).toMatchObject({ document: login });
  });

  it('creates one key when several processes need the first one at once', async () => {
    const keychain = new FakeKeychain();
    const folder = make().folder;
    const upstreams = ['codex', 'kimi', 'openai', 'deepseek'];
    const stores = upstreams.map(() => make({ mode: 'auto', folder, keychain }).store);
    await Promise.all(stores.map((store, index) => store.save(upstreams[index] ?? '', login)));
    const { store } = make({ mode: 'auto', folder, keychain });
    for (const upstream of upstreams) expect(await store.load(upstream)).toMatchObject({ document: login });
  });

  it('rereads the key from the keychain before it rejects a file as foreign', async () => {
    const { keychain, store, folder } = make({ mode: 'auto' });
    await store.save('codex', login);
    keychain.value = null;
    const other = make({ mode: 'auto', folder: make().folder, keychain });
    await other.store.save('codex', { ...login, accessToken: 'fake-newer' });
    copyFileSync(join(other.folder, 'codex.json'), join(folder, 'codex.json'));
    expect(await store.load('codex')).toMatchObject({ document: { accessToken: 'fake-newer' } });
  });

  it('moves a file that cannot be opened any more aside before it is replaced', async () => {
    const { keychain, store, folder, read } = make({ mode: 'auto' });
    await store.save('codex', login);
    const sealed = JSON.stringify(read('codex'));
    keychain.value = null;
    const later = make({ mode: 'auto', folder, keychain });
    const asidePath = await later.store.setAside('codex');
    expect(readFileSync(asidePath ?? '', 'utf8').trim()).toBe(sealed);
    await later.store.save('codex', login);
    expect(await later.store.load('codex')).toBeDefined();
    expect(await later.store.setAside('codex')).toBeUndefined();
  });

  it('follows a symlink, removes partial writes at logout, and treats a folder in place of a file as foreign', async () => {
    const { folder, store } = make();
    writeFileSync(join(folder, 'elsewhere'), JSON.stringify({ version: 1, type: 'api-key', apiKey: 'fake' }));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'openai.json'));
    await store.save('openai', { type: 'api-key', apiKey: 'fake-new' });
    expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toContain('fake-new');
    writeFileSync(join(folder, 'openai.json.1.ab.tmp'), 'fake-torn');
    store.remove('openai');
    expect(readdirSync(folder)).toEqual([]);
    mkdirSync(join(folder, 'kimi.json'));
    await expect(store.load('kimi')).rejects.toThrow(/cannot be read.*ccp auth logout kimi/);
    expect(store.isForeign('kimi')).toBe(true);
    expect(store.remove('kimi')).toMatchObject({ movedTo: expect.stringContaining('kimi.json.') });
  });

  it('checks before a login that it can be stored', async () => {
    const { folder } = make();
    writeFileSync(join(folder, 'file'), '');
    await expect(make({ folder: join(folder, 'file') }).store.prepare('codex')).rejects.toThrow(/EEXIST|ENOTDIR/);
  });

  it.each(['mute', 'absent'] as const)(
    'falls back to a plain 0600 file with a reason when the keychain is %s',
    async (state) => {
      const keychain = new FakeKeychain();
      keychain.state = state;
      const { folder, store, read } = make({ mode: 'auto', keychain });
      expect(await store.prepare('codex')).toMatchObject({ storage: 'file', reason: expect.stringMatching(/./) });
      expect(await store.save('codex', login)).toBe('file');
      expect(read('codex')).toEqual({ version: 1, ...login });
      if (process.platform !== 'win32') expect(statSync(join(folder, 'codex.json')).mode & 0o777).toBe(0o600);
      // The keychain is queried once, not before every request.
      expect(keychain.asked).toBe(1);
    },
  );

  it.each(['locked', 'mute', 'absent'] as const)(
    'reports a login as locked, not as missing, while the keychain is %s',
    async (state) => {
      const { folder, keychain, store } = make({ mode: 'auto' });
      await store.save('codex', login);
      keychain.state = state;
      const later = make({ mode: 'auto', folder, keychain });
      await expect(later.store.load('codex')).rejects.toMatchObject({ code: 'credential_locked' });
      // No second key is created, because it would make the first file unreadable.
      await expect(later.store.save('kimi', login)).rejects.toMatchObject({ code: 'credential_locked' });
      keychain.state = 'open';
      expect(await make({ mode: 'auto', folder, keychain }).store.load('codex')).toMatchObject({ document: login });
    },
  );

  it('rejects a first login before the sign-in when the keychain is locked', async () => {
    const keychain = new FakeKeychain();
    keychain.state = 'locked';
    const { store } = make({ mode: 'auto', keychain });
    await expect(store.prepare('codex')).rejects.toThrow(/Unlock it and try again, or set CCP_KEYCHAIN=off/);
  });

  it('never overwrites a foreign file, and moves it aside at logout', async () => {
    const { store, write, folder } = make();
    write('codex', 'precious');
    await expect(store.save('codex', login)).rejects.toThrow(/Remove it with/);
    const removed = store.remove('codex');
    expect(removed).toMatchObject({ movedTo: expect.stringContaining(join(folder, 'codex.json.')) });
    expect(store.has('codex')).toBe(false);
  });

  it('rejects a sealed file that was modified or belongs to another upstream', async () => {
    const { store, read, write, folder, keychain } = make({ mode: 'auto' });
    await store.save('codex', login);
    writeFileSync(join(folder, 'kimi.json'), JSON.stringify(read('codex')));
    await expect(store.load('kimi')).rejects.toThrow(/sealed with another key, or changed/);
    const data = Buffer.from(String(read('codex').data), 'base64');
    data[3] = (data[3] ?? 0) ^ 1;
    write('codex', { ...read('codex'), data: data.toString('base64') });
    await expect(make({ mode: 'auto', folder, keychain }).store.load('codex')).rejects.toThrow(/changed/);
  });

  it('leaves a keychain item that is not a ccp key unchanged', async () => {
    const keychain = new FakeKeychain();
    keychain.value = 'somebody else’s';
    const { store } = make({ mode: 'auto', keychain });
    expect(await store.prepare('codex')).toMatchObject({
      storage: 'file',
      reason: expect.stringContaining('is not a ccp key'),
    });
    expect(keychain.value).toBe('somebody else’s');
  });

  it('migrates the complete document between keychain and file in both directions', async () => {
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
