/** The request as it is read, and the exact words about a fault. The paths are in `test/translate/validate.test.ts`. */
import { describe, expect, it } from 'vitest';
import { validateRequest } from '../../../src/translate/anthropic/validate.ts';

const good = { model: 'm', messages: [{ role: 'user', content: 'x' }] };
const withBlock = (block: object) => ({ ...good, messages: [{ role: 'user', content: [block] }] });

describe('a request', () => {
  it('is read with its members, and kept as it was', () => {
    const content = [{ type: 'text', text: 'a' }];
    const body = {
      model: 'm',
      max_tokens: 1,
      stream: true,
      system: [{ type: 'text', text: 's' }],
      messages: [
        { role: 'user', content: 'x', more: 1 },
        { role: 'assistant', content },
        { role: 'system', content: '' },
      ],
      tools: [{ name: 'Bash' }],
    };
    const request = validateRequest(body);
    expect(request).toEqual({
      model: 'm',
      maxTokens: 1,
      stream: true,
      system: body.system,
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content },
        { role: 'system', content: '' },
      ],
      tools: [{ name: 'Bash' }],
      raw: body,
    });
    expect(request.raw).toBe(body);
  });

  it.each([{}, { stream: null, system: null, tools: null }])('may lack everything optional: %j', (more) => {
    expect(validateRequest({ ...good, ...more })).toMatchObject({
      maxTokens: undefined,
      stream: false,
      system: undefined,
      tools: [],
    });
    expect(validateRequest({ ...good, ...more, stream: false, system: '' })).toMatchObject({
      stream: false,
      system: '',
    });
  });

  it('may have calls and results of every valid shape', () => {
    const block = (one: object) => () => validateRequest(withBlock(one));
    expect(block({ type: 'tool_use', id: 'a', name: 'b' })).not.toThrow();
    expect(block({ type: 'tool_result', tool_use_id: 'a' })).not.toThrow();
    expect(block({ type: 'tool_result', tool_use_id: 'a', content: 'text' })).not.toThrow();
    expect(block({ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text' }] })).not.toThrow();
    expect(block({ type: 'future', content: [1] })).not.toThrow();
  });

  it.each([
    [[], '$: the body must be a JSON object.'],
    [{ ...good, model: '' }, '$.model: must be a non-empty string.'],
    [{ ...good, max_tokens: 0.5 }, '$.max_tokens: must be a number of at least 1.'],
    [{ ...good, max_tokens: null }, '$.max_tokens: must be a number of at least 1.'],
    [{ ...good, stream: 1 }, '$.stream: must be true or false.'],
    [{ ...good, system: {} }, '$.system: must be a string or an array of blocks.'],
    [{ ...good, system: [{}] }, '$.system[0].type: must be a string.'],
    [{ model: 'm' }, '$.messages: must be an array.'],
    [{ ...good, messages: [] }, '$.messages: must not be empty.'],
    [{ ...good, messages: [1] }, '$.messages[0]: must be an object.'],
    [{ ...good, messages: [{ role: 'tool' }] }, '$.messages[0].role: must be "user", "assistant" or "system".'],
    [{ ...good, messages: [{ role: 'user' }] }, '$.messages[0].content: must be a string or an array of blocks.'],
    [withBlock([]), '$.messages[0].content[0]: must be an object.'],
    [withBlock({}), '$.messages[0].content[0].type: must be a string.'],
    [withBlock({ type: 'text' }), '$.messages[0].content[0].text: must be a string.'],
    [withBlock({ type: 'tool_result' }), '$.messages[0].content[0].tool_use_id: must be a string.'],
    [withBlock({ type: 'tool_use', name: 'b' }), '$.messages[0].content[0].id: must be a string.'],
    [withBlock({ type: 'tool_use', id: 'a' }), '$.messages[0].content[0].name: must be a string.'],
    [
      withBlock({ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text' }, {}] }),
      '$.messages[0].content[0].content[1].type: must be a string.',
    ],
    [{ ...good, tools: {} }, '$.tools: must be an array.'],
    [{ ...good, tools: [{ name: 'a' }, 1] }, '$.tools[1]: must be an object.'],
    [{ ...good, tools: [{ name: '' }] }, '$.tools[0].name: must be a non-empty string.'],
  ])('%j is rejected: %s', (body, message) => {
    expect(() => validateRequest(body)).toThrow(expect.objectContaining({ code: 'invalid_request', message }));
  });
});
