/** The Codex backend over WebSocket, with a strict scripted server. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../src/platform/clock.ts';
import { httpTransport } from '../../src/upstream/http-transport.ts';
import { websocketTransport } from '../../src/upstream/websocket-transport.ts';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { ask, startProxy, type TestProxy } from '../support/proxy.ts';
import { complaint } from '../support/responses-rules.ts';
import { upstreamAt } from '../support/upstreams.ts';

interface ReceivedRequest {
  readonly body: Record<string, any>;
  readonly connection: number;
}

let server: Server;
let sockets: WebSocketServer;
let proxy: TestProxy;
let respond: (received: ReceivedRequest, socket: WebSocket) => up.UpstreamEvent[] | undefined;
let received: ReceivedRequest[];
let httpRequestCount: number;
let refuseUpgrade: boolean;
let complaints: string[];
let closedCount: number;

beforeEach(async () => {
  received = [];
  complaints = [];
  httpRequestCount = 0;
  closedCount = 0;
  refuseUpgrade = false;
  respond = () => up.saying('Hi.');
  server = createServer((request, response) => {
    request.resume();
    httpRequestCount += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(up.frames(up.saying('By HTTP.')));
  });
  sockets = new WebSocketServer({ noServer: true });
  let connections = 0;
  server.on('upgrade', (request, socket, head) => {
    if (refuseUpgrade) return void socket.end('HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\n\r\n');
    if (request.headers['openai-beta'] !== 'responses_websockets=2026-02-06') complaints.push('no beta header');
    if (request.headers.authorization !== 'Bearer test-token') complaints.push('no token');
    sockets.handleUpgrade(request, socket, head, (client) => {
      const connection = ++connections;
      client.on('close', () => closedCount++);
      client.on('message', (data) => {
        const { type, ...body } = JSON.parse(String(data));
        if (type !== 'response.create') complaints.push(`a frame of type ${type}`);
        received.push({ body, connection });
        const events = respond({ body, connection }, client);
        for (const event of events ?? []) client.send(JSON.stringify(event));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = websocketTransport(httpTransport('127.0.0.1'), systemClock);
  proxy = await startProxy(url, {
    upstreams: [upstreamAt('codex', url)],
    transport,
    timeouts: { pingIntervalMs: 5_000, headersTimeoutMs: 2_000, idleTimeoutMs: 2_000 },
  });
});

afterEach(async () => {
  await proxy.stop();
  for (const client of sockets.clients) client.terminate();
  await vi.waitFor(() => expect(sockets.clients.size).toBe(0));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(complaints).toEqual([]);
});

const send = async (extra: Record<string, unknown> = {}) => {
  const { status, text } = await proxy.stream(ask(extra));
  return { status, text, seen: judge(status === 200 ? text : '') };
};

let turn = 0;
/** A response with thinking, text and a call. The ids are new every time. */
const working = (): up.UpstreamEvent[] => {
  turn += 1;
  const id = `resp_${turn}`;
  return [
    { type: 'response.created', response: { id, status: 'in_progress' } },
    ...up.reasoningItem(0, 'Hm.'),
    ...up.textItem(1, 'I read.'),
    ...up.callItem(2, { name: 'Read', args: '{ "file_path": "/a" }', callId: `call_${turn}` }),
    { type: 'response.completed', response: { id, status: 'completed', usage: {} } },
  ];
};

/** The conversation with the response appended, as Claude Code sends it. */
const withAnswer = (messages: unknown[], seen: ReturnType<typeof judge>, input: unknown = { file_path: '/a' }) => {
  const [thinking, text, call] = seen.blocks;
  const content = [
    { type: 'thinking', thinking: thinking?.text, signature: thinking?.signature },
    { type: 'text', text: text?.text },
    { type: 'tool_use', id: call?.start.id, name: 'Read', input },
  ];
  const result = { type: 'tool_result', tool_use_id: call?.start.id, content: 'file text' };
  return [...messages, { role: 'assistant', content }, { role: 'user', content: [result] }];
};

