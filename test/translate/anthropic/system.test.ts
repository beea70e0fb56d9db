/** The system prompt, search results as text, and what only Anthropic supports. */
import { describe, expect, it } from 'vitest';
import { searchResultText, searchSummary } from '../../../src/translate/anthropic/search-summary.ts';
import {
  assertNoMcpServers,
  isAttribution,
  systemBlocks,
  systemTexts,
} from '../../../src/translate/anthropic/system.ts';
import { validateRequest } from '../../../src/translate/anthropic/validate.ts';

describe('the system prompt', () => {
  it('is its texts, without empty ones and without the attribution block', () => {
    const attribution = 'x-anthropic-billing-header: cc_version=1';
    const blocks = [
      { type: 'text', text: attribution },
      { type: 'text', text: 'One.', cache_control: { type: 'ephemeral' } },
      { type: 'text', text: '' },
      { type: 'odd' },
      { type: 'text', text: `not ${attribution}` },
    ];
    expect(systemBlocks(blocks)).toEqual([blocks[1], blocks[3], blocks[4]]);
    expect(systemTexts(blocks)).toEqual(['One.', `not ${attribution}`]);
    expect(systemBlocks('One.')).toEqual([{ type: 'text', text: 'One.' }]);
    expect(systemTexts('')).toEqual([]);
    expect(systemTexts(undefined)).toEqual([]);
    expect([attribution, 'x', undefined].map(isAttribution)).toEqual([true, false, false]);
  });
});

describe('MCP servers in the request', () => {
  const requestOf = (mcp_servers: unknown) =>
    validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], mcp_servers });

  it('are rejected, because Anthropic would connect to them', () => {
    expect(() => assertNoMcpServers(requestOf([{ url: 'https://x' }]))).toThrow(/`mcp_servers`.* cannot be reached/);
    expect(() => assertNoMcpServers(requestOf([{}]))).toThrow(expect.objectContaining({ code: 'cannot_carry' }));
    for (const none of [undefined, [], {}]) expect(() => assertNoMcpServers(requestOf(none))).not.toThrow();
  });
});

describe('search results as text', () => {
  it('are one line each', () => {
    const result = (title?: string, url?: string) => ({ type: 'web_search_result', title, url });
    expect(
      searchSummary({ content: [result('A', 'https://a'), { type: 'other', title: 'B' }, result('C'), result()] }),
    ).toBe('[web search results]\n- A https://a\n- C\n-');
    expect(searchSummary({ content: [result(undefined, 'https://a')] })).toBe('[web search results]\n-  https://a');
  });

  it.each([[[]], [[{ type: 'other' }]], [{ type: 'web_search_tool_result_error' }], [undefined]])(
    '%j are named as none',
    (content) => {
      expect(searchSummary({ content })).toBe('[web search without results]');
    },
  );

  it('have a heading of title and source', () => {
    const content = [{ type: 'text', text: 'one' }, { type: 'image' }, { type: 'text', text: 'two' }];
    expect(searchResultText({ title: 'T', source: 'https://s', content })).toBe(
      '<search_result T · https://s>\none\n\ntwo\n</search_result>',
    );
    expect(searchResultText({ source: 'https://s' })).toBe('<search_result https://s>\n\n</search_result>');
  });
});
