/** Commands that Claude Code runs for a model are noted with that model, for the trailer of commits. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { ask, startProxy, type TestProxy } from '../support/proxy.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';

let upstream: StrictUpstream;
let proxy: TestProxy;
let called: string[];
let tool: string;

beforeEach(async () => {
  called = [];
  upstream = await StrictUpstream.start(() => [
    up.created(),
    ...up.callItem(0, { name: tool, callId: 'call_1', args: { command: 'git commit' } }),
    up.completed(),
  ]);
  proxy = await startProxy(upstream.url, {
    onShellCall: (id, { upstream: name, model }) => called.push(`${id} ${name}/${model}`),
  });
});
afterEach(async () => {
  await proxy.stop();
  await upstream.stop();
});

const tools = (name: string) => [
  { name, description: 'x', input_schema: { type: 'object', properties: { command: { type: 'string' } } } },
];

it.each([
  ['Bash', 1],
  ['PowerShell', 1],
  ['Read', 0],
])('a call of %s: %i', async (name, count) => {
  tool = name;
  const { text } = await proxy.stream(ask({ tools: tools(name) }));
  expect(text).toContain('"tool_use"');
  expect(called).toHaveLength(count);
  if (count > 0) {
    const [id = '', model] = called[0]?.split(' ') ?? [];
    expect(text).toContain(`"id":"${id}"`);
    expect(model).toBe('codex/gpt-5.5');
  }
});

it('the message has an id of its own, and the model that was asked for', async () => {
  tool = 'Read';
  const { text } = await proxy.stream(ask({ tools: tools('Read') }));
  expect(text).toMatch(/"message":\{"id":"msg_[\w-]{24}"/);
  expect(text).toContain('"model":"gpt-5.5"');
});
