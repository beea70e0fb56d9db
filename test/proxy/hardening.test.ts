/** Regression tests for faults found by adversarial testing. */
import { createConnection } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { judge } from '../support/grammar.ts';
import { ask, startProxy, type TestProxy, testControl, testSecret } from '../support/proxy.ts';
import { openStream, StrictUpstream } from '../support/strict-upstream.ts';
import { until } from '../support/until.ts';

let upstream: StrictUpstream;
let proxy: TestProxy;

beforeEach(async () => {
  upstream = await StrictUpstream.start(() => up.saying('Hi.'));
  proxy = await startProxy(upstream.url, {
    timeouts: { pingIntervalMs: 2_000, headersTimeoutMs: 3_000, idleTimeoutMs: 2_000 },
  });
});

afterEach(async () => {
  await proxy.stop();
  await upstream.stop();
});

/** Starts the proxy with a fake clock, so that only its own time limits can end a request. */
async function startWithFakeClock(): Promise<FakeClock> {
  await proxy.stop();
  const clock = new FakeClock();
  proxy = await startProxy(upstream.url, {
    clock,
    timeouts: { pingIntervalMs: 10_000, headersTimeoutMs: 900_000, idleTimeoutMs: 900_000 },
  });
  return clock;
}

const hanging = () => {
  upstream.script = (_request, response) => {
    openStream(response);
    response.write(up.frames([up.created(), up.textStart(0), up.textDelta(0, 'x')]));
    return undefined;
  };
};

describe('frames', () => {
  it('that are incomplete are an error, because they may be part of a command', async () => {
    upstream.script = (_request, response) => {
      openStream(response);
      response.write(
        up.frames([up.created(), up.callStart(0, { name: 'Write', args: '' }), up.callDelta(0, '{"file_path":"/tmp/')]),
      );
      response.write('data: {"type":"response.function_call_arguments.delta","del\n\n');
      response.end(
        up.frames([up.callDelta(0, '","content":""}'), up.callDone(0, { name: 'Write', args: '' }), up.completed()]),
      );
      return undefined;
    };
    const seen = judge((await proxy.stream(ask())).text);
    expect(seen.complete).toBe(false);
    expect(seen.blocks.filter((block) => block.closed)).toEqual([]);
  });

  it('that only keep the connection alive are ignored', async () => {
    upstream.script = (_request, response) => {
      openStream(response);
      response.end(`data: keep-alive\n\ndata:\n\n${up.frames(up.saying('fine'))}data: [DONE]\n\n`);
      return undefined;
    };
    expect(judge((await proxy.stream(ask())).text).complete).toBe(true);
  });
});

