/** `count_tokens`: the upstream's number where it has one, else the local one. */
import { afterEach, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import type { CredentialSource } from '../../src/ports/credential.ts';
import * as up from '../support/events.ts';
import { ask, type ProxyOverrides, startProxy, type TestProxy, testRoutes } from '../support/proxy.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';

let proxy: TestProxy;
let upstream: StrictUpstream;
afterEach(async () => {
  await proxy.stop();
  await upstream.stop();
});

async function count(model: string, overrides: ProxyOverrides = {}, reply?: { status: number; body: string }) {
  upstream = await StrictUpstream.start(() => up.saying('x'));
  let asked = 0;
  upstream.others['/responses/input_tokens'] = () => {
    asked += 1;
    return reply ?? { status: 200, body: '{"input_tokens":777}' };
  };
  const tokens = { count: async () => 42, warm: () => {} };
  proxy = await startProxy(upstream.url, { tokens, ...overrides });
  const response = await proxy.post(ask({ model }), { path: '/v1/messages/count_tokens' });
  return { status: response.status, body: (await response.json()) as any, asked };
}

const failing = (thrown: unknown): CredentialSource => ({
  settled: async () => {},
  renew: async () => undefined,
  get: async () => {
    throw thrown;
  },
});

it('is the upstream’s own where it counts', async () => {
  expect(await count('openai/gpt-5.5')).toEqual({ status: 200, body: { input_tokens: 777 }, asked: 1 });
});

it('is ccp’s own where the upstream does not count, and the upstream is not asked', async () => {
  const credentials = failing(new Error('must not be read'));
  const { status, body, asked } = await count('gpt-5.5', { credentials });
  expect([status, asked]).toEqual([200, 0]);
  expect(body.input_tokens).toBeGreaterThan(0);
});

it('is ccp’s own when the upstream’s count fails, or there is no credential', async () => {
  const refused = await count('openai/gpt-5.5', {}, { status: 500, body: '{}' });
  expect([refused.status, refused.asked]).toEqual([200, 1]);
  expect(refused.body.input_tokens).toBeGreaterThan(0);
  await proxy.stop();
  await upstream.stop();
  const credentials = failing(new CcpError('no_credential', 'none'));
  const { status, body, asked } = await count('openai/gpt-5.5', { credentials });
  expect([status, asked]).toEqual([200, 0]);
  expect(body.input_tokens).toBeGreaterThan(0);
});

it('follows the main route for its slot, also where a class of turns has another one', async () => {
  const routes = testRoutes();
  const { body } = await count('gpt-5.5', {
    routes: {
      ...routes,
      routes: {
        ...routes.routes,
        main: { target: { upstream: 'openai', model: 'gpt-5.5', row: undefined }, effort: undefined },
      },
    },
  });
  expect(body).toEqual({ input_tokens: 777 });
});

it('fails with the cause of an internal error', async () => {
  expect((await count('openai/gpt-5.5', { credentials: failing(new TypeError('a fault')) })).status).toBe(500);
});
