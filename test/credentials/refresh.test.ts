import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuthServer } from '../support/auth-server.ts';
import { makeCredentials } from '../support/credentials.ts';

type World = ReturnType<typeof makeCredentials>;
let auth: AuthServer;
let made: World[] = [];
const make = (options: Parameters<typeof makeCredentials>[0] = {}): World => {
  const world = makeCredentials({ authUrl: auth.url, ...options });
  made.push(world);
  return world;
};
beforeEach(async () => {
  auth = await AuthServer.start();
});
afterEach(async () => {
  for (const world of made) world.remove();
  made = [];
  await auth.stop();
});

const minutes = (n: number) => Date.now() + n * 60_000;

/** A login on the server, and its file. */
function signedIn(kind: 'codex' | 'chatgpt' | 'kimi', more: Record<string, unknown> = {}, options = {}) {
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
  it('happens once for any number of requests, is written before it is used, and keeps what it does not know', async () => {
    const { source, read, first, issued, folder, news } = signedIn('codex', { expiresAt: minutes(-1) });
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

  it('happens once for several processes: who waited for the lock takes what it finds', async () => {
    auth.faults.push('slow');
    const { source, folder, issued } = signedIn('codex', { expiresAt: minutes(-1) });
    const sources = [source, ...Array.from({ length: 3 }, () => make({ folder }).source)];
    const credentials = await Promise.all(sources.map((one) => one.get('codex')));
    expect(new Set(credentials.map(({ token }) => token))).toEqual(new Set([issued.access]));
    expect(auth.refreshes).toHaveLength(1);
  });

  it('of a token that is still good happens beside the request, which does not wait', async () => {
    auth.faults.push('slow');
    const { source, first, issued } = signedIn('codex', { expiresAt: minutes(4) });
    expect((await source.get('codex')).token).toBe(first);
    await source.settled();
    expect((await source.get('codex')).token).toBe(issued.access);
    expect(auth.refreshes).toHaveLength(1);
  });

  it.each([
    ['codex', { expiresAt: minutes(6) }, 0],
    ['codex', { expiresAt: minutes(4) }, 1],
    // A token that does not say when it ends.
    ['codex', { accessToken: 'fake-opaque', expiresAt: undefined, refreshedAt: minutes(-9 * 24 * 60) }, 1],
    ['codex', { accessToken: 'fake-opaque', expiresAt: undefined, refreshedAt: minutes(-60) }, 0],
    // Half of its life, or five minutes.
    ['kimi', { expiresAt: minutes(8), lifetimeMs: 15 * 60_000 }, 0],
    ['kimi', { expiresAt: minutes(7), lifetimeMs: 15 * 60_000 }, 1],
    ['kimi', { expiresAt: minutes(4) }, 1],
    // Never before the server allows it, however close the end.
    ['chatgpt', { expiresAt: minutes(4), earliestRefreshAt: minutes(1) }, 0],
    ['chatgpt', { expiresAt: minutes(5.5), earliestRefreshAt: minutes(-0.5) }, 0],
    ['chatgpt', { expiresAt: minutes(4), earliestRefreshAt: minutes(-1) }, 1],
  ] as const)('of %s with %o happens %i times', async (kind, more, times) => {
    auth.earliestSeconds = -1;
    const { source } = signedIn(kind, more);
    for (const login of auth.logins) login.earliest = 0;
    await source.get(kind);
    await source.settled();
    expect(auth.refreshes).toHaveLength(times);
  });

  it('is not begun early by a command that ends soon', async () => {
    const { source } = signedIn('codex', { expiresAt: minutes(4) }, { early: false });
    await source.get('codex');
    await source.settled();
    expect(auth.refreshes).toHaveLength(0);
  });

  it('that the server cannot do now keeps the tokens, uses the old one while it lasts, and does not hammer', async () => {
    auth.faults.push('unavailable', 'unavailable', 'unavailable');
    const { source, read, first, issued } = signedIn('codex', { expiresAt: Date.now() + 30_000 });
    expect((await source.get('codex')).token).toBe(first);
    expect((await source.get('codex')).token).toBe(first);
    expect(auth.refreshes).toHaveLength(1);
    expect(read('codex')).toMatchObject({ accessToken: first, refreshToken: issued.refresh });
  });

  it('that the server cannot do now is a passing error once the token is over', async () => {
    auth.faults.push('cut');
    const { source, read, issued } = signedIn('codex', { expiresAt: minutes(-1) });
    await expect(source.get('codex')).rejects.toMatchObject({ code: 'auth_unavailable', row: { status: 529 } });
    expect(read('codex').refreshToken).toBe(issued.refresh);
  });

  it('of kimi tries again after a failure that may pass', async () => {
    auth.faults.push('unavailable', 'unavailable');
    const { source, issued } = signedIn('kimi', { expiresAt: minutes(-1) });
    expect((await source.get('kimi')).token).toBe(issued.access);
    expect(auth.refreshes).toHaveLength(3);
    expect(auth.refreshes[0]?.headers['x-msh-device-id']).toMatch(/^[\da-f-]{36}$/);
  });

  it.each([
    ['codex', 'refresh_token_reused'],
    ['kimi', 'invalid_grant'],
    ['chatgpt', 'invalid_grant'],
  ] as const)('of %s with a dead token ends the login for everybody, after one question', async (kind, code) => {
    const { source, read, issued, folder } = signedIn(kind, { expiresAt: minutes(-1), earliestRefreshAt: minutes(-1) });
    issued.revoked = true;
    await expect(source.get(kind)).rejects.toThrow(`has ended (${code}). Run \`ccp auth login ${kind}\``);
    await expect(source.get(kind)).rejects.toMatchObject({ code: 'credential_rejected' });
    for (let process = 0; process < 10; process++)
      await expect(make({ folder }).source.get(kind)).rejects.toThrow(code);
    expect(auth.refreshes).toHaveLength(1);
    expect(read(kind)).not.toHaveProperty('refreshToken');
    expect(read(kind)).toMatchObject({ ended: { code }, note: 'from a newer version' });
  });

  it('whose answer was lost is reported, not silent', async () => {
    auth.faults.push('lost');
    const { source, folder } = signedIn('codex', { expiresAt: minutes(-1) });
    await expect(source.get('codex')).rejects.toMatchObject({ code: 'auth_unavailable' });
    // A failure that passes does not make it forgotten.
    auth.faults.push('unavailable');
    await expect(make({ folder }).source.get('codex')).rejects.toMatchObject({ code: 'auth_unavailable' });
    const lost = /was lost when a renewal was interrupted \(refresh_token_reused\)/;
    const later = make({ folder });
    await expect(later.source.get('codex')).rejects.toThrow(lost);
    await expect(make({ folder }).source.get('codex')).rejects.toThrow(lost);
    expect(later.news.at(-1)).toMatch(lost);
  });

  it('of kimi whose answer was lost on an earlier try says so too', async () => {
    auth.faults.push('lost');
    const { source } = signedIn('kimi', { expiresAt: minutes(-1) });
    await expect(source.get('kimi')).rejects.toThrow(/was lost when a renewal was interrupted/);
  });

  it('answered with nothing, or with a token that is over, is not made again and again', async () => {
    auth.faults.push('empty');
    const { source } = signedIn('codex', { expiresAt: minutes(-1) });
    for (let turn = 0; turn < 5; turn++)
      await expect(source.get('codex')).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(auth.refreshes).toHaveLength(1);
    auth.accessSeconds = 0;
    const short = signedIn('kimi', { expiresAt: minutes(-1) });
    for (let turn = 0; turn < 5; turn++) await short.source.get('kimi');
    expect(auth.refreshes).toHaveLength(2);
  });

  it('that ends after a logout does not bring the login back', async () => {
    auth.faults.push('slow');
    const { source, store, news } = signedIn('codex', { expiresAt: minutes(-1) });
    const waiting = source.get('codex');
    waiting.catch(() => {});
    await expect.poll(() => auth.refreshes.length).toBe(1);
    // As after a sleep that cost the lock.
    store.remove('codex');
    await expect(waiting).rejects.toMatchObject({ code: 'no_credential' });
    expect(store.has('codex')).toBe(false);
    expect(news).toEqual([]);
  });

  it('yields to a login, or a key, that came meanwhile', async () => {
    auth.faults.push('slow', 'slow');
    const { source, read, write } = signedIn('codex', { expiresAt: minutes(-1) });
    const waiting = source.get('codex');
    await expect.poll(() => auth.refreshes.length).toBe(1);
    write('codex', { type: 'oauth', accessToken: 'fake-newer', refreshToken: 'fake-newer-refresh' });
    expect((await waiting).token).toBe('fake-newer');
    expect(read('codex').refreshToken).toBe('fake-newer-refresh');
    const kimi = signedIn('kimi', { expiresAt: minutes(-1) });
    const asking = kimi.source.get('kimi');
    await expect.poll(() => auth.refreshes.length).toBe(2);
    kimi.write('kimi', { type: 'api-key', apiKey: 'sk-fake' });
    expect(await asking).toMatchObject({ kind: 'api-key', token: 'sk-fake' });
  });

  it('of chatgpt is not made early even when the token is over', async () => {
    const { source } = signedIn('chatgpt', { expiresAt: minutes(-1), earliestRefreshAt: minutes(5) });
    await expect(source.get('chatgpt')).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(auth.refreshes).toHaveLength(0);
  });

  it('tells nothing of a server’s words that could be a token or move the terminal', async () => {
    const { source, issued } = signedIn('kimi', { expiresAt: minutes(-1) });
    auth.refusal = `\x1b]0;x\x07 refresh token ${issued.refresh} is odd`;
    auth.faults.push('refused', 'refused', 'refused');
    const error = await source.get('kimi').catch((thrown: Error) => thrown.message);
    expect(error).toContain('is odd');
    expect(error).not.toMatch(/fake-refresh|\x1b/);
  });

  it('that cannot be written is not begun', async () => {
    const { source, store, folder } = signedIn('codex', { expiresAt: minutes(-1) });
    // Whoever holds the keychain's key has gone: writing would lose it.
    writeFileSync(join(folder, 'kimi.json'), JSON.stringify({ version: 1, type: 'sealed' }));
    const auto = make({ folder, mode: 'auto' });
    auto.keychain.state = 'locked';
    await expect(auto.source.get('codex')).rejects.toMatchObject({ code: 'credential_locked' });
    expect(auth.refreshes).toHaveLength(0);
    expect(await store.load('codex')).toBeDefined();
    await expect(source.get('codex')).resolves.toMatchObject({ origin: 'stored' });
  });

  it('is not begun where its note cannot be written either', async () => {
    const { source, folder } = signedIn('codex', { expiresAt: minutes(-1) });
    mkdirSync(join(folder, 'codex.refreshing'));
    await expect(source.get('codex')).rejects.toMatchObject({ code: 'auth_unavailable' });
    expect(auth.refreshes).toHaveLength(0);
  });

  it('whose result cannot be written serves this process, says so, and is written as soon as that works', async () => {
    const { source, store, news, issued, read } = signedIn('codex', { expiresAt: minutes(-1) });
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

describe('after the upstream refused a token', () => {
  const rejected = (token: string) => ({ kind: 'bearer', token, accountId: undefined, origin: 'stored' }) as const;

  it('takes what another process renewed, without asking', async () => {
    const { source, first } = signedIn('codex');
    expect(await source.renew('codex', rejected('an-older-one'))).toMatchObject({ token: first });
    expect(auth.refreshes).toHaveLength(0);
  });

  it('renews once for all who were refused, and says that it was for this', async () => {
    const { source, first, issued } = signedIn('codex');
    const renewed = await Promise.all(Array.from({ length: 10 }, () => source.renew('codex', rejected(first))));
    expect(new Set(renewed.map((credential) => credential?.token))).toEqual(new Set([issued.access]));
    expect(auth.refreshes.map(({ body }) => body.refresh_reason)).toEqual(['unauthorized_recovery']);
  });

  it('does not renew again what was renewed just now', async () => {
    const { source, first } = signedIn('codex');
    const renewed = await source.renew('codex', rejected(first));
    expect(await source.renew('codex', rejected(renewed?.token ?? ''))).toBeUndefined();
    expect(auth.refreshes).toHaveLength(1);
  });

  it('of chatgpt does not spend a token before it may be renewed', async () => {
    const { source, first } = signedIn('chatgpt', { earliestRefreshAt: minutes(50) });
    expect(await source.renew('chatgpt', rejected(first))).toBeUndefined();
    expect(auth.refreshes).toHaveLength(0);
  });
});
