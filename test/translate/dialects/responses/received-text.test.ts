/** What the final text of a part adds to its deltas. */
import { describe, expect, it } from 'vitest';
import { ReceivedText } from '../../../../src/translate/dialects/responses/received-text.ts';

function received(...deltas: string[]): ReceivedText {
  const text = new ReceivedText();
  for (const delta of deltas) text.add(delta);
  return text;
}
/** More than is kept. */
const long = 'word '.repeat(1024 * 1024);

describe('the rest of a text', () => {
  it.each([
    ['the same text', ['De', 'ploy now.'], 'Deploy now.', ''],
    ['a longer text', ['Deploy'], 'Deploy now.', ' now.'],
    ['nothing received', [], 'Deploy now.', 'Deploy now.'],
    ['a shorter text', ['Deploy now.'], 'Deploy', ''],
    ['white space at the ends', ['\n Deploy now. '], 'Deploy now.', ''],
    ['other white space', ['Deploy  now.\r\n'], 'Deploy now.\n', ''],
    ['other white space in a longer text', ['Deploy\r\nnow'], 'Deploy\nnow, please', ', please'],
    ['another text', ['Deploy now.'], 'Delete now.', undefined],
    ['another text of the same length with white space', ['a b'], 'a c', undefined],
    ['a text longer than what is kept', [long, 'end'], `${long}end`, ''],
    ['a text longer than what is kept, and more', [long, 'end'], `${long}end of it`, ' of it'],
  ])('after %s', (_title, deltas, final, rest) => {
    expect(received(...deltas).restOf(final)).toBe(rest);
  });

  it('is known when the kept beginning differs in white space', () => {
    const beginning = 'word '.repeat(10);
    const deltas = [beginning, long, 'end'];
    expect(received(...deltas).restOf(`${beginning.trim()}\n${long}end.`)).toBe('.');
  });

  it('is compared with a contiguous beginning only', () => {
    const text = received('a', long, 'b');
    expect(text.text).toBe('a');
    expect(text.restOf(`a${long}b`)).toBe('');
  });
});

describe('a received text', () => {
  it('is the beginning of another, apart from white space', () => {
    expect(received('a b').isStartOf('a  bc')).toBe(true);
    expect(received('a b').isStartOf('ac')).toBe(false);
    expect(received().isStartOf('x')).toBe(true);
  });

  it('is empty until a delta has text', () => {
    expect(received('').isEmpty).toBe(true);
    expect(received('a').isEmpty).toBe(false);
  });
});
