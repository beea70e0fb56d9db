import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { ask, startProxy, type TestProxy, testControl, testSecret } from '../support/proxy.ts';
import { openStream, StrictUpstream } from '../support/strict-upstream.ts';
import { until } from '../support/until.ts';

let upstream: StrictUpstream;
let proxy: TestProxy;

beforeEach(async () => {
  upstream = await StrictUpstream.start(() => up.saying('Hi.'));
  proxy = await startProxy(upstream.url);
});

afterEach(async () => {
  await proxy.stop();
  await upstream.stop();
});

/** `fetch` sets Host itself. A DNS rebinding request needs a custom Host. */
const raw = (path: string, headers: Record<string, string>, method = 'GET'): Promise<number> =>
  new Promise((resolve, reject) => {
    const call = httpRequest(new URL(path, proxy.url), { method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    call.on('error', reject);
    call.end();
  });

describe('access control', () => {
  it('returns liveness without authentication and without secrets', async () => {
    expect(await raw('/', {}, 'HEAD')).toBe(200);
    const health = await (await fetch(`${proxy.url}/healthz`)).text();
    expect(JSON.parse(health)).toEqual({ status: 'ok', version: 'test' });
  });

  it.each([
    ['authorization', `Bearer ${testSecret}`],
    ['x-api-key', testSecret],
    ['x-ccp-secret', testSecret],
  ])('accepts the secret in %s', async (name, value) => {
    expect(await raw('/v1/models', { [name]: value })).toBe(200);
  });

  it.each([{}, { authorization: 'Bearer wrong' }, { 'x-api-key': '' }, { authorization: `Bearer ${testControl}` }])(
    'rejects %j with 401',
    async (headers) => {
      expect(await raw('/v1/models', headers)).toBe(401);
    },
  );

  it('rejects a foreign Host and any Origin with 403, including liveness', async () => {
    const auth = { 'x-api-key': testSecret };
    expect(await raw('/v1/models', { ...auth, host: 'attacker.example' })).toBe(403);
    expect(await raw('/healthz', { host: '127.0.0.1.attacker.example' })).toBe(403);
    expect(await raw('/v1/models', { ...auth, origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await raw('/v1/models', { ...auth, host: 'localhost:99' })).toBe(200);
  });

  it('rejects a second Host header with 400', async () => {
    const { port } = new URL(proxy.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.end(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('requires the control secret for the control endpoints', async () => {
    for (const path of ['/ccp/state', '/metrics']) {
      expect(await raw(path, { 'x-api-key': testSecret })).toBe(401);
      expect(await raw(path, { 'x-api-key': testControl })).toBe(200);
    }
  });

  it('forwards no client header upstream', async () => {
    await proxy.post(ask(), {
      headers: { cookie: 'a=b', 'x-stainless-os': 'Linux', 'user-agent': 'claude-cli/2.1.197' },
    });
    const { headers } = upstream.requests[0]!;
    expect(headers.authorization).toBe('Bearer test-token');
    expect(JSON.stringify(headers)).not.toMatch(/claude|stainless|ccp-test|cookie/);
    expect(headers).toMatchObject({ originator: 'ccp', 'chatgpt-account-id': 'acct-test', 'user-agent': 'ccp/test' });
  });
});

describe('the messages endpoint', () => {
  it.each(['', '[]', '{', 'null', '"x"'])('rejects the body %j with 400 in Anthropic’s format', async (body) => {
    const response = await proxy.post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
  });

  it('accepts keys that a prototype guard would reject', async () => {
    const body = JSON.stringify(ask()).replace(
      '"hello"',
      '[{"type":"text","text":"x","__proto__":{"a":1},"constructor":{"prototype":{}}}]',
    );
    expect((await proxy.post(body)).status).toBe(200);
  });

  it('accepts 20 MB and rejects more than 64 MiB with 413', async () => {
    const big = (size: number) => ask({ messages: [{ role: 'user', content: 'x'.repeat(size) }] });
    expect((await proxy.post(big(20_000_000))).status).toBe(200);
    const response = await proxy.post(big(65 * 1024 * 1024)).catch(() => undefined);
    // The 413 may arrive while the client is still writing. The connection is then closed without a response.
    if (response) expect(response.status).toBe(413);
    expect(upstream.requests).toHaveLength(1);
  });

  it('returns one JSON message with usage without streaming', async () => {
    const response = await proxy.post(ask());
    expect(await response.json()).toMatchObject({
      type: 'message',
      model: 'gpt-5.5',
      content: [{ type: 'text', text: 'Hi.' }],
      usage: { input_tokens: 200, cache_read_input_tokens: 1000, output_tokens: 50 },
    });
  });
});

describe('other endpoints', () => {
  it('count tokens locally', async () => {
    const response = await proxy.post(ask(), { path: '/v1/messages/count_tokens?beta=true' });
    const { input_tokens: count }: any = await response.json();
    expect(count).toBeGreaterThan(50);
    expect(upstream.requests).toHaveLength(0);
  });

  it('list models in Anthropic’s format, with aliases that Claude Code accepts', async () => {
    const response = await fetch(`${proxy.url}/v1/models`, { headers: { 'x-api-key': testSecret } });
    const { data }: any = await response.json();
    const ids = data.map((entry: { id: string }) => entry.id);
    expect(ids).toContain('gpt-5.5');
    expect(ids).toContain('claude-ccp-gpt-5.5');
    expect(data[0]).toMatchObject({ type: 'model', display_name: expect.any(String), created_at: expect.any(String) });
    const aliased = await proxy.post(ask({ model: 'claude-ccp-gpt-6-luna' }));
    expect(upstream.requests.at(-1)?.body.model).toBe('gpt-6-luna');
    expect(((await aliased.json()) as any).model).toBe('claude-ccp-gpt-6-luna');
  });

  it('switch a route for later requests, while running requests finish on their route', async () => {
    let finish = () => {};
    upstream.script = async (request) => {
      if (request.body.model === 'gpt-5.5')
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      return up.saying(request.body.model);
    };
    const running = proxy.post(ask());
    await until(() => upstream.requests.length > 0);
    const control = { headers: { 'x-ccp-secret': testControl }, path: '/ccp/route' };
    const switched = await proxy.post({ class: 'main', model: 'gpt-6-astra' }, control);
    expect(await switched.json()).toMatchObject({ route: { model: 'gpt-6-astra' } });
    expect(((await (await proxy.post(ask())).json()) as any).content[0].text).toBe('gpt-6-astra');
    finish();
    expect(((await (await running).json()) as any).content[0].text).toBe('gpt-5.5');
    expect(proxy.events.find((event) => event.type === 'route_changed')).toMatchObject({ previous: 'codex/gpt-5.5' });
    expect((await proxy.post({ class: 'nowhere', model: 'gpt-5.5' }, control)).status).toBe(400);
    expect((await proxy.post({ model: 'gpt-9' }, control)).status).toBe(400);
  });

  it('stream events to watchers', async () => {
    const watcher = await fetch(`${proxy.url}/ccp/events`, { headers: { 'x-ccp-secret': testControl } });
    const reader = watcher.body!.getReader();
    await proxy.post(ask());
    let text = '';
    while (!text.includes('"completed"')) text += new TextDecoder().decode((await reader.read()).value);
    expect(text).toMatch(/^data: {"type":"state"/);
    expect(text).toContain('"type":"routed"');
    await reader.cancel();
  });

  it('export counters in Prometheus format', async () => {
    await proxy.post(ask());
    const text = await (await fetch(`${proxy.url}/metrics`, { headers: { 'x-ccp-secret': testControl } })).text();
    expect(text).toContain('ccp_requests_total{verdict="complete"} 1');
    expect(text).toContain('ccp_tokens_total{kind="cache_read"} 1000');
  });

  it('return 404 in Anthropic’s format for an unknown path', async () => {
    const response = await fetch(`${proxy.url}/v1/nothing`, { headers: { 'x-api-key': testSecret } });
    expect([response.status, ((await response.json()) as any).error.type]).toEqual([404, 'not_found_error']);
  });
});

describe('draining', () => {
  it('lets a running stream finish and rejects new requests', async () => {
    upstream.script = async (_request, response) => {
      openStream(response);
      response.write(up.frames([up.created(), up.textStart(0), up.textDelta(0, 'a')]));
      await new Promise((resolve) => setTimeout(resolve, 400));
      response.end(up.frames([up.textDelta(0, 'b'), ...up.textItem(0, '').slice(-1), up.completed()]));
      return undefined;
    };
    const running = proxy.stream(ask());
    await until(() => upstream.requests.length > 0);
    const stopped = proxy.proxy.drain();
    expect((await running).text).toContain('message_stop');
    await stopped;
    await expect(fetch(`${proxy.url}/healthz`)).rejects.toThrow();
  });
});

describe('the server', () => {
  it('takes a messages path with more slashes for what it means', async () => {
    for (const path of ['/v1/messages/', '//v1//messages', '/v1/messages'])
      expect((await proxy.post(ask(), { path })).status).toBe(200);
  });

  it('reports an error in ccp as one, and logs it with its cause', async () => {
    const logged: unknown[] = [];
    const cause = new Error('a fault');
    const catalogue = new Proxy([], {
      get: () => {
        throw cause;
      },
    });
    const faulty = await startProxy(upstream.url, {
      catalogue,
      log: { debug() {}, info() {}, warn() {}, error: (fields: unknown, text: string) => logged.push([fields, text]) },
    } as never);
    const answer = await fetch(`${faulty.url}/v1/models?x=1`, { headers: { 'x-api-key': testSecret } });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({
      type: 'error',
      error: { type: 'api_error', message: expect.stringMatching(/^ccp failed on this request\. .*req_\w{20}/) },
    });
    expect(logged).toEqual([[{ cause, url: '/v1/models?x=1' }, 'unexpected error']]);
    await faulty.stop();
  });

  it('lets a running stream finish when it drains, and then takes no connection', async () => {
    let finish = () => {};
    upstream.script = async (_request, response) => {
      openStream(response);
      for (const event of [up.created(), ...up.textItem(0, 'Half')]) response.write(up.frame(event));
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      response.end(up.frame(up.completed()));
      return undefined;
    };
    const running = proxy.stream(ask());
    await until(() => upstream.requests.length > 0);
    const drained = proxy.proxy.drain();
    finish();
    const { text, broken } = await running;
    expect(broken).toBe(false);
    expect(text).toContain('message_stop');
    await drained;
    await expect(fetch(`${proxy.url}/healthz`)).rejects.toThrow();
  });

  it('tells with a failure how long the upstream asks Claude Code to wait', async () => {
    upstream.script = () => ({
      status: 429,
      headers: { 'retry-after': '40' },
      body: '{"error":{"type":"rate_limit_exceeded","message":"slow down"}}',
    });
    expect((await proxy.post(ask())).status).toBe(429);
    expect(proxy.events.find(({ type }) => type === 'failed')).toMatchObject({ resend: { retryAfterMs: 40_000 } });
  });
});
