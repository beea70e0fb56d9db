/** Which deltas of a chat stream belong to the same call. */
import { describe, expect, it } from 'vitest';
import { CallKeys } from '../../../../src/translate/dialects/chat/call-keys.ts';

function make() {
  const [complete, begun] = [new Set<string>(), new Set<string>()];
  const keys = new CallKeys({ isComplete: (key) => complete.has(key), isBegun: (key) => begun.has(key) });
  /** A delta in a chunk of its own. */
  const delta = (index?: unknown, id?: string, name?: string) => {
    keys.nextChunk();
    return same(index, id, name);
  };
  /** A delta in the same chunk as the one before. */
  const same = (index?: unknown, id?: string, name?: string) => keys.of({ index, id, function: { name } });
  return { delta, same, complete, begun };
}

describe('a delta with an id', () => {
  it('belongs to the call with this id, whatever its index', () => {
    const { delta } = make();
    const [one, two] = [delta(0, 'a', 'Read'), delta(1, 'b', 'Read')];
    expect(one).not.toBe(two);
    expect([delta(5, 'a'), delta(undefined, 'b', 'Other'), delta(0, 'b')]).toEqual([one, two, two]);
  });

  it('begins a call at the index of a call with another id', () => {
    const { delta } = make();
    const one = delta(0, 'a', 'Read');
    const two = delta(0, 'b', 'Read');
    expect(two).not.toBe(one);
    expect([delta(0), delta(0, '')]).toEqual([two, two]);
  });

  it('belongs to the call at its index that has no id yet', () => {
    const { delta } = make();
    const one = delta(0, undefined, 'Read');
    expect([delta(0, 'a'), delta(0, 'a', 'Read')]).toEqual([one, one]);
  });

  it('without an index begins a call after one with a name, and gives its id to one without', () => {
    const { delta } = make();
    const one = delta(undefined, undefined, 'Read');
    const two = delta(undefined, 'a');
    expect(two).not.toBe(one);
    expect(delta(undefined, 'b')).not.toBe(two);
    const nameless = make();
    const three = nameless.delta();
    expect(nameless.delta(undefined, 'a')).toBe(three);
  });
});

describe('a delta without an id', () => {
  it('belongs to the newest call at its index, or to the last call', () => {
    const { delta } = make();
    const [one, two] = [delta(0, 'a', 'Read'), delta(1, 'b', 'Read')];
    expect([delta(0), delta(), delta(1), delta()]).toEqual([one, one, two, two]);
  });

  it('that repeats the name of a call with an id belongs to it', () => {
    const { delta, complete } = make();
    const one = delta(0, 'a', 'Read');
    complete.add(one);
    expect([delta(0, undefined, 'Read'), delta(undefined, undefined, 'Other')]).toEqual([one, one]);
  });

  it('with a name begins a call when it has no index', () => {
    const { delta } = make();
    const one = delta(undefined, undefined, 'Read');
    expect(delta(undefined, undefined, 'Read')).not.toBe(one);
  });

  it('with a name at the same index begins a call in the same chunk or after complete arguments', () => {
    const { delta, same, complete } = make();
    const one = delta(0, undefined, 'Read');
    expect(delta(0, undefined, 'Read')).toBe(one);
    expect(same(0)).toBe(one);
    const two = same(0, undefined, 'Read');
    expect(two).not.toBe(one);
    complete.add(two);
    expect(delta(0)).toBe(two);
    expect(delta(0, undefined, 'Read')).not.toBe(two);
  });

  it('with another name at the same index begins a call if the one before has begun, and continues its name otherwise', () => {
    const { delta, begun } = make();
    const one = delta(0, undefined, 'Re');
    expect(delta(0, undefined, 'ad')).toBe(one);
    begun.add(one);
    expect(delta(0, undefined, 'Re')).toBe(one);
    expect(delta(0, undefined, 'Write')).not.toBe(one);
  });

  it('with a name belongs to a call that has none', () => {
    const { delta, complete } = make();
    const one = delta(0);
    complete.add(one);
    expect(delta(0, undefined, 'Read')).toBe(one);
    const other = make();
    const two = other.delta();
    expect(other.delta(undefined, undefined, 'Read')).toBe(two);
  });
});

describe('an index', () => {
  it('may be a number as text, and is ignored otherwise', () => {
    const { delta } = make();
    const [one, two] = [delta('0', 'a', 'Read'), delta('12', 'b', 'Read')];
    expect([delta(0), delta(12), delta('0')]).toEqual([one, two, one]);
    delta(12);
    for (const index of ['x0', '0x', '', null, {}]) expect(delta(index)).toBe(two);
  });
});
