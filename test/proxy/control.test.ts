/** The control endpoints: their answers, and a watcher that reads slowly. */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PeerConnection } from '../../src/ports/peer.ts';
import { startProxy, type TestProxy, testControl } from '../support/proxy.ts';
import { until } from '../support/until.ts';

const headers = { 'x-ccp-secret': testControl };
let proxy: TestProxy;
const peers: PeerConnection[] = [];
beforeEach(async () => {
  peers.length = 0;
  proxy = await startProxy('http://127.0.0.1:1', {
    spendingRequests: 'ask',
    isUserTerminal: (peer) => {
      peers.push(peer);
      return true;
    },
  });
});
afterEach(() => proxy.stop());

const post = async (path: string, body: unknown) => {
  const response = await proxy.post(body, { path, headers });
  return { status: response.status, body: (await response.json()) as any };
};

describe('a request with a body that is not valid', () => {
  it.each([
    ['/ccp/route', 'no JSON', '$: the body must be a JSON object.'],
    ['/ccp/route', '[]', '$: the body must be a JSON object.'],
    ['/ccp/route', '{"class":"nowhere","model":"gpt-5.5"}', '$.class: "nowhere" is not a route class.'],
    ['/ccp/route', '{"class":"main"}', '$.model: must be a string.'],
    ['/ccp/route', '{"model":5}', '$.model: must be a string.'],
    ['/ccp/budget', 'no JSON', '$.allow: must be true or false.'],
    ['/ccp/budget', '{"allow":"yes"}', '$.allow: must be true or false.'],
    ['/ccp/budget', '{}', '$.allow: must be true or false.'],
  ])('to %s: %s', async (path, body, message) => {
    const { status, body: answer } = await post(path, body);
    expect([status, answer.error.type]).toEqual([400, 'invalid_request_error']);
    expect(answer.error.message).toContain(message);
  });

  it('without one', async () => {
    const response = await fetch(`${proxy.url}/ccp/budget`, { method: 'POST', headers });
    expect(response.status).toBe(400);
  });
});

describe('the answers', () => {
  it('contain the budgets, and the caller’s connection is that of the socket', async () => {
    expect(await post('/ccp/budget', { allow: true })).toEqual({ status: 200, body: { budgets: [] } });
    const port = Number(new URL(proxy.url).port);
    expect(peers).toEqual([{ port: expect.any(Number), localPort: port }]);
    expect(peers[0]?.port).not.toBe(port);
  });

  it('have the content type of their format', async () => {
    const metrics = await fetch(`${proxy.url}/metrics`, { headers });
    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    const abort = new AbortController();
    const events = await fetch(`${proxy.url}/ccp/events`, { headers, signal: abort.signal });
    expect(events.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(events.headers.get('cache-control')).toBe('no-cache');
    abort.abort();
  });
});

describe('what the user decided on the screen', () => {
  it('is done at once', () => {
    proxy.proxy.act({ do: 'switch', routeClass: 'main', model: 'gpt-6-luna' });
    expect(proxy.proxy.state.routes[0]).toMatchObject({ model: 'gpt-6-luna' });
    expect(() => proxy.proxy.act({ do: 'switch', routeClass: 'main', model: 'gpt-9' })).toThrow('gpt-9');
    proxy.proxy.act({ do: 'answer budget', allow: true });
    expect(() => proxy.proxy.act({ do: 'answer confirmation', id: 'gone', allow: true })).toThrow('no longer open');
  });
});

describe('a watcher', () => {
  let socket: Socket;
  afterEach(() => socket.destroy());
  const watch = (): Promise<void> =>
    new Promise((resolve) => {
      socket = connect(Number(new URL(proxy.url).port), '127.0.0.1', () => {
        socket.write(`GET /ccp/events HTTP/1.1\r\nHost: 127.0.0.1\r\nx-ccp-secret: ${testControl}\r\n\r\n`);
      });
      socket.once('data', () => {
        socket.pause();
        resolve();
      });
    });
  const message = (n: number, length: number) =>
    proxy.proxy.publish({
      type: 'credential',
      at: n,
      id: `credential_${n}`,
      upstream: 'codex',
      message: `${n}:${'x'.repeat(length)}`,
    });

  it('that reads nothing for a while gets the newest event when it reads again', async () => {
    await watch();
    // More than the buffers of the sockets hold.
    for (let n = 0; n < 40; n++) {
      message(n, 1_000_000);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    // Time for the proxy to find the socket full. Whether it did changes only how much is sent.
    await new Promise((resolve) => setTimeout(resolve, 150));
    message(40, 1);
    let received = '';
    socket.on('data', (data) => {
      received = (received + data.toString('latin1')).slice(-4_000_000);
    });
    socket.resume();
    await until(() => received.includes('"credential_40"'));
    message(41, 1);
    await until(() => received.includes('"credential_41"'));
  });

  it('that has gone is no longer served', async () => {
    const clear = vi.spyOn(globalThis, 'clearInterval');
    await watch();
    socket.destroy();
    await until(() => clear.mock.calls.length > 0);
    clear.mockRestore();
  });

  it('gets each event once, in the order of events', async () => {
    await watch();
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    socket.resume();
    for (let n = 0; n < 5; n++) message(n, 1);
    await until(() => received.includes('"credential_4"'));
    message(5, 1);
    await until(() => received.includes('"credential_5"'));
    expect([...received.matchAll(/"id":"credential_(\d)"/g)].map(([, n]) => n).join('')).toBe('012345');
    expect(received).not.toContain('Stryker');
  });
});
