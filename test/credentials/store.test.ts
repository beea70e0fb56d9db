import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

describe('the errors of the store', () => {
  it.each([
    ['a newer version', { version: 2, type: 'oauth' }, 'was written by a newer ccp'],
    ['an older version', { version: 0, type: 'oauth' }, 'is not one this version reads'],
    ['a version in words', { version: '2' }, 'is not one this version reads'],
    ['no token', { type: 'oauth' }, 'contains no token'],
    ['no object', '[1]', 'is not one this version reads'],
  ])('name the file and the commands: a file with %s', async (_name, content, problem) => {
    const { store, write } = make();
    write('kimi', content);
    await expect(store.load('kimi')).rejects.toMatchObject({
      code: 'credential_rejected',
      message: `The credential file ${store.pathOf('kimi')} ${problem}. Remove it with \`ccp auth logout kimi\`, then run \`ccp auth login kimi\`.`,
    });
    await expect(store.save('kimi', login)).rejects.toThrow('is not one this version reads');
  });

  it('say why a key is not there, and how to get out of it', async () => {
    const { folder, keychain, store } = make({ mode: 'auto' });
    await store.save('codex', login);
    await store.save('openai', login);
    const later = () => make({ mode: 'auto', folder, keychain }).store;
    keychain.state = 'mute';
    await expect(later().load('codex')).rejects.toThrow(
      'The login for codex is there, but the keychain did not return its key (it did not answer within 3 s). Unlock the keychain and try again; if the key is gone, run `ccp auth logout codex` and sign in again.',
    );
    keychain.state = 'open';
    keychain.value = null;
    await expect(later().load('codex')).rejects.toThrow('(locked, or the key was removed)');
    await expect(later().save('kimi', login)).rejects.toThrow(
      'The keychain cannot be used now (it is locked, or its key was removed). Unlock it and try again, or set CCP_KEYCHAIN=off to keep the login in a file that only you can read. If its key is gone for good, log out of what it sealed first (codex, openai).',
    );
    const first = make({ mode: 'auto' });
    first.keychain.state = 'locked';
    await expect(first.store.save('codex', login)).rejects.toThrow(
      /^The keychain cannot be used now \(Cannot create an item in a locked collection\)\. Unlock it .* only you can read\.$/,
    );
  });

  it('say why a file cannot be read', async () => {
    const { folder, store } = make();
    mkdirSync(join(folder, 'kimi.json'));
    await expect(store.load('kimi')).rejects.toMatchObject({
      code: 'credential_rejected',
      message: expect.stringMatching(/^The credential file \S+kimi\.json cannot be read \(EISDIR/),
    });
  });
});

describe('a login that replaces one that cannot be opened', () => {
  it('creates a new key if no other file is sealed', async () => {
    const { folder, keychain, store } = make({ mode: 'auto' });
    await store.save('codex', login);
    keychain.value = null;
    writeFileSync(join(folder, 'notes.txt'), JSON.stringify({ version: 1, type: 'sealed' }));
    const later = make({ mode: 'auto', folder, keychain }).store;
    expect(await later.save('codex', login)).toBe('keychain');
    expect(keychain.value).toHaveLength(44);
    expect(await later.load('codex')).toMatchObject({ storage: 'keychain', document: login });
  });

  it('is not moved aside if it is plain or can be opened', async () => {
    const { store, write, has } = { ...make({ mode: 'auto' }), has: existsSync };
    write('kimi', 'precious');
    expect(await store.setAside('kimi')).toBeUndefined();
    expect(await store.setAside('codex')).toBeUndefined();
    expect(has(store.pathOf('kimi'))).toBe(true);
  });
});

describe('before a sign-in', () => {
  it('the storage is known, and nothing is left in the folder', async () => {
    const sealed = make({ mode: 'auto' });
    expect(await sealed.store.prepare('codex')).toEqual({ storage: 'keychain', reason: undefined });
    expect(readdirSync(sealed.folder)).toEqual([]);
    const plain = make({ mode: 'off' });
    expect(await plain.store.prepare('codex')).toEqual({ storage: 'file', reason: 'CCP_KEYCHAIN=off' });
    expect(plain.keychain.asked).toBe(0);
  });

  it('a foreign file is an error', async () => {
    const { store, write } = make();
    write('codex', 'precious');
    await expect(store.prepare('codex')).rejects.toMatchObject({ code: 'credential_rejected' });
  });
});

describe('a file of the store', () => {
  it('is plain with its own storage, and absent without a file', async () => {
    const { store, write } = make();
    expect(await store.load('codex')).toBeUndefined();
    expect(store.isForeign('codex')).toBe(false);
    expect(store.has('codex')).toBe(false);
    write('codex', login);
    expect(await store.load('codex')).toMatchObject({ storage: 'file', document: login });
    expect(store.isForeign('codex')).toBe(false);
    expect(store.has('codex')).toBe(true);
  });

  it('is not moved to the keychain if there is none', async () => {
    const { store, write, keychain, read } = make({ mode: 'auto' });
    keychain.state = 'absent';
    write('codex', { ...login, expiresAt: 5 });
    const before = read('codex');
    expect(await store.migrate('codex')).toBeUndefined();
    expect(read('codex')).toEqual(before);
    expect(await store.migrate('kimi')).toBeUndefined();
  });

  it('is removed with its record of a refresh and its partial writes, and nothing else is', async () => {
    const { store, write, folder } = make();
    expect(store.remove('codex')).toBe('absent');
    write('codex', login);
    write('kimi', login);
    for (const name of ['codex.refreshing', 'codex.json.1.tmp', 'codex.json.1.old', 'kimi.json.1.tmp', 'other.tmp'])
      writeFileSync(join(folder, name), '');
    expect(store.remove('codex')).toBe('removed');
    expect(readdirSync(folder).sort()).toEqual(['codex.json.1.old', 'kimi.json', 'kimi.json.1.tmp', 'other.tmp']);
  });

  it('that is foreign is moved aside at logout, with its content', () => {
    const { store, write } = make();
    write('codex', 'precious');
    const removed = store.remove('codex');
    expect(typeof removed === 'object' && readFileSync(removed.movedTo, 'utf8')).toBe('precious');
  });

  it.runIf(process.platform !== 'win32')('that others could read gets mode 0600 again', () => {
    const { store, write, folder } = make();
    write('codex', login);
    expect(store.repairMode('codex')).toBeUndefined();
    for (const mode of [0o644, 0o620, 0o601]) {
      chmodSync(store.pathOf('codex'), mode);
      expect(store.repairMode('codex')).toBe(mode);
      expect(statSync(store.pathOf('codex')).mode & 0o777).toBe(0o600);
    }
    chmodSync(store.pathOf('codex'), 0o400);
    expect(store.repairMode('codex')).toBeUndefined();
    expect(store.repairMode('kimi')).toBeUndefined();
    symlinkSync(join(folder, 'missing'), join(folder, 'openai.json'));
    expect(store.repairMode('openai')).toBeUndefined();
  });
});
