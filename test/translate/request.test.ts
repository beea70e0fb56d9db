import { describe, expect, it } from 'vitest';
import { bundledModels } from '../../src/models/catalogue.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { plainResponses } from '../../src/translate/dialects/responses/profile.ts';
import { translateRequest } from '../../src/translate/dialects/responses/request.ts';
import { codex } from '../../src/upstreams/definitions/openai.ts';
import { complaint } from '../support/responses-rules.ts';
import { prepareOptions } from '../support/upstreams.ts';

const profile = codex.profiles.responses ?? plainResponses;

const row = (id: string) => bundledModels.find((entry) => entry.id === id);
const warnings: string[] = [];

const translate = (body: Record<string, unknown>, model = 'gpt-5.5') => {
  const request = validateRequest({ model, max_tokens: 100, messages: [{ role: 'user', content: 'x' }], ...body });
  const { body: out, warnings: newWarnings } = translateRequest(
    request,
    'codex',
    profile,
    prepareOptions({ model, row: row(model) }),
  );
  warnings.push(...newWarnings);
  const sent: Record<string, any> = JSON.parse(JSON.stringify(out));
  expect(complaint(sent)).toBeUndefined();
  return sent;
};

const use = (id: string, name = 'Bash') => ({ type: 'tool_use', id, name, input: { a: 1 } });
const result = (id: string, content: unknown = 'ok', extra = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...extra,
});

describe('tool calls and results', () => {
  it('are completed: a call without a result gets a placeholder, a result without a call becomes text', () => {
    const { input } = translate({
      messages: [
        { role: 'assistant', content: [use('a'), use('b')] },
        { role: 'user', content: [result('b'), result('ghost', 'boo'), { type: 'text', text: 'go on' }] },
      ],
    });
    expect(input.map((item: any) => item.type)).toEqual([
      'function_call',
      'function_call',
      'function_call_output',
      'function_call_output',
      'message',
    ]);
    expect(input[2]).toMatchObject({ call_id: 'a', output: '[no result]' });
    expect(JSON.stringify(input[4])).toContain('boo');
  });

  it('keep the order of the results and precede the text of the turn', () => {
    const { input } = translate({
      messages: [
        { role: 'assistant', content: [use('a'), use('b')] },
        { role: 'user', content: [{ type: 'text', text: 'note' }, result('b'), result('a')] },
      ],
    });
    expect(input.slice(2)).toMatchObject([{ call_id: 'b' }, { call_id: 'a' }, { type: 'message' }]);
  });

  it('include errors, empty results, images and system messages in between', () => {
    const { input } = translate({
      messages: [
        { role: 'assistant', content: [use('a'), use('b'), use('c')] },
        { role: 'system', content: 'Note well.' },
        {
          role: 'user',
          content: [
            result('a', 'bad', { is_error: true }),
            result('b', ''),
            result('c', [
              { type: 'text', text: 'see' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
            ]),
          ],
        },
      ],
    });
    expect(input[3]).toMatchObject({ role: 'developer' });
    expect(input.slice(4)).toMatchObject([
      { output: '[tool error] bad' },
      { output: '(no output)' },
      {
        output: [
          { type: 'input_text', text: 'see' },
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
        ],
      },
    ]);
  });

  it('with an invalid id get the same valid id for call and result', () => {
    const id = `toolu/${'x'.repeat(80)}`;
    const { input } = translate({
      messages: [
        { role: 'assistant', content: [use(id)] },
        { role: 'user', content: [result(id)] },
      ],
    });
    const [call, output] = input;
    expect(
      call?.type === 'function_call' && output?.type === 'function_call_output' && call.call_id === output.call_id,
    ).toBe(true);
  });
});

describe('tools', () => {
  it('with long names get distinct short names', () => {
    const names = ['mcp__server__'.padEnd(70, 'a'), 'mcp__server__'.padEnd(71, 'a')];
    const { tools } = translate({
      tools: names.map((name) => ({ name, input_schema: { type: 'object', $schema: 'x' } })),
    });
    expect(new Set(tools?.map((tool: any) => tool.name)).size).toBe(2);
  });

  it.each([
    [{ type: 'any' }, 'required', true],
    [{ type: 'none' }, 'none', true],
    [{ type: 'auto', disable_parallel_tool_use: true }, 'auto', false],
    [{ type: 'tool', name: 'Bash' }, { type: 'function', name: 'Bash' }, true],
  ])('are selected by tool_choice %j', (choice, wanted, parallel) => {
    const out = translate({ tools: [{ name: 'Bash', input_schema: {} }], tool_choice: choice });
    expect(out.tool_choice).toEqual(wanted);
    expect(out.parallel_tool_calls).toBe(parallel);
  });

  it('are omitted together with tool_choice when there are none', () => {
    expect(translate({ tool_choice: { type: 'auto' } })).not.toHaveProperty('tool_choice');
  });
});

describe('effort', () => {
  it.each([
    [{ output_config: { effort: 'high' }, thinking: { type: 'adaptive' } }, 'gpt-5.5', 'high'],
    [{ output_config: { effort: 'max' }, thinking: { type: 'adaptive' } }, 'gpt-5.5', 'xhigh'],
    // A title, a hook: they carry the session's effort and ask for no thinking.
    [{ output_config: { effort: 'max' } }, 'gpt-5.5', undefined],
    [{ thinking: { type: 'disabled' } }, 'gpt-5.5', 'low'],
    [{ thinking: { type: 'disabled' } }, 'gpt-6-luna', 'none'],
    [{ thinking: { type: 'enabled', budget_tokens: 10_000 } }, 'gpt-5.5', 'medium'],
    [{ thinking: { type: 'adaptive' } }, 'gpt-5.5', undefined],
  ])('for %j on %s is %s', (body, model, wanted) => {
    expect(translate(body, model).reasoning?.effort).toBe(wanted);
  });

  it('includes a reasoning summary only when thinking is displayed', () => {
    expect(translate({ thinking: { type: 'adaptive' } }).reasoning?.summary).toBe('auto');
    expect(translate({ thinking: { type: 'adaptive', display: 'omitted' } }).reasoning).toBeUndefined();
  });
});

describe('structured output', () => {
  const schema = {
    type: 'object',
    properties: { title: { type: 'string' } },
    required: ['title'],
    additionalProperties: false,
  };

  it('is strict only when the schema is strict', () => {
    expect(translate({ output_config: { format: { type: 'json_schema', schema } } }).text).toMatchObject({
      format: { strict: true, schema },
    });
    const open = { ...schema, additionalProperties: true };
    expect(translate({ output_config: { format: { type: 'json_schema', schema: open } } }).text).toMatchObject({
      format: { strict: false },
    });
  });
});

describe('documents', () => {
  it('are sent as a file for PDF and as text for text, and replaced by a note otherwise', () => {
    const { input } = translate({
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'document',
              title: 'a.pdf',
              source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' },
            },
            { type: 'document', source: { type: 'text', data: 'plain' } },
            { type: 'document', source: { type: 'url', url: 'https://example.org/b.pdf' } },
          ],
        },
      ],
    });
    const text = JSON.stringify(input);
    expect(text).toContain('data:application/pdf;base64,JVBERg==');
    expect(text).toContain('plain');
    expect(text).toContain('[document at https://example.org/b.pdf omitted: codex does not support it]');
    expect(warnings.at(-1)).toContain('document at https://example.org/b.pdf omitted');
  });
});
