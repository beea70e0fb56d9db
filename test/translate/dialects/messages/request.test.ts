/** What a host that speaks Messages is sent. */
import { describe, expect, it } from 'vitest';
import type { Effort } from '../../../../src/models/types.ts';
import { native, prepared, sent } from '../../../support/messages.ts';
import { row } from '../../../support/routing.ts';

const tool = (name: string, extra = {}) => ({
  name,
  description: `Uses ${name}`,
  input_schema: { type: 'object' },
  ...extra,
});
const use = (id: string, name = 'Read') => ({ type: 'tool_use', id, name, input: { a: 1 } });
const result = (id: string, content: unknown = 'ok') => ({ type: 'tool_result', tool_use_id: id, content });
const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const beta = {
  metadata: { user_id: 'u' },
  context_management: { edits: [] },
  container: 'c',
  diagnostics: {},
  speed: 'fast',
  inference_geo: 'eu',
  betas: ['x'],
};

describe('the body', () => {
  it('is the client’s own with another model, always streamed', () => {
    const body = { temperature: 0.5, stop_sequences: ['x'], stream: false, unheard_of: { a: 1 } };
    expect(sent(body, native)).toEqual({
      model: 'heron-1',
      max_tokens: 9_000,
      messages: [user('x')],
      temperature: 0.5,
      stop_sequences: ['x'],
      unheard_of: { a: 1 },
      stream: true,
    });
    expect(sent(body)).toEqual(sent(body, native));
  });

  it('keeps what needs a beta header for Anthropic alone', () => {
    expect(sent(beta, native)).toMatchObject(beta);
    for (const name of Object.keys(beta)) expect(sent(beta)).not.toHaveProperty(name);
  });

  it('is refused with servers that only Anthropic connects to', () => {
    const servers = { mcp_servers: [{ type: 'url', url: 'https://example.org', name: 'x' }] };
    expect(() => sent(servers)).toThrow(expect.objectContaining({ code: 'cannot_carry' }));
    expect(sent(servers, native)).toMatchObject(servers);
  });

  it('loses the system’s attribution and empty texts, and keeps the rest as it is marked', () => {
    const text = (words: string, extra = {}) => ({ type: 'text', text: words, ...extra });
    const marked = text('Be brief.', { cache_control: { type: 'ephemeral' } });
    expect(sent({ system: [text('x-anthropic-billing-header: a'), text(''), marked] }).system).toEqual([marked]);
    expect(sent({ system: 'Be brief.' }).system).toEqual([text('Be brief.')]);
    expect(sent({ system: '' })).not.toHaveProperty('system');
    expect(sent({})).not.toHaveProperty('system');
    expect(sent({ system: 'Be brief.' }, native).system).toBe('Be brief.');
  });
});

