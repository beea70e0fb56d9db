/** What a policy stops or asks about in the proxy: refusals as Claude Code gets them, secrets, unknown prices, ceilings. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditFacts } from '../../src/ledger/audit.ts';
import { budgetsOf } from '../../src/ledger/budget.ts';
import { policyGate } from '../../src/policy/gate.ts';
import type { Policy, PolicyRule } from '../../src/policy/policy.ts';
import { defaultRules } from '../../src/routing/decide.ts';
import { fallbackSource } from '../../src/routing/fallback.ts';
import * as up from '../support/events.ts';
import { layer, policyOf } from '../support/policy.ts';
import { ask, type ProxyOverrides, startProxy, type TestProxy, testControl } from '../support/proxy.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { until } from '../support/until.ts';
import { upstreamAt } from '../support/upstreams.ts';

let codex: StrictUpstream;
let openai: StrictUpstream;
let proxy: TestProxy;
let audit: AuditFacts[];
let policy: Policy;
const repository = { name: 'git.example.org/team/app', root: '/work/app' };

beforeEach(async () => {
  [audit, policy] = [[], policyOf()];
  codex = await StrictUpstream.start(() => up.saying('From codex.'));
  openai = await StrictUpstream.start(() => up.saying('From openai.'), 'openai');
});
afterEach(async () => {
  await proxy.stop();
  await codex.stop();
  await openai.stop();
});

const start = async (overrides: ProxyOverrides = {}) => {
  proxy = await startProxy(codex.url, {
    upstreams: [upstreamAt('codex', codex.url), upstreamAt('openai', openai.url)],
    rules: {
      sources: [...defaultRules.sources, fallbackSource({})],
      get gates() {
        return [...defaultRules.gates, policyGate({ policy, repository, now: Date.now() })];
      },
    },
    audit: (facts) => audit.push(facts),
    ...overrides,
  });
};
const deny = (...rules: Partial<PolicyRule>[]) =>
  policyOf(
    layer({
      rules: rules.map((rule, index) => ({ effect: 'deny', id: `no-${index}`, ...rule })),
      message: 'Ask ann@example.org.',
    }),
  );
const send = async (extra: Record<string, unknown> = {}) => {
  const { status, text, headers } = await proxy.stream(ask(extra));
  return { status, text, retry: headers.get('x-should-retry') };
};

describe('a denied route', () => {
  it('is refused with rule, file, reason, what is allowed and the policy’s words; audited, and nothing is sent', async () => {
    policy = deny({ models: ['gpt-5.5'], upstreams: ['codex'], reason: 'Not for customer code.' });
    await start();
    const { status, text, retry } = await send();
    expect([status, retry]).toEqual([402, 'false']);
    expect(JSON.parse(text).error).toMatchObject({
      type: 'billing_error',
      message: expect.stringMatching(
        /^The policy \/etc\/ccp\/system\.json does not allow codex\/gpt-5\.5 here\. Not for customer code\. Allowed: codex\/\S+, openai\/\S+\. Ask ann@example\.org\. \(rule: no-0\)/,
      ),
    });
    expect(codex.requests).toEqual([]);
    expect(audit).toEqual([
      {
        type: 'denial',
        details: expect.objectContaining({ target: 'codex/gpt-5.5', reason: expect.stringContaining('no-0') }),
      },
    ]);
    expect(proxy.ledger).toMatchObject([
      { upstream: 'codex', model: 'gpt-5.5', verdict: 'refused', errorCode: 'route_denied' },
    ]);
  });

  it('is denied by every road: a name, a tier, an agent, a switch, and by a policy that changes meanwhile', async () => {
    await start();
    expect((await send()).status).toBe(200);
    policy = deny({ upstreams: ['codex'] });
    const switchTo = await fetch(`${proxy.url}/ccp/route`, {
      method: 'POST',
      headers: { 'x-ccp-secret': testControl },
      body: JSON.stringify({ class: 'fast', model: 'codex/gpt-5.5' }),
    });
    expect([switchTo.status, await switchTo.text()]).toEqual([402, expect.stringContaining('rule: no-0')]);
    const details = { switch: 'fast', target: 'codex/gpt-5.5', reason: expect.stringContaining('no-0') };
    expect(audit).toEqual([{ type: 'denial', details }]);
    for (const model of ['gpt-5.5', 'codex/gpt-5.5', 'claude-opus-5-5', 'haiku', 'codex/anything'])
      expect([model, (await send({ model })).status]).toEqual([model, 402]);
    const agent = await proxy.post(ask({ stream: true }), { headers: { 'x-claude-code-agent-id': 'a1' } });
    expect(agent.status).toBe(402);
    expect((await send({ model: 'openai/gpt-5.5' })).status).toBe(200);
    expect(codex.requests).toHaveLength(1);
  });

  it('of a class leaves the others alone', async () => {
    policy = deny({ classes: ['subagent'] });
    await start();
    expect((await send()).status).toBe(200);
    const agent = await proxy.post(ask({ stream: true }), { headers: { 'x-claude-code-agent-id': 'a1' } });
    expect(agent.status).toBe(402);
  });

  it('is no fallback', async () => {
    policy = deny({ upstreams: ['openai'] });
    const target = { upstream: 'openai', model: 'gpt-5.5', row: undefined };
    await start({
      rules: {
        sources: [...defaultRules.sources, fallbackSource({ main: [target] })],
        gates: [policyGate({ policy, repository, now: 0 })],
      },
    });
    codex.script = () => ({
      status: 429,
      headers: { 'retry-after': '600' },
      body: '{"error":{"type":"usage_limit_reached"}}',
    });
    expect((await send()).status).toBe(429);
    expect(openai.requests).toEqual([]);
  });
});

describe('a secret in a request', () => {
  const secret = `ghp_${'a1B2c3D4e5'.repeat(4)}`;
  const messages = [
    { role: 'user', content: 'read .env' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'Read', input: { file_path: '.env' } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: `TOKEN=${secret}` }] },
  ];
  const rule = (value: 'allow' | 'ask' | 'block') => ({
    outboundSecrets: () => ({ value, path: '/etc/ccp/policy.json' }),
  });
  const tools = [
    {
      name: 'Read',
      input_schema: { type: 'object', properties: { file_path: { type: 'string' } }, required: ['file_path'] },
    },
  ];
  /** An upstream on another machine, whose requests reach the scripted one. */
  const farAway = () => ({
    upstreams: [{ ...upstreamAt('codex', codex.url), baseUrl: 'https://far.example' }],
    transport: {
      send: () => {
        throw new Error('sent');
      },
      close: async () => {},
    } as never,
  });

  it('is blocked with its kind and place, never with the secret', async () => {
    await start({ ...rule('block'), ...farAway() });
    const { status, text } = await send({ messages, tools });
    expect(status).toBe(402);
    expect(text).toContain(
      'The request contains a GitHub token (messages[2], the result of Read). It was not sent to codex.',
    );
    expect(text).toContain('(rule: outboundSecrets of /etc/ccp/policy.json)');
    expect(JSON.stringify([text, audit, proxy.events])).not.toContain(secret);
    expect(audit).toEqual([
      { type: 'outbound_secret', details: expect.objectContaining({ answer: 'blocked', target: 'codex/gpt-5.5' }) },
    ]);
  });

  it('is asked about on the screen, once for each secret; without a screen it is refused', async () => {
    await start({ ...rule('ask'), ...farAway(), canAskUser: true });
    const sent = send({ messages, tools });
    await until(() => proxy.proxy.state.confirmation !== undefined);
    const { id = '', text, isFromProgram } = proxy.proxy.state.confirmation ?? {};
    expect([text, isFromProgram]).toEqual([
      'Send a GitHub token (messages[2], the result of Read) to codex/gpt-5.5',
      false,
    ]);
    proxy.proxy.act({ do: 'answer confirmation', id, allow: true });
    // It was sent: the transport of this test refuses.
    expect((await sent).text).not.toContain('GitHub token');
    expect((await send({ messages, tools })).text).not.toContain('GitHub token');
    const other = send({ messages: [{ role: 'user', content: `and -----BEGIN RSA PRIVATE KEY-----` }] });
    await until(() => proxy.proxy.state.confirmation !== undefined);
    proxy.proxy.act({ do: 'answer confirmation', id: proxy.proxy.state.confirmation?.id ?? '', allow: false });
    expect((await other).text).toContain('contains a private key (messages[0]). It was denied');
    await proxy.stop();
    await start({ ...rule('ask'), ...farAway(), spendingRequests: 'allow' });
    expect((await send({ messages, tools })).text).toContain('this session has no screen');
  });

  it('is not sent to be counted either', async () => {
    const sent: string[] = [];
    const gate = { ...upstreamAt('openai', openai.url), baseUrl: 'https://far.example' };
    const transport = { send: async ({ url }: { url: string }) => void sent.push(url), close: async () => {} } as never;
    const count = (body: object) =>
      proxy.post(ask({ model: 'openai/gpt-5.5', ...body }), { path: '/v1/messages/count_tokens' });
    await start({ ...rule('ask'), upstreams: [gate], transport });
    expect(await (await count({ messages })).json()).toEqual({ input_tokens: expect.any(Number) });
    expect(sent).toEqual([]);
    await count({});
    expect(sent).toHaveLength(1);
  });

  it('may be sent to this machine, and where the policy allows it', async () => {
    await start(rule('block'));
    expect((await send({ messages, tools })).status).toBe(200);
    await proxy.stop();
    await start({ ...rule('allow'), ...farAway() });
    expect((await send({ messages, tools })).text).not.toContain('GitHub token');
  });
});

