/** A turn is a loop over candidates: what belongs to a target is taken from the candidate that answered. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { bundledModels } from '../../src/models/catalogue.ts';
import { DialectUpstream } from '../support/dialect-upstream.ts';
import * as up from '../support/events.ts';
import { ask, startProxy, type TestProxy, testControl, testSecret } from '../support/proxy.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { upstreamAt } from '../support/upstreams.ts';

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
      budgets: { limits: [{ name: 'session', limitMicroUsd: 10_000_000 }], warnAtPercent: 80 },
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

  it('is booked as metered at the price of the model that wrote the summary, and counts in the budget', async () => {
    anthropic.script = () => ({
      status: 400,
      body: {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'prompt is too long: 250000 tokens > 200000 maximum' },
      },
    });
    const answer = await proxy.post(ask({ model: 'claude-opus-5-5', stream: true, ...compaction }), {
      headers: { authorization: 'Bearer sk-ant-oat-fake-of-no-value', 'x-ccp-secret': testSecret },
    });
    expect(answer.status).toBe(200);
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