describe('tools', () => {
  it('are sent with the members that hosts know, under names that they take', () => {
    const odd = 'mcp__server.with.dots__run';
    const tools = [
      tool('Read', { cache_control: { type: 'ephemeral' }, strict: true, defer: true }),
      { name: odd, input_schema: {} },
    ];
    const body = sent({ tools, tool_choice: { type: 'tool', name: odd, disable_parallel_tool_use: true } });
    expect(body.tools[0]).toEqual(tool('Read', { cache_control: { type: 'ephemeral' } }));
    expect(body.tools[1].name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(Object.keys(body.tools[1]).sort()).toEqual(['input_schema', 'name']);
    expect(body.tool_choice).toEqual({ type: 'tool', name: body.tools[1].name, disable_parallel_tool_use: true });
    const replayed = sent({ tools, messages: [user('x'), assistant([use('a', odd)]), user([result('a')])] });
    expect(replayed.messages[1].content[0].name).toBe(body.tools[1].name);
    expect(sent({ tools }, native).tools).toEqual(tools);
  });

  it('leave the choice as it is, or out where there is none', () => {
    expect(sent({ tools: [tool('Read')], tool_choice: { type: 'any' } }).tool_choice).toEqual({ type: 'any' });
    expect(sent({ tools: [tool('Read')] })).not.toHaveProperty('tool_choice');
    expect(sent({ tool_choice: { type: 'any' } })).not.toHaveProperty('tool_choice');
    expect(sent({ tools: [] })).not.toHaveProperty('tools');
  });

  it('of a search are left out with a note to the model and to the user', () => {
    const search = { type: 'web_search_20250305', name: 'web_search' };
    const found = prepared({ tools: [search, tool('Read')], system: 'Be brief.' });
    const body = JSON.parse(found.body.text);
    expect(body.tools.map(({ name }: { name: string }) => name)).toEqual(['Read']);
    expect(body.system).toHaveLength(2);
    expect(body.system[1].text).toMatch(/web_search.*nest/);
    expect(found.warnings).toEqual([body.system[1].text]);
    expect(found.hasNoSearch).toBe(true);
    expect(sent({ tools: [search] })).not.toHaveProperty('tools');
    const own = prepared({ tools: [search] }, native);
    expect([own.hasNoSearch, own.warnings, JSON.parse(own.body.text).tools]).toEqual([false, [], [search]]);
  });

  it('of a search alone are answered at once', () => {
    const search = { type: 'web_search_20250305', name: 'web_search' };
    const answer = prepared({ tools: [search] }).answerWithoutSearch?.();
    expect(answer?.some(({ type }) => type === 'search_result')).toBe(true);
    expect(prepared({ tools: [search, tool('Read')] }).answerWithoutSearch).toBeUndefined();
    expect(prepared({ tools: [search] }, native).answerWithoutSearch).toBeUndefined();
  });
});

describe('the limit of an answer', () => {
  const limited = (body: object, maxOutputTokens: number | undefined, profile = {}) =>
    sent({ ...body }, profile, maxOutputTokens === undefined ? {} : { row: row('heron-1', 1, { maxOutputTokens }) })
      .max_tokens;

  it('is at most what the model can', () => {
    expect(limited({ max_tokens: 9_000 }, 4_000)).toBe(4_000);
    expect(limited({ max_tokens: 3_000 }, 4_000)).toBe(3_000);
    expect(limited({ max_tokens: 9_000 }, undefined)).toBe(9_000);
    expect(limited({ max_tokens: 9_000 }, 0)).toBe(9_000);
    expect(limited({ max_tokens: 9_000 }, 4_000, native)).toBe(9_000);
  });

  it('is the model’s, or a usual one, where the client gives none', () => {
    for (const profile of [{}, native]) {
      expect(limited({ max_tokens: undefined }, 4_000, profile)).toBe(4_000);
      expect(limited({ max_tokens: undefined }, undefined, profile)).toBe(8_192);
      expect(limited({ max_tokens: undefined }, 0, profile)).toBe(8_192);
    }
  });
});

describe('thinking', () => {
  const enabled = (budget_tokens?: number) => ({ thinking: { type: 'enabled', budget_tokens } });
  const thought = { type: 'thinking', thinking: 'Hm.', signature: 'sig' };
  const off = { type: 'disabled' };

  it('keeps a budget that fits and lowers one that does not', () => {
    expect(sent({ ...enabled(8_999) }).thinking).toEqual({ type: 'enabled', budget_tokens: 8_999 });
    expect(sent({ ...enabled(9_000) }).thinking).toEqual({ type: 'enabled', budget_tokens: 8_999 });
    expect(sent({ ...enabled(20_000), max_tokens: 1_025 }).thinking).toEqual({ type: 'enabled', budget_tokens: 1_024 });
    expect(sent({ ...enabled(20_000), max_tokens: 1_024 }).thinking).toEqual(off);
    expect(sent({ thinking: { type: 'adaptive' } }).thinking).toEqual({ type: 'adaptive' });
    expect(sent({ thinking: { type: 'enabled' } }).thinking).toEqual({ type: 'enabled' });
    const small = { row: row('heron-1', 1, { maxOutputTokens: 4_000 }) };
    expect(sent({ ...enabled(5_000) }, {}, small).thinking).toEqual({ type: 'enabled', budget_tokens: 3_999 });
    expect(sent({ ...enabled(5_000) }, native, small).thinking).toEqual({ type: 'enabled', budget_tokens: 5_000 });
    expect(sent({ ...enabled(5_000), max_tokens: undefined }, {}, small).thinking.budget_tokens).toBe(3_999);
  });

  it('is off where the route’s effort is none', () => {
    expect(sent({ ...enabled(2_000) }, native, { effort: 'none' }).thinking).toEqual(off);
    expect(sent({}, {}, { effort: 'none' }).thinking).toEqual(off);
    expect(sent({})).not.toHaveProperty('thinking');
  });

  const turn = (...first: object[]) => [user('go'), assistant([...first, use('a')]), user([result('a')])];
  const answerTo = (messages: object[], extra = {}) => prepared({ ...enabled(2_000), ...extra, messages }, native);

  it('is off for Anthropic where the answer that goes on began without it, and the user is told', () => {
    const found = answerTo(turn(), { context_management: { edits: [] } });
    expect(JSON.parse(found.body.text).thinking).toEqual(off);
    expect(JSON.parse(found.body.text)).not.toHaveProperty('context_management');
    expect(found.warnings).toHaveLength(1);
    const plain = prepared({ ...enabled(2_000), messages: turn() });
    expect([JSON.parse(plain.body.text).thinking.type, plain.warnings]).toEqual(['enabled', []]);
  });

  it.each([
    ['it began with thinking', turn(thought)],
    ['it began with thinking that nobody may read', turn({ type: 'redacted_thinking', data: 'x' })],
    ['the user has spoken since', [...turn(), user('and now?')]],
    [
      'the user has added words to the result',
      [...turn().slice(0, 2), user([result('a'), { type: 'text', text: 'x' }])],
    ],
    ['there is no answer yet', [user('go')]],
    [
      'only an earlier answer did',
      [...turn(), assistant('Done.'), user('go'), assistant([thought, use('b')]), user([result('b')])],
    ],
  ])('stays on where %s', (_name, messages) => {
    const found = answerTo(messages);
    expect([JSON.parse(found.body.text).thinking.type, found.warnings]).toEqual(['enabled', []]);
  });

  it('looks at the first part of the answer only', () => {
    const messages = [...turn(), assistant([thought, use('b')]), user([result('b')])];
    expect(JSON.parse(answerTo(messages).body.text).thinking).toEqual(off);
    const later = [...turn(thought), assistant([use('b')]), user([result('b')])];
    expect(JSON.parse(answerTo(later).body.text).thinking.type).toBe('enabled');
  });

  it('that is replayed is reported by what it is known by', () => {
    const messages = [user('go'), assistant([thought, { ...thought, signature: 'x'.repeat(60) }]), user('on')];
    expect(prepared({ messages }, native).replayedReasoning).toEqual(['sig', 'x'.repeat(48)]);
  });
});

describe('effort', () => {
  type Scale = 'as-requested' | 'low-high-max' | 'high-max';
  const effort = (
    asked: Effort | undefined,
    scale: Scale = 'as-requested',
    own: Effort[] | undefined = undefined,
    route?: Effort,
  ) =>
    sent(
      asked === undefined ? {} : { output_config: { effort: asked }, thinking: { type: 'adaptive' } },
      { efforts: scale },
      { effort: route, row: own && row('heron-1', 1, { efforts: own }) },
    ).output_config?.effort;

  it.each<[Scale, Effort, string]>([
    ['low-high-max', 'low', 'low'],
    ['low-high-max', 'medium', 'low'],
    ['low-high-max', 'high', 'high'],
    ['low-high-max', 'xhigh', 'max'],
    ['low-high-max', 'max', 'max'],
    ['high-max', 'low', 'high'],
    ['high-max', 'medium', 'high'],
    ['high-max', 'high', 'high'],
    ['high-max', 'xhigh', 'max'],
    ['high-max', 'max', 'max'],
    ['as-requested', 'medium', 'medium'],
  ])('on a scale %s of %s is %s', (scale, asked, wanted) => {
    expect(effort(asked, scale)).toBe(wanted);
    expect(effort(undefined, scale, undefined, asked)).toBe(wanted);
  });

  it('is the nearest that the model has, and none where it has none', () => {
    expect(effort('xhigh', 'as-requested', ['low', 'high'])).toBe('high');
    expect(effort('low', 'as-requested', ['low', 'high'])).toBe('low');
    expect(effort('high', 'as-requested', [])).toBeUndefined();
    expect(effort('high', 'high-max', [])).toBeUndefined();
  });

  it('is the route’s before the client’s, and keeps what stands beside it', () => {
    expect(effort('low', 'as-requested', undefined, 'high')).toBe('high');
    expect(sent({ output_config: { effort: 'low', format: { a: 1 } } }, {}, { effort: 'high' }).output_config).toEqual({
      effort: 'high',
      format: { a: 1 },
    });
    expect(sent({ output_config: { format: { a: 1 } } }, {}, { effort: 'high' }).output_config).toEqual({
      effort: 'high',
      format: { a: 1 },
    });
    expect(sent({ output_config: { format: { a: 1 } } }).output_config).toEqual({ format: { a: 1 } });
    expect(sent({})).not.toHaveProperty('output_config');
  });

  it('is left out where it is none, and with it what is empty then', () => {
    const format = { format: { a: 1 } };
    expect(sent({ output_config: { effort: 'low' } }, {}, { effort: 'none' })).not.toHaveProperty('output_config');
    expect(sent({ output_config: { effort: 'low', ...format } }, {}, { effort: 'none' }).output_config).toEqual(format);
    expect(sent({ output_config: format }, {}, { effort: 'none' }).output_config).toEqual(format);
    const thinking = { type: 'adaptive' };
    expect(sent({ output_config: { effort: 'odd', ...format }, thinking }).output_config).toEqual({
      effort: 'odd',
      ...format,
    });
  });

  it('is left out where no thinking is asked for', () => {
    expect(sent({ output_config: { effort: 'high' } })).not.toHaveProperty('output_config');
    expect(sent({ output_config: { effort: 'high' } }, {}, { effort: 'low' }).output_config).toEqual({ effort: 'low' });
  });
});

describe('what was refused before', () => {
  const rejected = (...fields: string[]) => ({ rejected: { fields: new Set(fields), reasoning: new Set<string>() } });

  it('is not sent again', () => {
    const body = { temperature: 1, output_config: { effort: 'low', format: {} } };
    const found = sent(body, {}, rejected('temperature', 'output_config.effort="low"'));
    expect(found).not.toHaveProperty('temperature');
    expect(found.output_config).toEqual({ format: {} });
  });

  it('loses every mark of a cache, however deep, where marks were refused', () => {
    const mark = { cache_control: { type: 'ephemeral' } };
    const body = {
      ...mark,
      system: [{ type: 'text', text: 'a', ...mark }],
      tools: [tool('Read', mark)],
      messages: [user([{ type: 'text', text: 'x', ...mark }])],
    };
    expect(JSON.stringify(sent(body))).toContain('cache_control');
    expect(sent(body, native, rejected('cache_control marks'))).toEqual({
      model: 'heron-1',
      max_tokens: 9_000,
      system: [{ type: 'text', text: 'a' }],
      tools: [tool('Read')],
      messages: [user([{ type: 'text', text: 'x' }])],
      stream: true,
    });
    expect(sent(body, native, rejected('cache_control')).tools).toEqual([tool('Read', mark)]);
  });
});
