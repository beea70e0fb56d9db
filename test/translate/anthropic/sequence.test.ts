import { describe, expect, it } from 'vitest';
import { BlockSequence } from '../../../src/translate/anthropic/sequence.ts';
import { argumentBufferLimit, BufferLimit } from '../../../src/translate/anthropic/tool-call.ts';

function make() {
  const written: string[] = [];
  const limit = new BufferLimit();
  const sequence = new BlockSequence(limit);
  return {
    written,
    limit,
    sequence,
    write: (key: string, text: string, size = 0) => sequence.write(key, size, () => written.push(text)),
  };
}

describe('the output items of a response', () => {
  it('are written one after the other in the order in which they began', () => {
    const { sequence, write, written } = make();
    write('a', 'a1');
    write('b', 'b1');
    write('c', 'c1');
    write('a', 'a2');
    expect(written).toEqual(['a1', 'a2']);
    sequence.finish('c');
    write('c', 'late');
    expect(written).toEqual(['a1', 'a2']);
    sequence.finish('a');
    expect(written).toEqual(['a1', 'a2', 'b1']);
    write('b', 'b2');
    sequence.finish('b');
    expect(written).toEqual(['a1', 'a2', 'b1', 'b2', 'c1']);
    write('d', 'd1');
    expect(written.at(-1)).toBe('d1');
  });

  it('are dropped with what was buffered', () => {
    const { sequence, write, written, limit } = make();
    write('a', 'a1');
    write('b', 'b1', argumentBufferLimit);
    expect(() => limit.check(1)).toThrow();
    sequence.drop(['b']);
    expect(() => limit.check(argumentBufferLimit)).not.toThrow();
    expect(sequence.isDone('b')).toBe(true);
    sequence.finish('a');
    expect(written).toEqual(['a1']);
    sequence.drop(['unknown']);
    expect(sequence.isDone('unknown')).toBe(true);
    expect(sequence.isDone('other')).toBe(false);
  });

  it('are dropped all together: none of them is written because one before it ended', () => {
    const { sequence, write, written } = make();
    write('a', 'a1');
    write('b', 'b1');
    write('c', 'c1');
    write('d', 'd1');
    sequence.drop(['a', 'b', 'c']);
    expect(written).toEqual(['a1', 'd1']);
  });

  it('use the buffer only while they wait', () => {
    const { sequence, write, limit } = make();
    write('a', 'a1', argumentBufferLimit * 2);
    write('b', 'b1', 10);
    expect(() => limit.check(argumentBufferLimit - 9)).toThrow(expect.objectContaining({ code: 'buffer_full' }));
    expect(() => limit.check(argumentBufferLimit - 10)).not.toThrow();
    sequence.finish('a');
    expect(() => limit.check(argumentBufferLimit)).not.toThrow();
  });

  it('may be a thousand at a time, and more one after the other', () => {
    const { sequence } = make();
    for (let n = 0; n < 1_500; n++) {
      sequence.begin(`done ${n}`);
      sequence.finish(`done ${n}`);
      sequence.finish(`done ${n}`);
    }
    for (let n = 0; n < 1_000; n++) sequence.begin(`open ${n}`);
    sequence.begin('open 0');
    expect(() => sequence.begin('one more')).toThrow('The response has more than 1000 unfinished output items.');
    sequence.finish('open 5');
    expect(() => sequence.begin('one more')).not.toThrow();
  });
});

describe('the buffer of a response', () => {
  it('has 32 MiB', () => {
    const limit = new BufferLimit();
    limit.reserve(32 * 1024 * 1024);
    expect(() => limit.reserve(1)).toThrow('The tool arguments exceed 32 MiB.');
    limit.release(1);
    expect(() => limit.reserve(1)).not.toThrow();
  });
});
