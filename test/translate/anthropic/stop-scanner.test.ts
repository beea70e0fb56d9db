import { describe, expect, it } from 'vitest';
import { StoppedText, StopScanner } from '../../../src/translate/anthropic/stop-scanner.ts';
import { Outputs } from '../../../src/translate/output.ts';

const pushAll = (sequences: string[], ...parts: string[]) => {
  const scanner = new StopScanner(sequences);
  return { sent: parts.map((part) => scanner.push(part)), hit: scanner.hit, rest: scanner.flush() };
};

describe('text with stop sequences', () => {
  it('is sent at once without any', () => {
    expect(pushAll([], 'abc')).toEqual({ sent: ['abc'], hit: undefined, rest: '' });
    expect(pushAll([''], 'abc')).toEqual({ sent: ['abc'], hit: undefined, rest: '' });
    expect(pushAll(['x'], 'abc')).toEqual({ sent: ['abc'], hit: undefined, rest: '' });
  });

  it('is held back as far as a sequence could begin in it', () => {
    expect(pushAll(['END', 'XY'], 'abcd', 'e')).toEqual({ sent: ['ab', 'c'], hit: undefined, rest: 'de' });
    expect(pushAll(['END'], 'a')).toEqual({ sent: [''], hit: undefined, rest: 'a' });
  });

  it('ends before a sequence, wherever it is divided', () => {
    expect(pushAll(['END'], 'abcE', 'N', 'Dxyz', 'more')).toEqual({ sent: ['ab', 'c', '', ''], hit: 'END', rest: '' });
    expect(pushAll(['END'], 'END')).toEqual({ sent: [''], hit: 'END', rest: '' });
  });

  it('ends at the earliest sequence, and of several at one place at the first in the list', () => {
    expect(pushAll(['B', 'A'], '1A2B')).toMatchObject({ sent: ['1'], hit: 'A' });
    expect(pushAll(['A', 'B'], '1A2B')).toMatchObject({ sent: ['1'], hit: 'A' });
    expect(pushAll(['AB', 'A'], '1AB')).toMatchObject({ hit: 'AB' });
    expect(pushAll(['A', 'AB'], '1AB')).toMatchObject({ hit: 'A' });
  });
});

describe('the text of an answer', () => {
  const write = (sequences: string[], ...parts: string[]) => {
    const outputs = new Outputs();
    const text = new StoppedText(sequences, outputs);
    for (const part of parts) text.write(part);
    text.end();
    return { outputs: outputs.take().map((output) => ('text' in output ? output.text : '')), stop: text.stopSequence };
  };

  it('is written without what follows a stop sequence, and never empty', () => {
    expect(write(['END'], 'E', 'abcEND', 'x')).toEqual({ outputs: ['Eabc'], stop: 'END' });
    expect(write(['END'], 'abcE')).toEqual({ outputs: ['ab', 'cE'], stop: undefined });
    expect(write([], '', 'abc')).toEqual({ outputs: ['abc'], stop: undefined });
  });
});
