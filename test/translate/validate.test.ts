import { describe, expect, it } from 'vitest';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';

const good = { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] };

describe('validateRequest', () => {
  it.each([
    [undefined, '$'],
    [[], '$'],
    ['text', '$'],
    [{ ...good, model: 7 }, '$.model'],
    [{ ...good, model: '' }, '$.model'],
    [{ ...good, max_tokens: 0 }, '$.max_tokens'],
    [{ ...good, max_tokens: '1' }, '$.max_tokens'],
    [{ ...good, stream: 'yes' }, '$.stream'],
    [{ ...good, messages: undefined }, '$.messages'],
    [{ ...good, messages: [] }, '$.messages'],
    [{ ...good, messages: {} }, '$.messages'],
    [{ ...good, messages: [null] }, '$.messages[0]'],
    [{ ...good, messages: [{ role: 'tool', content: '' }] }, '$.messages[0].role'],
    [{ ...good, messages: [{ role: 'user' }] }, '$.messages[0].content'],
    [{ ...good, messages: [{ role: 'user', content: [null] }] }, '$.messages[0].content[0]'],
    [{ ...good, messages: [{ role: 'user', content: [{ text: 'x' }] }] }, '$.messages[0].content[0].type'],
    [
      { ...good, messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] },
      '$.messages[0].content[0].tool_use_id',
    ],
    [
      { ...good, messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [null] }] }] },
      '$.messages[0].content[0].content[0]',
    ],
    [{ ...good, tools: [{}] }, '$.tools[0].name'],
    [{ ...good, system: 3 }, '$.system'],
  ])('reports the JSON path of the fault in %j', (body, path) => {
    expect(() => validateRequest(body)).toThrow(new RegExp(`^${path.replaceAll(/[$[\].]/g, '\\$&')}: `));
  });

  it('accepts unknown members and block types', () => {
    const body = {
      ...good,
      safeguards: [1],
      messages: [{ role: 'system', content: [{ type: 'from_the_future', x: 1 }] }],
    };
    expect(validateRequest(body).messages).toHaveLength(1);
  });
});
