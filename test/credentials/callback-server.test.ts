/** Every server listens on a free port of the loopback addresses. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { callbackPage } from '../../src/credentials/callback-page.ts';
import { type CallbackServer, callbackServer } from '../../src/credentials/callback-server.ts';
import { rawRequest } from '../support/raw-request.ts';

let servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

async function listen(ports: readonly number[] = [0]): Promise<CallbackServer> {
  const server = await callbackServer(ports, 'the-state');
  servers.push(server);
  return server;
}

/** Occupies a free port. */
async function occupied(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

const request = async ({ port }: CallbackServer, target: string, init?: RequestInit) => {
  const response = await fetch(`http://127.0.0.1:${port}${target}`, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const callback = '/auth/callback?state=the-state&code=fake-code';

describe('the callback of a sign-in', () => {
  it('is answered when the login has succeeded', async () => {
    const server = await listen();
    const page = request(server, callback);
    const { url, finish } = await server.arrived;
    expect(url.href).toBe(`http://127.0.0.1:${server.port}${callback}`);
    finish(undefined);
    const { status, headers, text } = await page;
    expect(status).toBe(200);
    expect(text).toContain('<h1>Signed in</h1>');
    expect(text).toContain('You are signed in. Go back to the terminal; this tab can be closed.');
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      connection: 'close',
    });
  });

  it('is answered with the reason when the login has failed', async () => {
    const server = await listen();
    const page = request(server, callback);
    (await server.arrived).finish('no <tokens>');
    const { status, text } = await page;
    expect(status).toBe(400);
    expect(text).toContain('<h1>Not signed in</h1>');
    expect(text).toContain('The sign-in did not work: no &lt;tokens&gt;');
  });

  it('is accepted once', async () => {
    const server = await listen();
    const first = request(server, callback);
    const { url, finish } = await server.arrived;
    const second = await request(server, '/auth/callback?state=the-state&code=second');
    expect(second.status).toBe(409);
    expect(second.text).toContain('This sign-in has been answered already.');
    expect(url.searchParams.get('code')).toBe('fake-code');
    finish(undefined);
    expect((await first).status).toBe(200);
  });

  it.each([
    ['another state', '/auth/callback?state=other', 'GET', 400, 'This sign-in is not the one ccp waits for.'],
    ['no state', '/auth/callback', 'GET', 400, 'This sign-in is not the one ccp waits for.'],
    ['another path', '/?state=the-state', 'GET', 404, 'This address only receives sign-ins to ccp.'],
    ['another method', callback, 'POST', 404, 'This address only receives sign-ins to ccp.'],
  ])('with %s is rejected without effect', async (_name, target, method, status, text) => {
    const server = await listen();
    const rejected = await request(server, target, { method });
    expect(rejected.status).toBe(status);
    expect(rejected.text).toContain(text);
    const page = request(server, callback);
    (await server.arrived).finish(undefined);
    expect((await page).status).toBe(200);
  });

  it('with a target that is not a URL is rejected without effect', async () => {
    const server = await listen();
    expect(await rawRequest(server.port, 'GET // HTTP/1.1\r\nhost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 404 /);
    const page = request(server, callback);
    (await server.arrived).finish(undefined);
    expect((await page).status).toBe(200);
  });
});

describe('the ports', () => {
  it('are tried in order', async () => {
    const taken = await occupied();
    const server = await listen([taken, 0]);
    expect(server.port).not.toBe(taken);
    expect((await request(server, '/')).status).toBe(404);
  });

  it('that are taken on ::1 alone are not used on 127.0.0.1', async ({ skip }) => {
    const taken = await occupied('::1').catch(() => undefined);
    if (taken === undefined) return skip('no IPv6');
    const server = await listen([taken, 0]);
    expect(server.port).not.toBe(taken);
    await expect(fetch(`http://127.0.0.1:${taken}/`)).rejects.toThrow();
  });

  it('that are taken are named in the error', async () => {
    const [one, two] = [await occupied(), await occupied()];
    await expect(callbackServer([one, two], 'the-state')).rejects.toThrow(
      `The ports ${one} and ${two} of this machine are taken, by another login or by the Codex CLI. Finish or stop it, or use --device.`,
    );
    // Nothing listens on the second address of a port whose first address is taken.
    await expect(fetch(`http://[::1]:${one}/`)).rejects.toThrow();
  });

  it('are free again after the server was closed', async () => {
    const server = await listen();
    server.close();
    await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow();
  });
});

describe('the page at the end of a sign-in', () => {
  it('says whether it worked, in its title and its heading', () => {
    const worked = callbackPage(true, 'Fine.');
    expect(worked).toContain('<title>ccp: signed in</title>');
    expect(worked).toContain('<h1>Signed in</h1><p>Fine.</p>');
    const failed = callbackPage(false, 'Odd.');
    expect(failed).toContain('<title>ccp: not signed in</title>');
    expect(failed).toContain('<h1>Not signed in</h1><p>Odd.</p>');
    expect(worked).toMatch(/^<!doctype html>/);
  });

  it('shows a message as text, not as HTML', () => {
    expect(callbackPage(false, '<b title="x">&lt;</b> <')).toContain(
      '<p>&lt;b title=&quot;x&quot;&gt;&amp;lt;&lt;/b&gt; &lt;</p>',
    );
  });
});