describe('a session over WebSocket', () => {
  it('sends the first request in full and then only new items', async () => {
    respond = working;
    const first = [{ role: 'user', content: 'read it' }];
    const one = await send({ messages: first });
    expect(one.seen.faults).toEqual([]);
    expect(one.seen.blocks.map((block) => block.type)).toEqual(['thinking', 'text', 'tool_use']);
    const second = withAnswer(first, one.seen);
    const two = await send({ messages: second });
    await send({ messages: withAnswer(second, two.seen) });
    expect(received.map(({ connection }) => connection)).toEqual([1, 1, 1]);
    expect(complaint(received[0]!.body)).toBeUndefined();
    expect(received[0]?.body).not.toHaveProperty('previous_response_id');
    for (const { body } of received.slice(1)) {
      expect(body.previous_response_id).toMatch(/^resp_/);
      expect(body.input).toMatchObject([{ type: 'function_call_output', output: 'file text' }]);
    }
    expect(httpRequestCount).toBe(0);
  });

  it.each([
    ['another history', { messages: [{ role: 'user', content: 'something else' }] }],
    ['other tools', { tools: [] }],
  ])('sends the full request for %s', async (_, change) => {
    respond = working;
    const first = [{ role: 'user', content: 'read it' }];
    const { seen } = await send({ messages: first });
    await send({ messages: withAnswer(first, seen), ...change });
    expect(received[1]?.body).not.toHaveProperty('previous_response_id');
    expect(complaint(received[1]!.body)).toBeUndefined();
  });

  it('sends the full request when a call was modified', async () => {
    respond = working;
    const first = [{ role: 'user', content: 'read it' }];
    const { seen } = await send({ messages: first });
    await send({ messages: withAnswer(first, seen, { file_path: '/b' }) });
    expect(received[1]?.body).not.toHaveProperty('previous_response_id');
  });

  it('sends the full request when the server no longer has the previous response', async () => {
    respond = ({ body }) =>
      body.previous_response_id === undefined
        ? working()
        : [{ type: 'error', status: 400, error: { code: 'previous_response_not_found', message: 'gone' } }];
    const first = [{ role: 'user', content: 'read it' }];
    const { seen } = await send({ messages: first });
    const again = await send({ messages: withAnswer(first, seen) });
    expect(again.seen.complete).toBe(true);
    expect(received.map(({ body }) => 'previous_response_id' in body)).toEqual([false, true, false]);
  });

  it('uses separate connections for parallel requests', async () => {
    const [a, b] = await Promise.all([send(), send()]);
    expect([a.seen.complete, b.seen.complete]).toEqual([true, true]);
    expect(new Set(received.map(({ connection }) => connection)).size).toBe(2);
  });
});

describe('the response state of the server', () => {
  it('is not used when the output arrived only in response.completed', async () => {
    respond = () => [
      { type: 'response.created', response: { id: 'resp_x' } },
      {
        type: 'response.completed',
        response: {
          id: 'resp_x',
          status: 'completed',
          output: [
            { type: 'function_call', id: 'fc_1', call_id: 'call_x', name: 'Read', arguments: '{"file_path":"/a"}' },
          ],
        },
      },
    ];
    const { seen } = await send({ messages: [{ role: 'user', content: 'x' }] });
    const [call] = seen.blocks;
    await send({
      messages: [
        { role: 'user', content: 'x' },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: call?.start.id, name: 'Read', input: { file_path: '/a' } }],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.start.id, content: 'ok' }] },
      ],
    });
    expect(received[1]?.body).not.toHaveProperty('previous_response_id');
    expect(complaint(received[1]!.body)).toBeUndefined();
  });

  it('ends with the response: later frames close the connection', async () => {
    respond = ({ connection }, socket) => {
      if (connection > 1) return up.saying('Right.');
      for (const event of up.saying('First.')) socket.send(JSON.stringify(event));
      setTimeout(() => socket.send(JSON.stringify(up.textDelta(0, 'LATE'))), 20);
      return undefined;
    };
    expect((await send()).seen.blocks[0]?.text).toBe('First.');
    await vi.waitFor(() => expect(closedCount).toBe(1));
    expect((await send()).seen.blocks[0]?.text).toBe('Right.');
  });

  it('excludes frames that precede response.created', async () => {
    let round = 0;
    respond = () => {
      round += 1;
      return round === 2 ? [...up.textItem(0, 'LATE'), ...up.saying('Real.')] : working();
    };
    await send();
    const { text, seen } = await send({ messages: [{ role: 'user', content: 'other' }] });
    expect(text).not.toContain('LATE');
    expect(seen.complete).toBe(true);
  });

  it('is used by one request at a time', async () => {
    await send();
    const both = await Promise.all([send(), send()]);
    expect(both.map(({ seen }) => seen.complete)).toEqual([true, true]);
    expect(new Set(received.slice(1).map(({ connection }) => connection)).size).toBe(2);
  });
});

