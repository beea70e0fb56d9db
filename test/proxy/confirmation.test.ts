/** Changes over HTTP that spend the user's money. */
import { afterEach, describe, expect, it } from 'vitest';
import { startProxy, type TestProxy, testControl } from '../support/proxy.ts';

const limits = {
  limits: [{ name: 'session' as const, limitMicroUsd: 1e6 }],
  warnAtPercent: 80,
  onLimit: 'ask' as const,
};
const metered = { model: 'openai/gpt-5.5' };

let proxy: TestProxy;
afterEach(() => proxy.stop());

const call = async (path: string, body: unknown, signal?: AbortSignal) => {
  const response = await proxy.post(body, {
    path,
    headers: { 'x-ccp-secret': testControl },
    ...(signal ? { signal } : {}),
  });
  return { status: response.status, text: await response.text() };
};
const question = () => proxy.proxy.state.confirmation?.text;
const answer = (allow: boolean) =>
  proxy.proxy.act({ do: 'answer confirmation', id: proxy.proxy.state.confirmation?.id ?? '', allow });
const mainRoute = () => proxy.proxy.state.routes.find(({ routeClass }) => routeClass === 'main');
const start = async (overrides: Parameters<typeof startProxy>[1]) => {
  proxy = await startProxy('http://127.0.0.1:1', { budgets: limits, ...overrides });
};

describe('with a screen', () => {
  it('a switch to a metered model waits until it is allowed there', async () => {
    await start({ spendingRequests: 'ask' });
    const switching = call('/ccp/route', metered);
    await expect.poll(question).toBe('Switch main to openai/gpt-5.5, which is paid by tokens');
    expect(mainRoute()?.upstream).toBe('codex');
    answer(true);
    expect((await switching).status).toBe(200);
    expect(mainRoute()).toMatchObject({ upstream: 'openai', model: 'gpt-5.5' });
    expect(question()).toBeUndefined();
  });

  it('a denied switch changes nothing, and its answer says how it can be allowed', async () => {
    await start({ spendingRequests: 'ask' });
    const switching = call('/ccp/route', metered);
    await expect.poll(question).toBeDefined();
    answer(false);
    const { status, text } = await switching;
    expect(status).toBe(402);
    expect(text).toContain("it was denied on the session's screen");
    expect(text).toContain('launch with --allow-metered');
    expect(mainRoute()?.upstream).toBe('codex');
  });

  it('a raised budget waits, and a stop does not', async () => {
    await start({ spendingRequests: 'ask' });
    expect((await call('/ccp/budget', { allow: false })).status).toBe(200);
    const raising = call('/ccp/budget', { allow: true });
    await expect.poll(question).toBe('Raise the budget by the same amount');
    answer(true);
    expect((await raising).status).toBe(200);
  });

  it('the question ends when the program that asked disconnects', async () => {
    await start({ spendingRequests: 'ask' });
    const abort = new AbortController();
    const switching = call('/ccp/route', metered, abort.signal).catch(() => 'aborted');
    await expect.poll(question).toBeDefined();
    abort.abort();
    expect(await switching).toBe('aborted');
    await expect.poll(question).toBeUndefined();
    expect(mainRoute()?.upstream).toBe('codex');
  });

  it('an answer to a question that has gone allows nothing', async () => {
    await start({ spendingRequests: 'ask' });
    const abort = new AbortController();
    const first = call('/ccp/route', metered, abort.signal).catch(() => 'aborted');
    await expect.poll(question).toBeDefined();
    const { id = '' } = proxy.proxy.state.confirmation ?? {};
    abort.abort();
    await first;
    await expect.poll(question).toBeUndefined();
    const second = call('/ccp/budget', { allow: true });
    await expect.poll(question).toBe('Raise the budget by the same amount');
    expect(() => proxy.proxy.act({ do: 'answer confirmation', id, allow: true })).toThrow('no longer open');
    answer(false);
    expect((await second).status).toBe(402);
  });

  it('a second change is refused while the first waits', async () => {
    await start({ spendingRequests: 'ask' });
    const first = call('/ccp/route', metered);
    await expect.poll(question).toBeDefined();
    expect(await call('/ccp/budget', { allow: true })).toMatchObject({ status: 402 });
    expect(question()).toContain('openai/gpt-5.5');
    answer(false);
    await first;
  });

  it('a switch between models of a plan needs no confirmation', async () => {
    await start({ spendingRequests: 'ask' });
    expect((await call('/ccp/route', { model: 'gpt-6-luna' })).status).toBe(200);
    expect(mainRoute()?.model).toBe('gpt-6-luna');
  });

  it('a switch on the screen itself needs no confirmation', async () => {
    await start({ spendingRequests: 'ask' });
    proxy.proxy.act({ do: 'switch', routeClass: 'main', model: 'openai/gpt-5.5' });
    expect(mainRoute()?.upstream).toBe('openai');
    expect(() => proxy.proxy.act({ do: 'switch', routeClass: 'main', model: 'nothing/at-all' })).toThrow(/nothing/);
  });

  it('a program on a terminal of the user needs no confirmation', async () => {
    let peer: unknown;
    await start({
      spendingRequests: 'ask',
      isUserTerminal: (connection) => {
        peer = connection;
        return true;
      },
    });
    expect((await call('/ccp/route', metered)).status).toBe(200);
    expect(peer).toEqual({ port: expect.any(Number), localPort: Number(new URL(proxy.url).port) });
  });
});

describe('without a screen', () => {
  it.each([
    ['/ccp/route', metered, 'Switch main to openai/gpt-5.5'],
    ['/ccp/budget', { allow: true }, 'Raise the budget'],
  ])('%s that spends money is refused', async (path, body, words) => {
    await start({ spendingRequests: 'refuse' });
    const { status, text } = await call(path, body);
    expect(status).toBe(402);
    expect(text).toContain(words);
    expect(text).toContain('has no screen that could confirm it');
    expect(mainRoute()?.upstream).toBe('codex');
  });

  it('is allowed when the launch said --allow-metered', async () => {
    await start({ spendingRequests: 'allow' });
    expect((await call('/ccp/route', metered)).status).toBe(200);
    expect((await call('/ccp/budget', { allow: true })).status).toBe(200);
  });
});
