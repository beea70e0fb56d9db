import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OAuthDocument } from '../../src/credentials/document.ts';
import { chatgptLogin } from '../../src/credentials/logins/chatgpt.ts';
import { codexLogin } from '../../src/credentials/logins/codex.ts';
import { kimiLogin } from '../../src/credentials/logins/kimi.ts';
import { AuthServer } from '../support/auth-server.ts';
import { takeCallbackPorts } from '../support/callback-ports.ts';
import { makeCredentials, person } from '../support/credentials.ts';

takeCallbackPorts();

let auth: AuthServer;
let world: ReturnType<typeof makeCredentials>;
let pages: { status: number; text: string }[] = [];
beforeEach(async () => {
  auth = await AuthServer.start();
  world = makeCredentials({ authUrl: auth.url });
  pages = [];
});
afterEach(async () => {
  world.remove();
  await auth.stop();
});

/** Acts as a browser: follows the redirect and records the page. */
const browse = async (url: string): Promise<void> => {
  const page = await fetch(url).catch((error: unknown) => ({ status: 0, text: async () => String(error) }));
  pages.push({ status: page.status, text: await page.text() });
};
/** Acts as a browser on another machine: returns the redirect address, which it cannot open. */
const redirectAddress = async (url: string): Promise<string> =>
  (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';

const codex = (io: ReturnType<typeof person>['io']): Promise<OAuthDocument> =>
  codexLogin.browser?.(world.world, io, { consent: false }) ?? Promise.reject(new Error('no login'));
const chatgpt = (io: ReturnType<typeof person>['io'], consent = false): Promise<OAuthDocument> =>
  chatgptLogin.browser?.(world.world, io, { consent }) ?? Promise.reject(new Error('no login'));
const device = (profile: typeof codexLogin, io: ReturnType<typeof person>['io']): Promise<OAuthDocument> =>
  profile.device?.(world.world, io) ?? Promise.reject(new Error('no login'));

const occupyPort = async (port: number, host: string): Promise<Server> => {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
};

/** Occupies a port as soon as the listener of the sign-in before has closed. */
async function takePort(port: number, host: string): Promise<Server> {
  for (;;) {
    try {
      return await occupyPort(port, host);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

describe('signing in to codex with the browser', () => {
  it('exchanges the code with its PKCE verifier and shows a page without credentials', async () => {
    const document = await codex(person(browse).io);
    expect(document).toMatchObject({
      accessToken: auth.logins[0]?.access,
      refreshToken: auth.logins[0]?.refresh,
      accountId: 'acct-fake',
      plan: 'plus',
      email: 'person@example.org',
    });
    await expect.poll(() => pages.length).toBe(1);
    expect(pages[0]).toMatchObject({ status: 200, text: expect.stringContaining('You are signed in') });
    expect(pages[0]?.text).not.toMatch(/fake-|code=|state=/);
  });

  it('uses the second port when the first is in use on either loopback address', async () => {
    const other = await takePort(1455, '::1');
    const { io, said } = person(browse);
    await codex(io);
    other.close();
    expect(new URL(said[0] ?? '').searchParams.get('redirect_uri')).toBe('http://localhost:1457/auth/callback');
  });

  it('reports an error when both ports are in use', async () => {
    const others = await Promise.all([takePort(1455, '127.0.0.1'), takePort(1457, '127.0.0.1')]);
    await expect(codex(person(browse).io)).rejects.toThrow(/1455 and 1457 of this machine are taken.*--device/);
    for (const other of others) other.close();
  });

  it('listens on 127.0.0.1 and ::1, and closes the listeners at the end', async () => {
    const reached: string[] = [];
    const touch = (host: string) =>
      new Promise<boolean>((resolve) => {
        const socket = connect(1455, host, () => {
          socket.destroy();
          resolve(true);
        });
        socket.once('error', () => resolve(false));
      });
    await codex(
      person(async (url) => {
        for (const host of ['127.0.0.1', '::1']) if (await touch(host)) reached.push(host);
        await browse(url);
      }).io,
    );
    expect(reached).toEqual(['127.0.0.1', '::1']);
    await expect.poll(() => touch('127.0.0.1')).toBe(false);
  });

  it('continues after a callback with a foreign state, which receives an error page', async () => {
    const login = codex(
      person(async (url) => {
        auth.wrong = 'state';
        await browse(url);
        auth.wrong = 'nothing';
        await browse(url);
      }).io,
    );
    expect(await login).toMatchObject({ accountId: 'acct-fake' });
    await expect.poll(() => pages.map(({ status }) => status)).toEqual([400, 200]);
    expect(pages[0]?.text).toContain('not the one ccp waits for');
  });

  it('continues after a request with an invalid URL', async () => {
    const login = codex(
      person(async (url) => {
        const socket = connect(1455, '127.0.0.1', () => socket.end('GET // HTTP/1.1\r\nhost: x\r\n\r\n'));
        await new Promise((resolve) => socket.on('close', resolve).resume());
        await browse(url);
      }).io,
    );
    expect(await login).toMatchObject({ accountId: 'acct-fake' });
    await expect.poll(() => pages.length).toBe(1);
  });

  it('reports a denied sign-in in the terminal and in the browser', async () => {
    auth.person = 'denies';
    await expect(codex(person(browse).io)).rejects.toThrow('The sign-in was denied in the browser.');
    await expect.poll(() => pages[0]?.text).toContain('Not signed in');
  });

  it('accepts the pasted redirect address of a remote browser and rejects any other line', async () => {
    let address = '';
    const { io, said } = person(async (url) => {
      address = await redirectAddress(url);
    });
    const lines = ['nonsense', 'http://localhost:1455/auth/callback?code=x&state=other', ''];
    const typing = {
      ...io,
      line: async () => {
        const line = lines.shift();
        if (line !== undefined) return line;
        await expect.poll(() => address).not.toBe('');
        return address;
      },
    };
    expect(await codex(typing)).toMatchObject({ accountId: 'acct-fake' });
    expect(said.join('\n')).toMatch(/not the address the browser ended on/);
    expect(said.join('\n')).toMatch(/belongs to another sign-in/);
  });

  it('stops immediately on cancellation and closes the listener', async () => {
    const { io, abort } = person(() => abort.abort(new Error('Cancelled')));
    await expect(codex(io)).rejects.toThrow('Cancelled');
    // The listener closes right after the login has ended; until then the port is taken.
    await expect
      .poll(() =>
        occupyPort(1455, '127.0.0.1').then(
          (server) => server.close().listening,
          () => 'taken',
        ),
      )
      .toBe(false);
  });

  it('includes the server’s error when the token request fails', async () => {
    auth.faults.push('unavailable');
    await expect(codex(person(browse).io)).rejects.toThrow(/returned no tokens \(HTTP 503, try later\)/);
    await expect.poll(() => pages[0]?.status).toBe(400);
  });
});

describe('signing in with a device code', () => {
  it.each([
    ['codex', codexLogin, 'deviceauth_authorization_pending'],
    ['kimi', kimiLogin, 'authorization_pending'],
  ] as const)('to %s shows the code and polls until it is granted', async (kind, profile, pending) => {
    auth.polls = [pending];
    const { io, said } = person();
    expect(await device(profile, io)).toMatchObject({ accessToken: auth.logins[0]?.access });
    expect(said.join('\n')).toContain('FAKE-CODE');
    expect(said.join('\n')).toContain(kind === 'codex' ? `${auth.url}/codex/device` : `${auth.url}/device`);
  });

  it.each([
    ['codex', 'deviceauth_access_denied', codexLogin, /denied/],
    ['codex', 'deviceauth_expired', codexLogin, /expired/],
    ['kimi', 'access_denied', kimiLogin, /denied/],
    ['kimi', 'expired_token', kimiLogin, /expired/],
    ['kimi', 'invalid_client', kimiLogin, /HTTP 400, invalid_client/],
  ] as const)('to %s fails when the server returns %s', async (_kind, code, profile, expected) => {
    auth.polls = [code];
    await expect(device(profile, person().io)).rejects.toThrow(expected);
  });

  it('retries polling after transient network failures', async () => {
    auth.faults.push('cut', 'unavailable');
    expect(await device(kimiLogin, person().io)).toMatchObject({ accessToken: auth.logins[0]?.access });
  });

  it('stops immediately on cancellation', async () => {
    auth.polls = Array.from({ length: 50 }, () => 'authorization_pending');
    const { io, abort } = person();
    const login = device(kimiLogin, io);
    abort.abort(new Error('Cancelled'));
    await expect(login).rejects.toThrow('Cancelled');
  });
});

describe('Sign in with ChatGPT', () => {
  it('registers this installation, verifies the ID token, and signs in again as the same client', async () => {
    const { io, said } = person(browse);
    expect(await chatgpt(io)).toMatchObject({
      clientId: 'oaiapp_fake',
      email: 'person@example.org',
      earliestRefreshAt: expect.any(Number),
    });
    await chatgpt(io, true);
    const [one, two] = said.map((url) => new URL(url).searchParams);
    expect(one?.get('client_id')).toBe('dynamic_agent_client');
    expect(two?.get('client_id')).toBe('oaiapp_fake');
    expect(two?.get('agent_name_hint')).toBeNull();
    expect(two?.get('prompt')).toBe('consent');
    expect(two?.get('ext_agent_host_id')).toBe(one?.get('ext_agent_host_id'));
    expect(two?.get('nonce')).not.toBe(one?.get('nonce'));
    expect(said.join(' ')).not.toMatch(/fake-refresh|eyJ/);
  });

  it.each([
    ['nonce', /could not be verified/],
    ['signature', /could not be verified/],
    ['audience', /could not be verified/],
    ['scope', /--consent/],
  ] as const)('rejects a wrong %s and stores no client', async (wrong, expected) => {
    auth.wrong = wrong;
    await expect(chatgpt(person(browse).io)).rejects.toThrow(expected);
    expect(world.world.install.issuedClient).toBeUndefined();
  });

  it('rejects a different account or client until the previous one is logged out', async () => {
    const document = await chatgpt(person(browse).io);
    auth.subject = 'user-2';
    await expect(chatgpt(person(browse).io)).rejects.toThrow(/ChatGPT account differs.*ccp auth logout chatgpt/);
    auth.subject = 'user-1';
    auth.wrong = 'client';
    await expect(chatgpt(person(browse).io)).rejects.toThrow(/another installation/);
    auth.wrong = 'nothing';
    auth.subject = 'user-2';
    expect(await chatgptLogin.revoke(document, world.world)).toBe(true);
    chatgptLogin.forget?.(world.world);
    expect(auth.logins[0]?.revoked).toBe(true);
    expect(await chatgpt(person(browse).io)).toMatchObject({ clientId: 'oaiapp_fake' });
  });

  it('uses any free port when the preferred ports are in use', async () => {
    const others = await Promise.all([takePort(1455, '127.0.0.1'), takePort(1457, '::1')]);
    expect(await chatgpt(person(browse).io)).toMatchObject({ clientId: 'oaiapp_fake' });
    for (const other of others) other.close();
  });
});

it('a token is never sent to another machine over plain HTTP', async () => {
  const elsewhere = makeCredentials({ authUrl: 'http://192.0.2.1' });
  const outcome = await codexLogin.refresh(
    { type: 'oauth', accessToken: 'a', refreshToken: 'b' },
    'proactive_expiry',
    elsewhere.world,
  );
  expect(outcome).toMatchObject({ state: 'failed', reason: expect.stringMatching(/not https/) });
  elsewhere.remove();
});
