import { describe, expect, it } from 'vitest';
import {
  classify,
  isRouteClass,
  parentClass,
  type RequestClass,
  type RouteClass,
  routeClasses,
  routeClassOf,
} from '../../src/routing/classes.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';

const compaction = 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.';
const page = '\nWeb page content:\n---\nBirds.';
const tool = { name: 'Bash', input_schema: {} };
const search = { type: 'web_search_20250305', name: 'web_search' };
const format = { output_config: { format: { type: 'json_schema', schema: {} } } };
const probe = { max_tokens: 1 };
const user = (content: unknown) => ({ role: 'user', content });
const assistant = { role: 'assistant', content: 'yes' };
const says = (...messages: unknown[]) => ({ messages });

const classOf = (extra: Record<string, unknown>, headers: Record<string, string> = {}): RequestClass =>
  classify(validateRequest({ model: 'm', max_tokens: 9_000, ...says(user('hello')), ...extra }), headers);

describe('the class of a request', () => {
  it('is compaction by the text of the last user message', () => {
    expect(classOf(says(user(`x ${compaction} y`)))).toBe('compaction');
    expect(classOf(says(user(compaction), assistant))).toBe('compaction');
    expect(classOf(says(user(compaction), assistant, user('and now?')))).toBe('turn');
    expect(classOf(says(user('hello'), assistant, user([{ type: 'text', text: compaction }])))).toBe('compaction');
    expect(
      classOf(
        says(
          user([
            { type: 'text', text: 'a' },
            { type: 'text', text: compaction },
          ]),
        ),
      ),
    ).toBe('compaction');
    expect(classOf(says(user([{ type: 'tool_result', tool_use_id: 't', text: compaction }])))).toBe('turn');
  });

  it('is webfetch only when the text starts with the page marker', () => {
    expect(classOf(says(user(page)))).toBe('webfetch');
    expect(classOf(says(user([{ type: 'text', text: page }])))).toBe('webfetch');
    expect(classOf(says(user(`See: ${page}`)))).toBe('turn');
    expect(
      classOf(
        says(
          user([
            { type: 'text', text: 'See:' },
            { type: 'text', text: page },
          ]),
        ),
      ),
    ).toBe('turn');
  });

  it('is websearch for a search tool of any version', () => {
    expect(classOf({ tools: [tool, search] })).toBe('websearch');
    expect(classOf({ tools: [{ ...search, type: 'web_search_20991231' }] })).toBe('websearch');
    expect(classOf({ tools: [tool, { ...tool, name: 'web_search_20250305' }] })).toBe('turn');
    expect(classOf({ tools: [{ ...tool, type: 'custom' }] })).toBe('turn');
  });

  it('is title with an output format and no tools', () => {
    expect(classOf(format)).toBe('title');
    expect(classOf({ ...format, tools: [tool] })).toBe('turn');
    expect(classOf({ output_config: { effort: 'low' } })).toBe('turn');
  });

  it.each(['auxiliary', 'workflow', 'side_reply'] as const)('is %s by its hint, and no turn', (hint) => {
    const tools = [{ name: 'Read', input_schema: { type: 'object' } }];
    expect(classOf({ tools }, { 'x-claude-code-request-class': hint })).toBe(hint);
    // A compaction is one whatever its hint says.
    expect(classOf({ stop_sequences: ['</block>'] }, { 'x-claude-code-request-class': hint })).toBe('classifier');
  });

  it('is classifier in the second stage, which has no stop sequence', () => {
    const system = [{ type: 'text', text: 'You are a security monitor for agents.' }];
    expect(classOf({ system }, { 'x-claude-code-request-class': 'auxiliary' })).toBe('classifier');
    expect(classOf({ system: 'You are a security monitor for agents.' })).toBe('classifier');
    expect(classOf({ system: 'You write about a security monitor.' })).toBe('turn');
  });

  it('is classifier by its stop sequences', () => {
    expect(classOf({ stop_sequences: ['x', '</severity>'] })).toBe('classifier');
    expect(classOf({ stop_sequences: ['</block>'] })).toBe('classifier');
    expect(classOf({ stop_sequences: ['</other>'] })).toBe('turn');
  });

  it('is probe for one token without streaming and tools', () => {
    expect(classOf(probe)).toBe('probe');
    expect(classOf({ ...probe, stream: true })).toBe('turn');
    expect(classOf({ ...probe, tools: [tool] })).toBe('turn');
    expect(classOf({ max_tokens: 2 })).toBe('turn');
  });

  it('is subagent by the request-class header or the agent id', () => {
    expect(classOf({}, { 'x-claude-code-request-class': 'subagent' })).toBe('subagent');
    expect(classOf({}, { 'x-claude-code-agent-id': '' })).toBe('subagent');
    expect(classOf({}, { 'x-claude-code-request-class': 'main' })).toBe('turn');
  });

  it('is compaction by the request-class header for any request', () => {
    expect(classOf({ tools: [search] }, { 'x-claude-code-request-class': 'compaction' })).toBe('compaction');
  });

  it('is not subagent for a compaction, search, title, page, or probe of a subagent', () => {
    const agent = { 'x-claude-code-agent-id': 'a1' };
    expect(classOf(says(user(compaction)), agent)).toBe('compaction');
    expect(classOf({ tools: [search] }, agent)).toBe('websearch');
    expect(classOf(format, agent)).toBe('title');
    expect(classOf(says(user(page)), agent)).toBe('webfetch');
    expect(classOf(probe, agent)).toBe('probe');
  });

  it('is turn for a conversation without a user message', () => {
    expect(classOf(says(assistant))).toBe('turn');
  });
});

describe('route classes', () => {
  it('are known by name', () => {
    for (const name of routeClasses) expect(isRouteClass(name)).toBe(true);
    for (const name of ['turn', 'Main', '', undefined, 5, 'toString']) expect(isRouteClass(name)).toBe(false);
  });

  it.each<[RouteClass, RouteClass]>([
    ['main', 'main'],
    ['fast', 'main'],
    ['haiku', 'fast'],
    ['opus', 'main'],
    ['sonnet', 'main'],
    ['fable', 'main'],
    ['subagent', 'main'],
    ['compaction', 'main'],
    ['websearch', 'main'],
    ['webfetch', 'fast'],
    ['title', 'fast'],
    ['classifier', 'main'],
  ])('%s follows %s', (name, parent) => {
    expect(parentClass(name)).toBe(parent);
  });

  it('serve the requests of the same name, and main and fast serve those without a route of their own', () => {
    const { turn, probe: probes, count, workflow, side_reply: sideReply, auxiliary, ...named } = routeClassOf;
    expect([turn, probes, count, workflow, sideReply]).toEqual(Array.from({ length: 5 }, () => 'main'));
    expect(auxiliary).toBe('fast');
    for (const [requestClass, routeClass] of Object.entries(named)) expect(routeClass).toBe(requestClass);
  });
});
