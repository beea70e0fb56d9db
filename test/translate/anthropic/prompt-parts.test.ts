import { describe, expect, it } from 'vitest';
import { promptParts } from '../../../src/translate/anthropic/prompt-parts.ts';
import { validateRequest } from '../../../src/translate/anthropic/validate.ts';

const text = (chars: number) => 'x'.repeat(chars);
const partsOf = (body: object) =>
  promptParts(validateRequest({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'hi' }], ...body }));

describe('the parts of a prompt', () => {
  it('are system, tools, history and the newest prompt with what followed it', () => {
    const parts = partsOf({
      system: [{ type: 'text', text: text(3_600) }],
      tools: [{ name: 'Bash', description: text(7_200), input_schema: { type: 'object' } }],
      messages: [
        { role: 'user', content: text(360) },
        { role: 'assistant', content: [{ type: 'text', text: text(1_800) }] },
        { role: 'user', content: text(720) },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Bash', input: { command: 'ls' } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: text(10_800) }] },
      ],
    });
    expect(parts.system).toBe(1_000);
    expect(parts.tools).toBeGreaterThan(2_000);
    expect(parts.tools).toBeLessThan(2_040);
    // Each message has an overhead of four tokens.
    expect(parts.history).toBe(100 + 500 + 8);
    expect(parts.newest).toBeGreaterThan(200 + 3_000);
    expect(parts.newest).toBeLessThan(200 + 3_000 + 30);
  });

  it('have no history in the first turn, even when it begins with a tool result', () => {
    expect(partsOf({}).history).toBe(0);
    const orphan = [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: text(36) }] }];
    expect(partsOf({ messages: orphan })).toMatchObject({ history: 0, system: 0, tools: 0 });
    expect(partsOf({ messages: orphan }).newest).toBeGreaterThan(0);
  });
});
