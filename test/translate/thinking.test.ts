/** Thinking on its way out of a chat host and back: opaque details, marks in the text, words. */
import { describe, expect, it } from 'vitest';
import { ThinkingDetails } from '../../src/translate/dialects/chat/thinking-details.ts';
import { ThinkingMarks } from '../../src/translate/dialects/chat/thinking-marks.ts';

const taken = (...pieces: Record<string, unknown>[]) => {
  const details = new ThinkingDetails();
  for (const piece of pieces) details.add([piece]);
  return JSON.parse(details.take() ?? '[]');
};

describe('details', () => {
  it('put together what came in pieces', () => {
    expect(
      taken(
        { type: 'reasoning.text', text: 'A', index: 0 },
        { type: 'reasoning.text', text: 'B', index: 0, signature: 'S' },
      ),
    ).toEqual([{ type: 'reasoning.text', text: 'AB', index: 0, signature: 'S' }]);
  });

  it('keep apart what is signed, or has ids of its own', () => {
    const encrypted = (id: string, data: string) => ({ type: 'reasoning.encrypted', id, data, index: 0 });
    expect(taken(encrypted('t0', 'AAA'), encrypted('t1', 'BBB'))).toHaveLength(2);
    const signed = (text: string, signature: string) => ({ type: 'reasoning.text', text, signature });
    expect(taken(signed('A', 'S1'), signed('B', 'S2'))).toEqual([signed('A', 'S1'), signed('B', 'S2')]);
  });

  it('are given out once', () => {
    const details = new ThinkingDetails();
    details.add([{ type: 'x' }]);
    expect([details.take(), details.take()]).toEqual(['[{"type":"x"}]', undefined]);
  });
});

describe('marks', () => {
  const split = (text: string, size: number) => {
    const marks = new ThinkingMarks();
    const out = { thinking: '', text: '' };
    const take = (part: { thinking: string; text: string }) => {
      out.thinking += part.thinking;
      out.text += part.text;
    };
    for (let at = 0; at < text.length; at += size) take(marks.push(text.slice(at, at + size)));
    take(marks.flush());
    return out;
  };

  it.each([1, 2, 3, 7, 100])('are found in pieces of %s', (size) => {
    expect(split(' <think>a < b</think>c</think>', size)).toEqual({ thinking: 'a < b', text: 'c</think>' });
    expect(split('<think>never ended', size)).toEqual({ thinking: 'never ended', text: '' });
    expect(split('x <think>y</think>', size)).toEqual({ thinking: '', text: 'x <think>y</think>' });
  });
});
