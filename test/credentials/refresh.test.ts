import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuthServer } from '../support/auth-server.ts';
import { makeCredentials } from '../support/credentials.ts';

type World = ReturnType<typeof makeCredentials>;
let auth: AuthServer;
let worlds: World[] = [];
const make = (options: Parameters<typeof makeCredentials>[0] = {}): World => {
  const world = makeCredentials({ authUrl: auth.url, ...options });
  worlds.push(world);
  return world;
};
beforeEach(async () => {
  auth = await AuthServer.start();
});
afterEach(async () => {
  for (const world of worlds) world.remove();
  worlds = [];
  await auth.stop();
});

const minutes = (n: number) => Date.now() + n * 60_000;

/** Issues a login on the server and writes its credential file. */
function makeSignedIn(kind: 'codex' | 'chatgpt' | 'kimi', more: Record<string, unknown> = {}, options = {}) {
  const world = make(options);
  const issued = auth.issue(kind);
  world.write(kind, {
    type: 'oauth',
    accessToken: issued.access,
    refreshToken: issued.refresh,
    expiresAt: minutes(60),
    ...(kind === 'chatgpt' ? { clientId: issued.clientId } : {}),
    note: 'from a newer version',
    ...more,
  });
  return { ...world, issued, first: issued.access };
}