describe('responses without streaming', () => {
  it('that cannot be serialised are an error', async () => {
    const deep = `{"file_path":"/a","x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    upstream.script = () => [up.created(), ...up.callItem(0, { name: 'Write', args: deep }, 10_000), up.completed()];
    expect((await proxy.post(ask())).status).toBe(400);
  });

  it('fail with 504 before the client times out', async () => {
    const clock = await startWithFakeClock();
    hanging();
    const answer = proxy.post(ask());
    await until(() => upstream.requests.length === 1);
    await wait(50);
    clock.advance(284_000);
    clock.advance(2_000);
    expect((await answer).status).toBe(504);
    clock.advance(60_000);
  });
});

describe('a silent upstream', () => {
  it('causes headers after one ping interval, then pings, and a real event after two minutes', async () => {
    const clock = await startWithFakeClock();
    upstream.script = () => undefined;
    let text = '';
    let headersAt = 0;
    const start = clock.now();
    const abort = new AbortController();
    const reading = proxy.post({ ...ask(), stream: true }, { signal: abort.signal }).then(async (response) => {
      headersAt = clock.now() - start;
      for await (const chunk of response.body!) text += new TextDecoder().decode(chunk);
    });
    reading.catch(() => {});
    await until(() => upstream.requests.length === 1);
    clock.advance(9_999);
    await wait(30);
    expect(headersAt).toBe(0);
    clock.advance(1);
    await until(() => text.includes('event: ping'));
    expect(headersAt).toBe(10_000);
    for (let second = 10; second < 140; second += 5) clock.advance(5_000);
    await until(() => text.includes('thinking_delta'));
    expect(text.match(/event: ping/g)?.length).toBeGreaterThanOrEqual(11);
    expect(proxy.events.some((event) => event.type === 'first_token')).toBe(false);
    abort.abort();
    await until(() => proxy.proxy.state.running.length === 0);
  });
});

describe('errors of the upstream', () => {
  it('are redacted when they contain the token', async () => {
    upstream.script = () => ({ status: 401, body: '{"error":{"message":"Incorrect key: test-token"}}' });
    const text = await (await proxy.post(ask())).text();
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('test-token');
    expect(JSON.stringify(proxy.events)).not.toContain('test-token');
  });

  it('keep their status when the body never ends', async () => {
    upstream.script = (_request, response) => {
      response.writeHead(429, { 'retry-after': '20' });
      response.write('{"error":{"message":"slow down"}}');
      return undefined;
    };
    const response = await proxy.post(ask());
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '20']);
    expect(upstream.requests).toHaveLength(1);
  });

  it('keep a retry-after that is a date', async () => {
    upstream.script = () => ({
      status: 429,
      headers: { 'retry-after': new Date(Date.now() + 25_000).toUTCString() },
      body: '{"error":{"message":"later"}}',
    });
    const response = await proxy.post(ask());
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(20);
    expect(upstream.requests).toHaveLength(1);
  });

  it.each([
    [301, { location: 'http://127.0.0.1:1/' }],
    [200, { 'content-type': 'application/json' }],
    [204, {}],
  ])('include status %i without a stream, which is not retried', async (status, headers) => {
    upstream.script = () => ({ status, headers, body: status === 204 ? '' : '{}' });
    const response = await proxy.post(ask());
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain(`answered HTTP ${status} `);
    expect(text).toContain('Check the base URL');
    expect(upstream.requests).toHaveLength(1);
  });

  it('are classified correctly: a type without code, another overflow message, a model date next to the limit', async () => {
    const cases: [number, string, number, RegExp][] = [
      [429, '{"error":{"code":"","type":"usage_limit_reached","resets_in_seconds":60}}', 429, /plan limit is reached/],
      [500, '{"error":{"message":"input is too long for this model"}}', 400, /^prompt is too long/],
      [
        400,
        '{"error":{"message":"gpt-5.5-2026-04-23: maximum context length is 272000 tokens"}}',
        400,
        /limit is 272000 tokens$/,
      ],
    ];
    for (const [status, body, wanted, words] of cases) {
      upstream.script = () => ({ status, body });
      const response = await proxy.post(ask());
      const json: any = await response.json();
      expect([response.status, json.error.message]).toEqual([wanted, expect.stringMatching(words)]);
    }
  });
});

describe('the ledger', () => {
  it('contains an entry for each of fifty concurrent requests', async () => {
    upstream.script = async () => {
      await wait(150);
      return up.saying('ok');
    };
    await Promise.all(Array.from({ length: 50 }, () => proxy.stream(ask())));
    expect(proxy.ledger).toHaveLength(50);
    expect(proxy.ledger.every((entry) => entry.upstream === 'codex' && entry.measured)).toBe(true);
  });

  it('contains an entry for a request that was aborted by the shutdown', async () => {
    const clock = await startWithFakeClock();
    hanging();
    const cut = proxy.stream(ask()).catch(() => undefined);
    await until(() => proxy.events.some((event) => event.type === 'first_token'));
    let hasDrained = false;
    const drained = proxy.proxy.drain().then(() => {
      hasDrained = true;
    });
    await until(() => {
      clock.advance(1_000);
      return hasDrained;
    });
    await drained;
    await cut;
    expect(proxy.ledger).toMatchObject([{ verdict: 'cancelled' }]);
  });

  it('marks an estimated count', async () => {
    upstream.script = () => [
      up.created(),
      ...up.textItem(0, 'Hi'),
      { type: 'response.completed', response: { status: 'completed' } },
    ];
    await proxy.stream(ask());
    expect(proxy.ledger).toMatchObject([{ measured: false }]);
    expect(proxy.ledger[0]?.inputTokens).toBeGreaterThan(0);
  });
});

describe('connections', () => {
  it('are reused after a completed response', async () => {
    const ports = new Set<number | undefined>();
    upstream.script = (_request, response) => {
      ports.add(response.socket?.remotePort);
      return up.saying('ok');
    };
    for (let round = 0; round < 5; round++) {
      await proxy.stream(ask());
      await wait(20);
    }
    expect(ports.size).toBe(1);
  });

  it('that pipeline requests abort all of them when they close', async () => {
    hanging();
    const { port } = new URL(proxy.url);
    const socket = createConnection(Number(port), '127.0.0.1');
    const body = JSON.stringify({ ...ask(), stream: true });
    const request = `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nx-api-key: ${testSecret}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    socket.write(request + request + request);
    await until(() => upstream.requests.length === 3);
    socket.destroy();
    await until(() => upstream.requests.every((one) => one.aborted));
    await until(() => proxy.proxy.state.running.length === 0);
  });
});

describe('clients', () => {
  it('reach the messages endpoint with an extra slash', async () => {
    for (const path of ['/v1/messages/', '//v1/messages']) expect((await proxy.post(ask(), { path })).status).toBe(200);
  });

  it('receive a short response to a model name of two million letters', async () => {
    const text = await (await proxy.post(ask({ model: 'x'.repeat(2_000_000) }))).text();
    expect(text.length).toBeLessThan(1_000);
    for (const model of ['constructor', '__proto__', 'toString'])
      expect((await proxy.post(ask({ model }))).status).toBe(400);
  });

  it('without the control secret are rejected before their body is read', async () => {
    const response = await proxy
      .post('x'.repeat(70 * 1024 * 1024), { path: '/ccp/route', headers: { 'x-ccp-secret': testSecret } })
      .catch(() => undefined);
    if (response) expect(response.status).toBe(401);
    expect(
      (await proxy.post({ model: 'gpt-5.5' }, { path: '/ccp/route', headers: { 'x-ccp-secret': testControl } })).status,
    ).toBe(200);
  });
});