describe('a model whose price is not known', () => {
  it('is asked about once, where the policy asks', async () => {
    await start({ canAskUser: true, onUnknownPrice: () => ({ value: 'ask', path: '/etc/ccp/policy.json' }) });
    const sent = send({ model: 'openai/new-model' });
    await until(() => proxy.proxy.state.confirmation !== undefined);
    expect(proxy.proxy.state.confirmation?.text).toBe('Send requests to openai/new-model, whose price is not known');
    proxy.proxy.act({ do: 'answer confirmation', id: proxy.proxy.state.confirmation?.id ?? '', allow: true });
    expect((await sent).status).toBe(200);
    expect((await send({ model: 'openai/new-model' })).status).toBe(200);
    await proxy.stop();
    await start({ onUnknownPrice: () => ({ value: 'ask', path: '/etc/ccp/policy.json' }) });
    const { status, text } = await send({ model: 'openai/new-model' });
    expect([status, text]).toEqual([
      402,
      expect.stringContaining('no screen. (rule: budgets.onUnknownPrice of /etc/ccp/policy.json)'),
    ]);
  });
});

describe('a ceiling of the policy', () => {
  const ceilings = { session: { value: 2, path: '/etc/ccp/policy.json' }, day: { value: 9, path: '/p' } };

  it('is the lower of both, and is a budget where the user has none', () => {
    const budgets = (setting: unknown, session?: number) => budgetsOf(setting, session, () => false, ceilings).limits;
    expect(budgets({}, 5)).toMatchObject([
      { name: 'session', limitMicroUsd: 2_000_000, ceiling: { microUsd: 2_000_000, path: '/etc/ccp/policy.json' } },
      { name: 'day', limitMicroUsd: 9_000_000 },
    ]);
    expect(budgets({ dayUsd: 1 }, 1)).toMatchObject([
      { name: 'session', limitMicroUsd: 1_000_000, ceiling: { microUsd: 2_000_000 } },
      { name: 'day', limitMicroUsd: 1_000_000 },
    ]);
  });

  it('is not raised on the screen: the turn is refused with its file', async () => {
    const budgets = budgetsOf({}, 1, () => false, ceilings);
    await start({ canAskUser: true, budgets, spentMicroUsd: 1_500_000 });
    const sent = send({ model: 'openai/gpt-5.5' });
    await until(() => proxy.proxy.state.spending?.asking === 'session');
    // As much again would be 2.5 dollars; the ceiling is 2.
    proxy.proxy.act({ do: 'answer budget', allow: true });
    expect((await sent).status).toBe(200);
    expect(proxy.proxy.state.spending?.budgets[0]?.limitMicroUsd).toBe(2_000_000);
    await proxy.stop();
    await start({ canAskUser: true, budgets, spentMicroUsd: 2_000_000, allowances: { session: 1_500_000 } });
    const { status, text } = await send({ model: 'openai/gpt-5.5' });
    expect([status, text]).toEqual([
      402,
      expect.stringContaining('It is a ceiling of the policy /etc/ccp/policy.json.'),
    ]);
  });
});
