/** A turn loops over candidates. Target data such as the price comes from the candidate that answered. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { bundledModels } from '../../src/models/catalogue.ts';
import { type DecisionRules, defaultRules } from '../../src/routing/decide.ts';
import { targetNamed } from '../../src/routing/directory.ts';
import type { Gate } from '../../src/routing/gates.ts';
import type { ProposalSource } from '../../src/routing/proposals.ts';
import { DialectUpstream } from '../support/dialect-upstream.ts';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { ask, startProxy, type TestProxy, testControl, testSecret } from '../support/proxy.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { upstreamAt } from '../support/upstreams.ts';

const openAiTarget = {
  upstream: 'openai',
  model: 'gpt-5.5',
  row: bundledModels.find((row) => row.upstream === 'openai' && row.id === 'gpt-5.5'),
};

const compaction = {
  messages: [{ role: 'user', content: 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools. Summarise.' }],
  tools: [],
};

describe('a compaction that moves from a plan to an API key', () => {
  let anthropic: DialectUpstream;
  let openai: StrictUpstream;
  let proxy: TestProxy;

  beforeEach(async () => {
    anthropic = await DialectUpstream.start('anthropic');
    openai = await StrictUpstream.start(
      () => [
        up.created(),
        ...up.textItem(0, 'The summary.'),
        up.completed({
          input_tokens: 100_000,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: 1_000,
        }),
      ],
      'openai',
    );
    const target = (upstream: string, model: string) => ({
      upstream,
      model,
      row: bundledModels.find((row) => row.upstream === upstream && row.id === model),
    });
    proxy = await startProxy(openai.url, {
      routes: {
        routes: { main: { target: target('openai', 'gpt-5.5'), effort: undefined } },
        slots: {},
      },
      upstreams: [upstreamAt('openai', openai.url), upstreamAt('anthropic', anthropic.url, { loginToLoopback: true })],
      budgets: { limits: [{ name: 'session', limitMicroUsd: 10_000_000 }], warnAtPercent: 80, onLimit: 'ask' },
      credentials: {
        settled: async () => {},
        renew: async () => undefined,
        get: async (name) => {
          if (name === 'anthropic') throw new CcpError('no_credential', 'There is no credential for anthropic.');
          return { kind: 'api-key', token: 'fake-openai-key', accountId: undefined, origin: 'stored' };
        },
      },
    });
    await fetch(`${proxy.url}/ccp/route`, {
      method: 'POST',
      headers: { 'x-ccp-secret': testControl },
      body: JSON.stringify({ class: 'main', model: 'anthropic/claude-haiku-4-5' }),
    });
  });

  afterEach(async () => {
    await proxy.stop();
    await anthropic.stop();
    await openai.stop();
  });

  it('is recorded as metered at the price of the model that wrote the summary, and counts towards the budget', async () => {
    anthropic.script = () => ({
      status: 400,
      headers: { 'anthropic-ratelimit-unified-status': 'rejected' },
      body: {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'prompt is too long: 250000 tokens > 200000 maximum' },
      },
    });
    const answer = await proxy.post(ask({ model: 'claude-opus-5-5', stream: true, ...compaction }), {
      headers: { authorization: 'Bearer sk-ant-oat-fake-of-no-value', 'x-ccp-secret': testSecret },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('anthropic-ratelimit-unified-status')).toBeNull();
    expect(await answer.text()).toContain('The summary.');
    const [entry] = proxy.ledger;
    expect(entry).toMatchObject({
      upstream: 'openai',
      model: 'gpt-5.5',
      requestClass: 'compaction',
      costKind: 'metered',
      costMicroUsd: 530_000,
    });
    const spending = proxy.events.findLast((event) => event.type === 'spending');
    expect(spending).toMatchObject({ budgets: [{ name: 'session', spentMicroUsd: 530_000 }] });
  });
});

describe('decision rules with a gate and a second candidate', () => {
  let upstream: StrictUpstream;
  let proxy: TestProxy;

  const start = async (rules: DecisionRules) => {
    upstream = await StrictUpstream.start((request) =>
      request.body.model === 'gpt-5.5'
        ? { status: 429, headers: { 'retry-after': '600' }, body: '{"error":{"type":"usage_limit_reached"}}' }
        : up.saying('From the second.'),
    );
    proxy = await startProxy(upstream.url, { rules });
  };

  afterEach(async () => {
    await proxy.stop();
    await upstream.stop();
  });

  /** A gate like that of a policy: a named rule that denies a model. */
  const denyModel =
    (model: string): Gate =>
    ({ target }) =>
      target.model === model
        ? { target, kind: 'policy', rule: 'team/no-luna', message: `${model} is not allowed here.` }
        : undefined;

  /** A proposal like that of a fallback: another model after a wall. */
  const secondCandidate: ProposalSource = ({ directory }) => [
    {
      target: targetNamed('gpt-6-luna', directory),
      effort: undefined,
      routeClass: 'main',
      reason: 'the first is at its limit',
      follows: ['wall'],
    },
  ];

  it('give back the budget reserved for the first candidate before they reserve it for the second', async () => {
    const openai = await StrictUpstream.start(
      (request) => (request.body.model === 'gpt-5.5' ? { status: 429, body: '{"error":{}}' } : up.saying('Second.')),
      'openai',
    );
    upstream = openai;
    const metered: ProposalSource = ({ directory }) => [
      { ...secondCandidate({ directory } as never)[0]!, target: targetNamed('openai/gpt-6-luna', directory) },
    ];
    proxy = await startProxy(openai.url, {
      rules: { ...defaultRules, sources: [...defaultRules.sources, metered] },
      upstreams: [upstreamAt('openai', openai.url)],
      routes: { routes: { main: { target: openAiTarget, effort: undefined } }, slots: {} },
      budgets: { limits: [{ name: 'session', limitMicroUsd: 1_000 }], warnAtPercent: 80, onLimit: 'ask' },
    });
    const { text } = await proxy.stream(ask({ model: 'openai/gpt-5.5' }));
    expect(text).toContain('Second.');
    expect(proxy.ledger).toMatchObject([{ model: 'gpt-6-luna', costKind: 'metered' }]);
  });

  it('use the second candidate after a limit before content, and record the turn there', async () => {
    await start({ ...defaultRules, sources: [...defaultRules.sources, secondCandidate] });
    const { text, status } = await proxy.stream(ask());
    expect(status).toBe(200);
    expect(judge(text).blocks[0]?.text).toBe('From the second.');
    expect(upstream.requests.map(({ body }) => body.model)).toEqual(['gpt-5.5', 'gpt-6-luna']);
    expect(proxy.ledger).toMatchObject([{ model: 'gpt-6-luna', costKind: 'plan', verdict: 'complete' }]);
    expect(proxy.events.filter(({ type }) => type === 'routed')).toMatchObject([
      { route: { model: 'gpt-5.5' } },
      { route: { model: 'gpt-6-luna' }, reason: 'the first is at its limit' },
    ]);
  });

  it('skip a candidate that a gate denies, and return the limit error', async () => {
    await start({
      sources: [...defaultRules.sources, secondCandidate],
      gates: [...defaultRules.gates, denyModel('gpt-6-luna')],
    });
    const { status } = await proxy.stream(ask());
    expect(status).toBe(429);
    expect(upstream.requests).toHaveLength(1);
  });

  it('reject a turn, a token count and a switch with the rule name, without an upstream request', async () => {
    await start({ ...defaultRules, gates: [...defaultRules.gates, denyModel('gpt-5.5'), denyModel('gpt-6-luna')] });
    const refused = { error: { type: 'billing_error', message: expect.stringContaining('rule: team/no-luna') } };
    const turn = await proxy.post(ask());
    expect([turn.status, await turn.json()]).toMatchObject([402, refused]);
    const count = await proxy.post(ask(), { path: '/v1/messages/count_tokens' });
    expect([count.status, await count.json()]).toMatchObject([402, refused]);
    const change = await fetch(`${proxy.url}/ccp/route`, {
      method: 'POST',
      headers: { 'x-ccp-secret': testControl },
      body: JSON.stringify({ model: 'gpt-6-luna' }),
    });
    expect([change.status, await change.json()]).toMatchObject([402, refused]);
    expect(upstream.requests).toHaveLength(0);
  });
});
