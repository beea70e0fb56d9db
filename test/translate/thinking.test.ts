/** Thinking of chat hosts: opaque reasoning details, and `<think>` tags in the text. */
import { describe, expect, it } from 'vitest';
import { ThinkingDetails } from '../../src/translate/dialects/chat/thinking-details.ts';
import { ThinkingMarks } from '../../src/translate/dialects/chat/thinking-marks.ts';

const joinDetails = (...pieces: Record<string, unknown>[]) => {
  const details = new ThinkingDetails();
  for (const piece of pieces) details.add([piece]);
  return JSON.parse(details.take() ?? '[]');
};

describe('reasoning details', () => {
  it('join pieces with the same index', () => {
    expect(
      joinDetails(
        { type: 'reasoning.text', text: 'A', index: 0 },
        { type: 'reasoning.text', text: 'B', index: 0, signature: 'S' },
      ),
    ).toEqual([{ type: 'reasoning.text', text: 'AB', index: 0, signature: 'S' }]);
  });

  it('keep signed entries and entries with different ids separate', () => {
    const encrypted = (id: string, data: string) => ({ type: 'reasoning.encrypted', id, data, index: 0 });
    expect(joinDetails(encrypted('t0', 'AAA'), encrypted('t1', 'BBB'))).toHaveLength(2);
    const signed = (text: string, signature: string) => ({ type: 'reasoning.text', text, signature });
    expect(joinDetails(signed('A', 'S1'), signed('B', 'S2'))).toEqual([signed('A', 'S1'), signed('B', 'S2')]);
  });

  it('are returned only once', () => {
    const details = new ThinkingDetails();
    details.add([{ type: 'x' }]);
    expect([details.take(), details.take()]).toEqual(['[{"type":"x"}]', undefined]);
  });
});

describe('thinking tags', () => {
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

  it.each([1, 2, 3, 7, 100])('are recognised in chunks of %s characters', (size) => {
    expect(split(' <think>a < b</think>c</think>', size)).toEqual({ thinking: 'a < b', text: 'c</think>' });
    expect(split('<think>never ended', size)).toEqual({ thinking: 'never ended', text: '' });
    expect(split('x <think>y</think>', size)).toEqual({ thinking: '', text: 'x <think>y</think>' });
  });
});
