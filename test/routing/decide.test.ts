import { describe, expect, it } from 'vitest';
import { bundledModels } from '../../src/models/catalogue.ts';
import { findModel } from '../../src/models/find.ts';
import { firstCandidate } from '../../src/routing/candidate.ts';
import { classify, type RequestClass } from '../../src/routing/classes.ts';
import { decide } from '../../src/routing/decide.ts';
import { noHistory } from '../../src/routing/history.ts';
import { type RouteTable, withRoute } from '../../src/routing/table.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { testRoutes } from '../support/proxy.ts';
import { allUpstreams } from '../support/upstreams.ts';

const directory = { catalogue: bundledModels, upstreams: allUpstreams() };
const request = (extra: Record<string, unknown>) =>
  validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...extra });
const tool = { name: 'Bash', input_schema: {} };

describe('classify', () => {
  it.each([
    ['a turn', {}, {}, 'turn'],
    ['a subagent', {}, { 'x-claude-code-agent-id': 'a1' }, 'subagent'],
    ['a subagent by request-class header', {}, { 'x-claude-code-request-class': 'subagent' }, 'subagent'],
    ['a title', { output_config: { format: { type: 'json_schema', schema: {} } } }, {}, 'title'],
    [
      'structured output with tools as a turn',
      { tools: [tool], output_config: { format: { type: 'json_schema', schema: {} } } },
      {},
      'turn',
    ],
    [
      'a compaction',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'text', text: 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools. …' }],
          },
        ],
      },
      {},
      'compaction',
    ],
    ['a compaction by request-class header', {}, { 'x-claude-code-request-class': 'compaction' }, 'compaction'],
    ['a web search', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, {}, 'websearch'],
    ['a web fetch', { messages: [{ role: 'user', content: '\nWeb page content:\n---\nx' }] }, {}, 'webfetch'],
    ['a classifier', { stop_sequences: ['</severity>'], max_tokens: 64 }, {}, 'classifier'],
    ['a probe', { max_tokens: 1 }, {}, 'probe'],
    ['a streamed request with max_tokens 1 as a turn', { max_tokens: 1, stream: true }, {}, 'turn'],
  ])('recognises %s', (_name, extra, headers, wanted) => {
    expect(classify(request(extra), headers)).toBe(wanted);
  });
});

describe('the route of a request', () => {
  const table = testRoutes();
  const name = (model: string, requestClass: RequestClass = 'turn', routes: RouteTable = table) => {
    const { target } = firstCandidate(
      decide({
        requestClass,
        model,
        requestedBy: 'client',
        effort: undefined,
        table: routes,
        directory,
        isMainConversation: true,
        history: noHistory,
        clientLogins: new Set(),
        inputTokens: undefined,
      }),
    );
    return `${target.upstream}/${target.model}`;
  };
  const to = (model: string) => {
    const target = findModel(model, bundledModels, directory.upstreams);
    if (!target) throw new Error(model);
    return { target, effort: undefined };
  };

  it.each([
    ['gpt-5.5', 'codex/gpt-5.5'],
    ['gpt-5.5[1m]', 'codex/gpt-5.5'],
    ['claude-opus-4-8', 'codex/gpt-5.5'],
    ['claude-haiku-4-5-20251001', 'codex/gpt-6-luna'],
    ['sonnet', 'codex/gpt-5.5'],
    ['gpt-6-astra', 'codex/gpt-6-astra'],
    ['claude-ccp-gpt-6-astra', 'codex/gpt-6-astra'],
    ['codex/some-new-model', 'codex/some-new-model'],
    ['demo', 'demo/demo'],
  ])('for %s is %s', (model, wanted) => {
    expect(name(model)).toBe(wanted);
  });

  it('follows a switch for the launched model id, but not for an id with an upstream prefix', () => {
    const switched = withRoute(table, 'main', to('demo'));
    expect(name('gpt-5.5', 'turn', switched)).toBe('demo/demo');
    expect(name('codex/gpt-5.5', 'turn', switched)).toBe('codex/gpt-5.5');
    expect(name('claude-sonnet-5', 'turn', switched)).toBe('demo/demo');
  });

  it('is the subagent or compaction route when one is set', () => {
    const own = withRoute(withRoute(table, 'subagent', to('gpt-6-sol')), 'compaction', to('gpt-6.1-terra'));
    expect(name('gpt-5.5', 'subagent')).toBe('codex/gpt-5.5');
    expect(name('gpt-5.5', 'subagent', own)).toBe('codex/gpt-6-sol');
    expect(name('gpt-5.5', 'compaction', own)).toBe('codex/gpt-6.1-terra');
  });

  it.each([
    ['claude-haiku-4-5', 'turn', 'haiku'],
    ['claude-opus-5', 'turn', 'opus'],
    ['sonnet', 'turn', 'sonnet'],
    ['claude-fable-5-2', 'turn', 'fable'],
    ['gpt-6-luna', 'title', 'title'],
    ['gpt-6-luna', 'webfetch', 'webfetch'],
    ['gpt-5.5', 'classifier', 'classifier'],
    ['gpt-6-luna', 'websearch', 'websearch'],
  ] as const)('for %s in a %s request is the %s route when one is set', (model, requestClass, routeClass) => {
    const own = withRoute(table, routeClass, to('gpt-6-sol'));
    expect(name(model, requestClass, own)).toBe('codex/gpt-6-sol');
    expect(name(model, requestClass)).not.toBe('codex/gpt-6-sol');
  });

  it('is the fast route for haiku, titles and web fetches, and the main route for the other tiers', () => {
    const fast = name('gpt-6-luna', 'title');
    expect([name('claude-haiku-4-5'), name('haiku', 'webfetch')]).toEqual([fast, fast]);
    expect([name('claude-opus-5'), name('fable'), name('gpt-5.5', 'classifier')]).toEqual(
      Array(3).fill(name('gpt-5.5')),
    );
  });

  it('is an error for an unknown model, with similar names', () => {
    expect(() => name('gpt-5,5')).toThrow(/gpt-5\.5/);
    expect(() => name('nowhere/gpt')).toThrow(/not a model/);
  });
});
