import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/platform/randomness.ts';
import { validateRequest } from '../../../../src/translate/anthropic/validate.ts';
import { GeminiTools, toolFields, withEnums } from '../../../../src/translate/dialects/gemini/tools.ts';

const requestWith = (tools: object[]) =>
  validateRequest({ model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'x' }], tools });

describe('Gemini tool names', () => {
  it('stay apart when several are changed to legal ones', () => {
    const names = ['1run', '_1run', `1${'a'.repeat(62)}b`, `1${'a'.repeat(62)}c`];
    const tools = new GeminiTools(
      requestWith(names.map((name) => ({ name, input_schema: { type: 'object' } }))),
      sha256,
    );
    const sent = names.map((name) => tools.upstreamName(name));
    expect(new Set(sent).size).toBe(names.length);
    for (const name of sent) expect(name).toMatch(/^[A-Za-z_][\w.:-]{0,63}$/);
    expect(sent.map((name) => tools.clientName(name))).toEqual(names);
  });
});

describe('Gemini tool schemas', () => {
  it('replace the keyword const, not properties of that name', () => {
    const schema = {
      $schema: 'x',
      type: 'object',
      properties: { const: { type: 'string' }, $schema: { type: 'string' }, kind: { const: 'b', enum: ['a', 'b'] } },
      required: ['const'],
    };
    expect(withEnums(schema)).toEqual({
      type: 'object',
      properties: { const: { type: 'string' }, $schema: { type: 'string' }, kind: { enum: ['b'] } },
      required: ['const'],
    });
  });

  it('are sent when they constrain anything, and omitted when they do not', () => {
    const parametersOf = (input_schema: object) => {
      const request = requestWith([{ name: 'T', input_schema }]);
      const fields = toolFields(request, new GeminiTools(request, sha256));
      return fields.tools?.[0]?.functionDeclarations?.[0]?.parametersJsonSchema;
    };
    expect(parametersOf({ type: 'object', properties: {} })).toBeUndefined();
    expect(parametersOf({ type: 'object', additionalProperties: { type: 'string' } })).toMatchObject({
      additionalProperties: { type: 'string' },
    });
  });
});
