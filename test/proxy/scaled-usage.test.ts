/** On a window smaller than at launch, Claude Code is told scaled usage; ccp's own numbers stay true. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scaledUsage, scaleFor } from '../../src/proxy/scaled-usage.ts';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { ask, startProxy, type TestProxy } from '../support/proxy.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';

let upstream: StrictUpstream;
let proxy: TestProxy;
beforeEach(async () => {
  upstream = await StrictUpstream.start(() => up.saying('Fine.'));
});
afterEach(async () => {
  await proxy.stop();
  await upstream.stop();
});

// The upstream counts 200 uncached and 1,000 cached input tokens, and 50 of output. Its window is 272,000 tokens.
const tools = [{ name: 'Read', description: '', input_schema: { type: 'object', properties: {} } }];

describe('the usage that Claude Code is told', () => {
  it.each([
    ['is the true one in a window of the same size', 272_000, 1, { input_tokens: 200, cache_read_input_tokens: 1_000 }],
    ['is the true one in a larger window', 200_000, 1, { input_tokens: 200, cache_read_input_tokens: 1_000 }],
    [
      'is scaled in a smaller window',
      544_000,
      2,
      { input_tokens: 400, cache_read_input_tokens: 2_000, output_tokens: 100 },
    ],
  ])('%s', async (_title, clientWindow, scale, told) => {
    proxy = await startProxy(upstream.url, { clientWindows: { 'gpt-5.5': clientWindow } });
    const { text } = await proxy.stream({ ...ask(), tools });
    expect(judge(text).usage).toMatchObject(told);
    const { totals, contextTokens, usageScale } = proxy.proxy.state;
    expect([contextTokens, usageScale]).toEqual([1_200, scale]);
    expect(totals.tokens).toMatchObject({ inputTokens: 200, cacheReadTokens: 1_000, outputTokens: 50 });
    expect(proxy.ledger.at(-1)).toMatchObject({ inputTokens: 200, cacheReadTokens: 1_000, outputTokens: 50 });
  });
});

it('is the true one for a model that Claude Code was not launched with', async () => {
  proxy = await startProxy(upstream.url, { clientWindows: { 'gpt-5.5': 544_000 } });
  const { text } = await proxy.stream({ ...ask(), model: 'codex/gpt-5.5', tools });
  expect(judge(text).usage).toMatchObject({ input_tokens: 200 });
});

describe('the scale', () => {
  it('is 1 for an unknown window', () => {
    proxy = { stop: async () => {} } as TestProxy;
    expect([scaleFor(0, 100), scaleFor(100, 0), scaleFor(300, 100)]).toEqual([1, 1, 3]);
  });

  it('rounds up, and keeps the number of searches', () => {
    proxy = { stop: async () => {} } as TestProxy;
    const usage = {
      input_tokens: 1,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 3,
      output_tokens: 1,
      server_tool_use: { web_search_requests: 2 },
    };
    expect(scaledUsage(usage, 1.5)).toEqual({
      input_tokens: 2,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 5,
      output_tokens: 2,
      server_tool_use: { web_search_requests: 2 },
    });
  });
});
