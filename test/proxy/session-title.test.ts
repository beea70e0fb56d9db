/** ccp's own title of a session, for a Claude Code that asks for none. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { ask, startProxy, type TestProxy } from '../support/proxy.ts';
import { type SeenRequest, StrictUpstream } from '../support/strict-upstream.ts';
import { until } from '../support/until.ts';

const isTitle = ({ body }: SeenRequest) => (body.tools ?? []).length === 0;
const format = { type: 'json_schema', schema: { type: 'object', properties: {} } };
let upstream: StrictUpstream;
let proxy: TestProxy;
let titles: string[];
let answer: string;
beforeEach(async () => {
  titles = [];
  answer = '{"title":"Counting the herons"}';
  upstream = await StrictUpstream.start((request) => up.saying(isTitle(request) ? answer : 'Done.'));
  proxy = await startProxy(upstream.url, { onTitle: (title) => titles.push(title) });
});
afterEach(async () => {
  await proxy.stop();
  await upstream.stop();
});

const titleRequests = () => upstream.requests.filter(isTitle);
const ended = (requestClass: string) =>
  proxy.ledger.filter((entry) => entry.requestClass === requestClass && entry.verdict === 'complete').length;
const turn = async (text = 'count the herons') => {
  const reminder = { type: 'text', text: '<system-reminder>\nToday is Friday.\n</system-reminder>' };
  await proxy.post(ask({ messages: [{ role: 'user', content: [reminder, { type: 'text', text }] }] }));
};

describe('the title of a session', () => {
  it('is asked for once, after the first turn, on the fast route, and is charged', async () => {
    await turn();
    await until(() => titles.length > 0);
    await turn('count again');
    expect(titles).toEqual(['Counting the herons']);
    expect(titleRequests()).toHaveLength(1);
    const [{ body }] = titleRequests() as [SeenRequest];
    expect(body.model).toBe('gpt-6-luna');
    expect(JSON.stringify(body.input)).toContain('count the herons');
    expect(JSON.stringify(body.input)).not.toContain('Today is Friday');
    expect([ended('title'), ended('turn')]).toEqual([1, 2]);
  });

  it('is not asked for when Claude Code asks itself', async () => {
    await proxy.post(ask({ tools: [], output_config: { format } }));
    await turn();
    await proxy.proxy.drain();
    expect([titles, titleRequests().length]).toEqual([[], 1]);
  });

  it('is not asked for beside requests of agents and requests without tools', async () => {
    await proxy.post(ask(), { headers: { 'x-claude-code-agent-id': 'a' } });
    await proxy.post(ask({ tools: [] }));
    await proxy.proxy.drain();
    expect(titles).toEqual([]);
    expect(proxy.ledger.map(({ requestClass }) => requestClass)).not.toContain('title');
  });

  it.each([
    ['no JSON', 'A title'],
    ['no title', '{"name":"x"}'],
    ['an empty one', '{"title":"  "}'],
  ])('stays unknown after an answer with %s', async (_name, text) => {
    answer = text;
    await turn();
    await until(() => ended('title') === 1);
    await proxy.proxy.drain();
    expect(titles).toEqual([]);
  });

  it('is one line of limited length, without control characters', async () => {
    answer = JSON.stringify({ title: `\u001b]0;x\u0007a\n${'b'.repeat(100)}` });
    await turn();
    await until(() => titles.length > 0);
    expect(titles[0]).toMatch(/^[^\p{Cc}]{60}$/u);
  });

  it('stays unknown when the request fails', async () => {
    upstream.script = (request) => (isTitle(request) ? { status: 400, body: '{"detail":"no"}' } : up.saying('Done.'));
    await turn();
    await until(() => proxy.ledger.some(({ requestClass }) => requestClass === 'title') || titleRequests().length > 0);
    await proxy.proxy.drain();
    expect(titles).toEqual([]);
  });
});

it('is not asked for where nothing shows it', async () => {
  await proxy.stop();
  proxy = await startProxy(upstream.url);
  await turn();
  await proxy.proxy.drain();
  expect(titleRequests()).toEqual([]);
});