describe('when the WebSocket fails', () => {
  it('falls back to HTTP when the upgrade is rejected, and does not try again soon', async () => {
    refuseUpgrade = true;
    expect((await send()).seen.blocks[0]?.text).toBe('By HTTP.');
    refuseUpgrade = false;
    expect((await send()).seen.blocks[0]?.text).toBe('By HTTP.');
    expect(received).toEqual([]);
  });

  it('never falls back to HTTP after content', async () => {
    respond = (_received, socket) => {
      for (const event of [up.created(), ...up.textItem(0, 'Half')]) socket.send(JSON.stringify(event));
      setTimeout(() => socket.terminate(), 30);
      return undefined;
    };
    const { seen } = await send();
    expect([seen.complete, seen.error?.type, seen.blocks[0]?.text]).toEqual([false, 'overloaded_error', 'Half']);
    expect([received.length, httpRequestCount]).toEqual([1, 0]);
  });

  it('returns the status of an error event', async () => {
    respond = () => [
      {
        type: 'error',
        status: 429,
        error: { type: 'usage_limit_reached', plan_type: 'plus', resets_in_seconds: 60 },
        headers: { 'X-Codex-Primary-Used-Percent': '100', 'X-Codex-Primary-Window-Minutes': '300' },
      },
    ];
    const { status, text } = await send();
    expect(status).toBe(429);
    expect(text).toContain('plus plan limit is reached');
    expect(proxy.proxy.state.quotas.codex?.windows).toMatchObject([{ name: '5h', usedPercent: 100 }]);
  });

  it('returns the status of an error event that follows rate limits', async () => {
    respond = () => [
      { type: 'codex.rate_limits', rate_limits: {} },
      { type: 'error', status: 404, error: { message: 'Model not found gpt-5.5' } },
    ];
    const { status } = await send();
    expect([status, received.length]).toEqual([402, 1]);
  });

  it('retries over HTTP when there are too many connections', async () => {
    respond = () => [{ type: 'error', status: 400, error: { code: 'websocket_connection_limit_reached' } }];
    expect((await send()).seen.blocks[0]?.text).toBe('By HTTP.');
  });

  it('rejects binary frames', async () => {
    respond = (_received, socket) => {
      for (const event of [up.created(), ...up.textItem(0, 'x')]) socket.send(JSON.stringify(event));
      socket.send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: true });
      return undefined;
    };
    const { seen } = await send();
    expect([seen.complete, seen.error !== undefined]).toEqual([false, true]);
  });

  it('rejects a frame that is not a complete event', async () => {
    respond = (_received, socket) => {
      for (const event of [up.created(), ...up.textItem(0, 'x')]) socket.send(JSON.stringify(event));
      socket.send('{"type":"response.out');
      return undefined;
    };
    const { seen } = await send();
    expect([seen.complete, seen.error !== undefined]).toEqual([false, true]);
  });

  it('closes the connection when Claude Code disconnects', async () => {
    respond = (_received, socket) => {
      socket.send(JSON.stringify(up.created()));
      return undefined;
    };
    const abort = new AbortController();
    const abortedRequest = proxy.post(ask({ stream: true }), { signal: abort.signal }).catch(() => {});
    await vi.waitFor(() => expect(received).toHaveLength(1));
    abort.abort();
    await abortedRequest;
    await vi.waitFor(() => expect(closedCount).toBe(1));
  });

  it('times out when the response does not start', async () => {
    respond = () => undefined;
    const { status, text } = await send();
    expect(status).toBe(504);
    expect(text).toContain('did not answer within 2 s');
    expect(received).toHaveLength(1);
  });
});
