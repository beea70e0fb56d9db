import { describe, expect, it } from 'vitest';
import { firstChange, prefixOf } from '../../../src/translate/anthropic/prefix.ts';
import { validateRequest } from '../../../src/translate/anthropic/validate.ts';

const blocksOf = (more: Record<string, unknown> = {}) =>
  prefixOf(validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...more }), (text) => text);
const list = (...entries: string[]) =>
  entries.map((entry) => {
    const [label = '', hash = ''] = entry.split('=');
    return { label, hash };
  });

describe('the prompt as blocks', () => {
  it('is the tools, the system prompt and the messages, each with a label', () => {
    const blocks = blocksOf({
      tools: [{ name: 'Bash' }, { type: 'odd', name: 'Read' }],
      system: [
        { type: 'text', text: 'one' },
        { type: 'text', text: 'two' },
      ],
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: [{ type: 'text', text: 'b' }] },
      ],
    });
    expect(blocks.map(({ label }) => label)).toEqual([
      'tools[0] (Bash)',
      'tools[1] (Read)',
      'system[0]',
      'system[1]',
      'messages[0]',
      'messages[1]',
    ]);
    expect(blocks.at(-1)?.hash).toBe('["assistant",[{"type":"text","text":"b"}]]');
  });

  it.each([
    [
      'cache marks of a message',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }] }] },
    ],
    ['a text block for a string', { messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }],
  ])('does not change with %s', (_name, more) => {
    expect(blocksOf(more)).toEqual(blocksOf());
  });

  it('does not change with cache marks of tools, of the system prompt and inside results', () => {
    const cache_control = { type: 'ephemeral' };
    const make = (mark: object, content: unknown) =>
      blocksOf({
        tools: [{ name: 'Bash', ...mark }],
        system: [{ type: 'text', text: 's', ...mark }],
        messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content, ...mark }] }],
      });
    const marked = make({ cache_control }, [{ type: 'text', text: 'r', cache_control }]);
    expect(marked).toEqual(make({}, 'r'));
    expect(marked).toEqual(make({}, [{ type: 'text', text: 'r' }]));
    expect(marked).not.toEqual(make({}, 'other'));
    expect(make({}, undefined)).not.toEqual(make({}, ''));
  });
});

describe('the first change of a prompt', () => {
  const earlier = list('tools[0] (A)=a', 'tools[1] (B)=b', 'system[0]=s', 'messages[0]=m', 'messages[1]=n');

  it('is none when the prompt grew at its end', () => {
    expect(firstChange(earlier, [...earlier, ...list('messages[2]=o')])).toBeUndefined();
    expect(firstChange([], earlier)).toBeUndefined();
  });

  it.each([
    ['a changed block', list('tools[0] (A)=a', 'tools[1] (B)=B', 'system[0]=s'), 'tools[1] (B)', 'changed'],
    [
      'a shorter prompt',
      list('tools[0] (A)=a', 'tools[1] (B)=b', 'system[0]=s', 'messages[0]=m'),
      'messages[1]',
      'removed',
    ],
    [
      'a tool at the end of the tools',
      list('tools[0] (A)=a', 'tools[1] (B)=b', 'tools[2] (C)=c', 'system[0]=s'),
      'tools[2] (C)',
      'added',
    ],
    ['no more tools', list('tools[0] (A)=a', 'system[0]=s', 'messages[0]=m'), 'tools[1] (B)', 'removed'],
    ['no system prompt', list('tools[0] (A)=a', 'tools[1] (B)=b', 'messages[0]=m'), 'system[0]', 'removed'],
    ['a tool at the beginning', list('tools[0] (C)=c', 'tools[1] (A)=a', 'tools[2] (B)=b'), 'tools[0] (C)', 'added'],
    ['without the first tool', list('tools[0] (B)=b', 'system[0]=s'), 'tools[0] (A)', 'removed'],
    ['tools in another order', list('tools[0] (B)=b', 'tools[1] (A)=a', 'system[0]=s'), 'tools[0] (B)', 'moved'],
  ])('is found: %s', (_name, later, label, how) => {
    expect(firstChange(earlier, later)).toEqual({ label, how });
  });
});