describe('a refresh', () => {
  it('happens once for concurrent requests, is stored before use, and preserves unknown fields', async () => {
    const { source, read, first, issued, folder, news } = makeSignedIn('codex', { expiresAt: minutes(-1) });
    const credentials = await Promise.all(Array.from({ length: 20 }, () => source.get('codex')));
    expect(new Set(credentials.map(({ token }) => token))).toEqual(new Set([issued.access]));
    expect(issued.access).not.toBe(first);
    expect(auth.refreshes).toHaveLength(1);
    expect(auth.refreshes[0]).toMatchObject({ json: true, body: { refresh_reason: 'proactive_expiry' } });
    expect(read('codex')).toMatchObject({
      accessToken: issued.access,
      refreshToken: issued.refresh,
      plan: 'plus',
      email: 'person@example.org',
      note: 'from a newer version',
    });
    expect(readdirSync(folder).filter((name) => !name.endsWith('.json'))).toEqual([]);
    expect(news).toEqual(['The login for codex was renewed.']);
  });

  it('happens once for several processes: a process that waited for the lock uses the stored result', async () => {
    auth.faults.push('slow');
    const { source, folder, issued } = makeSignedIn('codex', { expiresAt: minutes(-1) });
    const sources = [source, ...Array.from({ length: 3 }, () => make({ folder }).source)];
    const credentials = await Promise.all(sources.map((one) => one.get('codex')));
    expect(new Set(credentials.map(({ token }) => token))).toEqual(new Set([issued.access]));
    expect(auth.refreshes).toHaveLength(1);
  });

  it('of a token that is still valid runs in the background and does not delay the request', async () => {
    auth.faults.push('slow');
    const { source, first, issued } = makeSignedIn('codex', { expiresAt: minutes(4) });
    expect((await source.get('codex')).token).toBe(first);
    await source.settled();
    expect((await source.get('codex')).token).toBe(issued.access);
    expect(auth.refreshes).toHaveLength(1);
  });

  it.each([
    ['codex', { expiresAt: minutes(6) }, 0],
    ['codex', { expiresAt: minutes(4) }, 1],
    // A token without an expiry time.
    ['codex', { accessToken: 'fake-opaque', expiresAt: undefined, refreshedAt: minutes(-9 * 24 * 60) }, 1],
    ['codex', { accessToken: 'fake-opaque', expiresAt: undefined, refreshedAt: minutes(-60) }, 0],
    // Refreshed after half of its lifetime, or five minutes before expiry.
    ['kimi', { expiresAt: minutes(8), lifetimeMs: 15 * 60_000 }, 0],
    ['kimi', { expiresAt: minutes(7), lifetimeMs: 15 * 60_000 }, 1],
    ['kimi', { expiresAt: minutes(4) }, 1],
    // Never before `earliestRefreshAt`, however close the expiry.
    ['chatgpt', { expiresAt: minutes(4), earliestRefreshAt: minutes(1) }, 0],
    ['chatgpt', { expiresAt: minutes(5.5), earliestRefreshAt: minutes(-0.5) }, 0],
    ['chatgpt', { expiresAt: minutes(4), earliestRefreshAt: minutes(-1) }, 1],
  ] as const)('of %s with %o happens %i times', async (kind, more, times) => {
    auth.earliestSeconds = -1;
    const { source } = makeSignedIn(kind, more);
    for (const login of auth.logins) login.earliest = 0;
    await source.get(kind);
    await source.settled();
    expect(auth.refreshes).toHaveLength(times);
  });

  it('is not started early by a short-lived command', async () => {
    const { source } = makeSignedIn('codex', { expiresAt: minutes(4) }, { early: false });
    await source.get('codex');
    await source.settled();
    expect(auth.refreshes).toHaveLength(0);
  });

  it('that fails temporarily keeps the tokens, uses the old one until it expires, and is not repeated immediately', async () => {
    auth.faults.push('unavailable', 'unavailable', 'unavailable');
    const { source, read, first, issued } = makeSignedIn('codex', { expiresAt: Date.now() + 30_000 });
    expect((await source.get('codex')).token).toBe(first);
    expect((await source.get('codex')).token).toBe(first);
    expect(auth.refreshes).toHaveLength(1);
    expect(read('codex')).toMatchObject({ accessToken: first, refreshToken: issued.refresh });
  });

  it('that fails temporarily is a retryable error once the token has expired', async () => {
    auth.faults.push('cut');
    const { source, read, issued } = makeSignedIn('codex', { expiresAt: minutes(-1) });
    await expect(source.get('codex')).rejects.toMatchObject({ code: 'auth_unavailable', row: { status: 529 } });
    expect(read('codex').refreshToken).toBe(issued.refresh);
  });

  it('of kimi is retried after a transient failure', async () => {
    auth.faults.push('unavailable', 'unavailable');
    const { source, issued } = makeSignedIn('kimi', { expiresAt: minutes(-1) });
    expect((await source.get('kimi')).token).toBe(issued.access);
    expect(auth.refreshes).toHaveLength(3);
    expect(auth.refreshes[0]?.headers['x-msh-device-id']).toMatch(/^[\da-f-]{36}$/);
  });

  it.each([
    ['codex', 'refresh_token_reused'],
    ['kimi', 'invalid_grant'],
    ['chatgpt', 'invalid_grant'],
  ] as const)('of %s with an invalid token ends the login for every process after one request', async (kind, code) => {
    const { source, read, issued, folder } = makeSignedIn(kind, {
      expiresAt: minutes(-1),
      earliestRefreshAt: minutes(-1),
    });
    issued.revoked = true;
    await expect(source.get(kind)).rejects.toThrow(`has ended (${code}). Run \`ccp auth login ${kind}\``);
    await expect(source.get(kind)).rejects.toMatchObject({ code: 'credential_rejected' });
    for (let process = 0; process < 10; process++)
      await expect(make({ folder }).source.get(kind)).rejects.toThrow(code);
    expect(auth.refreshes).toHaveLength(1);
    expect(read(kind)).not.toHaveProperty('refreshToken');
    expect(read(kind)).toMatchObject({ ended: { code }, note: 'from a newer version' });
  });

  it('whose response was lost is reported by later attempts', async () => {
    auth.faults.push('lost');
    const { source, folder } = makeSignedIn('codex', { expiresAt: minutes(-1) });
    await expect(source.get('codex')).rejects.toMatchObject({ code: 'auth_unavailable' });
    // A transient failure does not clear the record of the lost response.
    auth.faults.push('unavailable');
    await expect(make({ folder }).source.get('codex')).rejects.toMatchObject({ code: 'auth_unavailable' });
    const lost = /was lost when a renewal was interrupted \(refresh_token_reused\)/;
    const later = make({ folder });
    await expect(later.source.get('codex')).rejects.toThrow(lost);
    await expect(make({ folder }).source.get('codex')).rejects.toThrow(lost);
    expect(later.news.at(-1)).toMatch(lost);
  });

  it('of kimi whose response was lost on an earlier attempt is reported', async () => {
    auth.faults.push('lost');
    const { source } = makeSignedIn('kimi', { expiresAt: minutes(-1) });
    await expect(source.get('kimi')).rejects.toThrow(/was lost when a renewal was interrupted/);
  });

  it('with an empty response or an already expired token is not repeated on every request', async () => {
    auth.faults.push('empty');
    const { source } = makeSignedIn('codex', { expiresAt: minutes(-1) });
    for (let turn = 0; turn < 5; turn++)
      await expect(source.get('codex')).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(auth.refreshes).toHaveLength(1);
    auth.accessSeconds = 0;
    const short = makeSignedIn('kimi', { expiresAt: minutes(-1) });
    for (let turn = 0; turn < 5; turn++) await short.source.get('kimi');
    expect(auth.refreshes).toHaveLength(2);
  });

  it('that completes after a logout does not restore the login', async () => {
    auth.faults.push('slow');
    const { source, store, news } = makeSignedIn('codex', { expiresAt: minutes(-1) });
    const waiting = source.get('codex');
    waiting.catch(() => {});
    await expect.poll(() => auth.refreshes.length).toBe(1);
    // Simulates a system sleep during which the lock expired.
    store.remove('codex');
    await expect(waiting).rejects.toMatchObject({ code: 'no_credential' });
    expect(store.has('codex')).toBe(false);
    expect(news).toEqual([]);
  });

  it('does not overwrite a login or an API key stored in the meantime', async () => {
    auth.faults.push('slow', 'slow');
    const { source, read, write } = makeSignedIn('codex', { expiresAt: minutes(-1) });
    const waiting = source.get('codex');
    await expect.poll(() => auth.refreshes.length).toBe(1);
    write('codex', { type: 'oauth', accessToken: 'fake-newer', refreshToken: 'fake-newer-refresh' });
    expect((await waiting).token).toBe('fake-newer');
    expect(read('codex').refreshToken).toBe('fake-newer-refresh');
    const kimi = makeSignedIn('kimi', { expiresAt: minutes(-1) });
    const pendingKimi = kimi.source.get('kimi');
    await expect.poll(() => auth.refreshes.length).toBe(2);
    kimi.write('kimi', { type: 'api-key', apiKey: 'sk-fake' });
    expect(await pendingKimi).toMatchObject({ kind: 'api-key', token: 'sk-fake' });
  });

  it('of chatgpt is not sent before its earliest time, even when the token has expired', async () => {
    const { source } = makeSignedIn('chatgpt', { expiresAt: minutes(-1), earliestRefreshAt: minutes(5) });
    await expect(source.get('chatgpt')).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(auth.refreshes).toHaveLength(0);
  });

  it('removes tokens and terminal escape sequences from the server’s error message', async () => {
    const { source, issued } = makeSignedIn('kimi', { expiresAt: minutes(-1) });
    auth.refusal = `\x1b]0;x\x07 refresh token ${issued.refresh} is odd`;
    auth.faults.push('refused', 'refused', 'refused');
    const error = await source.get('kimi').catch((thrown: Error) => thrown.message);
    expect(error).toContain('is odd');
    expect(error).not.toMatch(/fake-refresh|\x1b/);
  });

  it('is not started when its result could not be stored', async () => {
    const { source, store, folder } = makeSignedIn('codex', { expiresAt: minutes(-1) });
    // The keychain is locked, so the result could not be sealed.
    writeFileSync(join(folder, 'kimi.json'), JSON.stringify({ version: 1, type: 'sealed' }));
    const auto = make({ folder, mode: 'auto' });
    auto.keychain.state = 'locked';
    await expect(auto.source.get('codex')).rejects.toMatchObject({ code: 'credential_locked' });
    expect(auth.refreshes).toHaveLength(0);
    expect(await store.load('codex')).toBeDefined();
    await expect(source.get('codex')).resolves.toMatchObject({ origin: 'stored' });
  });

  it('is not started when its marker file cannot be written', async () => {
    const { source, folder } = makeSignedIn('codex', { expiresAt: minutes(-1) });
    mkdirSync(join(folder, 'codex.refreshing'));
    await expect(source.get('codex')).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(auth.refreshes).toHaveLength(0);
  });

  it('whose result cannot be stored is used in this process, reported, and stored once writing works again', async () => {
    const { source, store, news, issued, read } = makeSignedIn('codex', { expiresAt: minutes(-1) });
    const save = store.save.bind(store);
    store.save = async () => {
      throw new Error('ENOSPC: no space left on device');
    };
    expect((await source.get('codex')).token).toBe(issued.access);
    expect((await source.get('codex')).token).toBe(issued.access);
    expect(news.at(-1)).toMatch(/could not be written \(ENOSPC.*sign in again: ccp auth login codex/);
    expect(read('codex').accessToken).not.toBe(issued.access);
    store.save = save;
    expect((await source.get('codex')).token).toBe(issued.access);
    expect(read('codex').accessToken).toBe(issued.access);
    expect(auth.refreshes).toHaveLength(1);
  });
});

describe('after the upstream rejected a token', () => {
  const rejected = (token: string) => ({ kind: 'bearer', token, accountId: undefined, origin: 'stored' }) as const;

  it('uses a token that another process renewed, without a request', async () => {
    const { source, first } = makeSignedIn('codex');
    expect(await source.renew('codex', rejected('an-older-one'))).toMatchObject({ token: first });
    expect(auth.refreshes).toHaveLength(0);
  });

  it('renews once for concurrent rejections and sends the refresh reason', async () => {
    const { source, first, issued } = makeSignedIn('codex');
    const renewed = await Promise.all(Array.from({ length: 10 }, () => source.renew('codex', rejected(first))));
    expect(new Set(renewed.map((credential) => credential?.token))).toEqual(new Set([issued.access]));
    expect(auth.refreshes.map(({ body }) => body.refresh_reason)).toEqual(['unauthorized_recovery']);
  });

  it('does not renew a token that was just renewed', async () => {
    const { source, first } = makeSignedIn('codex');
    const renewed = await source.renew('codex', rejected(first));
    expect(await source.renew('codex', rejected(renewed?.token ?? ''))).toBeUndefined();
    expect(auth.refreshes).toHaveLength(1);
  });

  it('does not refresh a chatgpt token before its earliest time', async () => {
    const { source, first } = makeSignedIn('chatgpt', { earliestRefreshAt: minutes(50) });
    expect(await source.renew('chatgpt', rejected(first))).toBeUndefined();
    expect(auth.refreshes).toHaveLength(0);
  });
});
