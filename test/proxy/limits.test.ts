/** Quotas, token counts and credentials that the proxy tracks for an upstream. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as up from '../support/events.ts';
import { ask, startProxy, type TestProxy } from '../support/proxy.ts';
import { openStream, StrictUpstream } from '../support/strict-upstream.ts';

let upstream: StrictUpstream;
let proxy: TestProxy;

const start = async (profile: 'codex' | 'openai' = 'codex', overrides: Parameters<typeof startProxy>[1] = {}) => {
  upstream = await StrictUpstream.start(() => up.saying('Hi.'), profile);
  proxy = await startProxy(profile === 'codex' ? `${upstream.url}/backend-api/codex` : upstream.url, overrides);
};

beforeEach(() => start());

afterEach(async () => {
  await proxy.stop();
  await upstream.stop();
});

const quotas = () => proxy.events.flatMap((event) => (event.type === 'quota' ? [event.quota] : []));
const week = 7 * 24 * 60;

describe('quotas', () => {
  it('are read from headers and from the event, and stored in the state', async () => {
    upstream.script = (_request, response) => {
      openStream(response, {
        'x-codex-primary-used-percent': '37',
        'x-codex-primary-window-minutes': '300',
        'x-codex-primary-reset-at': '1800000000',
      });
      const limits = { secondary: { used_percent: 12, window_minutes: week, reset_at: 1_800_000_000 } };
      response.end(
        up.frames([{ type: 'codex.rate_limits', plan_type: 'plus', rate_limits: limits }, ...up.saying('Hi.')]),
      );
      return undefined;
    };
    await proxy.stream(ask());
    expect(proxy.proxy.state.quotas.codex).toMatchObject({
      windows: [
        { name: 'week', usedPercent: 12 },
        { name: '5h', usedPercent: 37, resetsAt: 1_800_000_000_000 },
      ],
      plan: 'plus',
    });
  });

  it('are read from the usage endpoint, at most once a minute, when responses contain none', async () => {
    let requestCount = 0;
    upstream.others['/backend-api/wham/usage'] = (request) => {
      requestCount += 1;
      expect(request.headers).toMatchObject({ authorization: 'Bearer test-token', 'chatgpt-account-id': 'acct-test' });
      const window = { used_percent: 55, limit_window_seconds: 18_000, reset_at: 1_800_000_000 };
      return { status: 200, body: JSON.stringify({ plan_type: 'pro', rate_limit: { primary_window: window } }) };
    };
    await proxy.stream(ask());
    await vi.waitFor(() => expect(quotas()).toHaveLength(1));
    await proxy.stream(ask());
    await proxy.stream(ask());
    expect(requestCount).toBe(1);
    expect(quotas()).toMatchObject([{ windows: [{ name: '5h', usedPercent: 55 }], plan: 'pro' }]);
  });

  it('of an exhausted plan provide the reset time that the body omits', async () => {
    const resetsAt = Math.floor(Date.now() / 1000) + 3_600;
    upstream.script = () => ({
      status: 429,
      headers: {
        'x-codex-primary-used-percent': '100',
        'x-codex-primary-window-minutes': '300',
        'x-codex-primary-reset-at': String(resetsAt),
      },
      body: JSON.stringify({ error: { type: 'usage_limit_reached' } }),
    });
    const { status, text, headers } = await proxy.stream(ask());
    expect([status, headers.get('x-should-retry')]).toEqual([429, 'false']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(3_500);
    expect(text).toContain('resets at 14:20');
    expect(quotas()).toHaveLength(1);
  });
});

describe('a response from another model than requested', () => {
  it('causes a warning', async () => {
    upstream.script = (_request, response) => {
      openStream(response, { 'openai-model': 'gpt-5.4-mini' });
      response.end(up.frames(up.saying('Hi.')));
      return undefined;
    };
    await proxy.stream(ask());
    expect(proxy.events.find((event) => event.type === 'warning')).toMatchObject({
      message: 'codex serves gpt-5.4-mini instead of gpt-5.5',
    });
  });
});

describe('a rejected token', () => {
  const credentials = (tokens: string[]) => ({
    get: async () => ({ kind: 'bearer' as const, token: 'old', accountId: 'a', origin: 'stored' as const }),
    settled: async () => {},
    renew: vi.fn(async () => {
      const token = tokens.shift();
      return token === undefined
        ? undefined
        : { kind: 'bearer' as const, token, accountId: 'a', origin: 'stored' as const };
    }),
  });
  const restart = async (source: ReturnType<typeof credentials>) => {
    await proxy.stop();
    await upstream.stop();
    await start('codex', { credentials: source });
    upstream.script = ({ headers }) =>
      headers.authorization === 'Bearer good' ? up.saying('In.') : { status: 401, body: '{"detail":"no"}' };
  };

  it('is renewed once, and the request is sent again', async () => {
    const source = credentials(['good']);
    await restart(source);
    expect((await proxy.stream(ask())).status).toBe(200);
    expect(source.renew).toHaveBeenCalledOnce();
  });

  it('is renewed only once, even when the new token is rejected', async () => {
    const source = credentials(['bad', 'good']);
    await restart(source);
    const { status, headers } = await proxy.stream(ask());
    expect([status, headers.get('x-should-retry')]).toEqual([401, 'false']);
    expect(source.renew).toHaveBeenCalledOnce();
    expect(upstream.requests).toHaveLength(2);
  });
});

describe('a conversation that the upstream rejected', () => {
  it('is not sent again for a short time, while other requests are', async () => {
    upstream.script = () => ({ status: 400, body: '{"error":{"code":"cyber_policy","message":"Flagged."}}' });
    for (const tools of [undefined, []]) {
      const response = await proxy.post(ask({ tools }));
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('Flagged.')]);
    }
    expect(upstream.requests).toHaveLength(1);
    upstream.script = () => up.saying('Fine.');
    expect((await proxy.post(ask({ messages: [{ role: 'user', content: 'other' }] }))).status).toBe(200);
    expect((await proxy.post(ask({ model: 'gpt-6-sol' }))).status).toBe(200);
  });
});

describe('count_tokens', () => {
  const count = async (body: Record<string, unknown>) => {
    const response = await proxy.post(body, { path: '/v1/messages/count_tokens?beta=true' });
    return { status: response.status, ...((await response.json()) as { input_tokens: number }) };
  };
  const words = { messages: [{ role: 'user', content: 'word '.repeat(4_000) }] };

  it('uses the endpoint of the upstream, and the local count when it fails', async () => {
    await proxy.stop();
    await upstream.stop();
    await start('openai');
    let fails = false;
    upstream.others['/responses/input_tokens'] = ({ body }) => {
      for (const field of ['stream', 'store', 'include', 'max_output_tokens']) expect(body).not.toHaveProperty(field);
      return fails ? { status: 500, body: 'no' } : { status: 200, body: '{"object":"x","input_tokens":4242}' };
    };
    const body = { model: 'openai/gpt-5.5', max_tokens: 10, ...words };
    expect(await count(body)).toEqual({ status: 200, input_tokens: 4242 });
    fails = true;
    expect((await count(body)).input_tokens).not.toBe(4242);
  });

  it('is corrected by the usage of the last response', async () => {
    const before = await count({ model: 'gpt-5.5', ...words });
    upstream.script = () => [
      up.created(),
      ...up.textItem(0, 'x'),
      up.completed({ input_tokens: before.input_tokens * 1.5 }),
    ];
    await proxy.stream({ model: 'gpt-5.5', max_tokens: 100, ...words });
    const after = await count({ model: 'gpt-5.5', ...words });
    expect(after.input_tokens / before.input_tokens).toBeCloseTo(1.5, 2);
  });

  it('ignores an implausible usage', async () => {
    const before = await count({ model: 'gpt-5.5', ...words });
    upstream.script = () => [
      up.created(),
      ...up.textItem(0, 'x'),
      up.completed({ input_tokens: before.input_tokens * 9 }),
    ];
    await proxy.stream({ model: 'gpt-5.5', max_tokens: 100, ...words });
    expect(await count({ model: 'gpt-5.5', ...words })).toEqual(before);
  });

  it('provides the token number of an overflow error when the upstream omits it', async () => {
    upstream.script = () => ({
      status: 400,
      body: '{"error":{"code":"context_length_exceeded","message":"Your input exceeds the context window of this model."}}',
    });
    const big = { messages: [{ role: 'user', content: 'word '.repeat(300_000) }] };
    const { input_tokens } = await count({ model: 'gpt-5.5', ...big });
    const { text } = await proxy.stream({ model: 'gpt-5.5', max_tokens: 100, ...big });
    expect(JSON.parse(text).error.message).toBe(
      `prompt is too long: ${input_tokens} tokens > 272000 maximum (counted by ccp)`,
    );
  });

  it('rejects malformed requests', async () => {
    expect((await count({ model: 'gpt-5.5' })).status).toBe(400);
    expect((await count({ model: 'no-such-model', ...words })).status).toBe(400);
  });
});
