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
    expect(pushAll(['END', 'XY'], 'abcX', 'deE')).toEqual({ sent: ['abc', 'Xde'], hit: undefined, rest: 'E' });
    expect(pushAll(['END'], 'EEN', 'EN')).toEqual({ sent: ['E', 'EN'], hit: undefined, rest: 'EN' });
    expect(pushAll(['END'], 'a')).toEqual({ sent: ['a'], hit: undefined, rest: '' });
  });

  it('ends before a sequence, wherever it is divided', () => {
    expect(pushAll(['END'], 'abcE', 'N', 'Dxyz', 'more')).toEqual({ sent: ['abc', '', '', ''], hit: 'END', rest: '' });
    expect(pushAll(['END'], 'END')).toEqual({ sent: [''], hit: 'END', rest: '' });
  });

  it('ends at the earliest sequence, and of several at one place at the longest', () => {
    expect(pushAll(['B', 'A'], '1A2B')).toMatchObject({ sent: ['1'], hit: 'A' });
    expect(pushAll(['A', 'B'], '1A2B')).toMatchObject({ sent: ['1'], hit: 'A' });
    expect(pushAll(['AB', 'A'], '1AB')).toMatchObject({ hit: 'AB' });
    expect(pushAll(['A', 'AB'], '1AB')).toMatchObject({ hit: 'AB' });
    expect(pushAll(['A', 'AB'], '1A', 'B')).toEqual({ sent: ['1', ''], hit: 'AB', rest: '' });
    expect(pushAll(['A', 'AB'], '1A', 'C')).toEqual({ sent: ['1', ''], hit: 'A', rest: '' });
    expect(pushAll(['ABC', 'B'], '1AB', 'C')).toEqual({ sent: ['1', ''], hit: 'ABC', rest: '' });
    expect(pushAll(['ABC', 'B'], '1AB', 'D')).toEqual({ sent: ['1', 'A'], hit: 'B', rest: '' });
  });

  it.each([
    [['A', 'AB'], '1A', '', 'A'],
    [['ABC', 'B'], '1AB2', 'A', 'B'],
    [['ABC', 'B'], '1AB', 'A', 'B'],
    [['ABC'], '1AB', 'AB', undefined],
  ])('may end at a sequence that only its end decides: %j in %s', (sequences, text, rest, hit) => {
    const scanner = new StopScanner(sequences);
    const sent = scanner.push(text);
    expect(sent + scanner.flush()).toBe(`1${rest}`);
    expect(scanner.hit).toBe(hit);
    expect([scanner.push('more'), scanner.flush()]).toEqual(hit === undefined ? ['more', ''] : ['', '']);
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
    expect(write(['END'], 'abcE')).toEqual({ outputs: ['abc', 'E'], stop: undefined });
    expect(write(['E', 'END'], 'abcE')).toEqual({ outputs: ['abc'], stop: 'E' });
    expect(write([], '', 'abc')).toEqual({ outputs: ['abc'], stop: undefined });
  });
});
