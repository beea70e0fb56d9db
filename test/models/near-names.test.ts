import { describe, expect, it } from 'vitest';
import { nearNames } from '../../src/models/near-names.ts';

const beginning = '-'.repeat(40);

/**
 * The number of changes between two words: the two names that are returned together have the same number. The words
 * share a long beginning so that every distance of the test is near enough.
 */
function distance(typed: string, name: string): number | undefined {
  const rivalWith = (changes: number) => '#'.repeat(changes) + beginning.slice(changes) + typed;
  return [0, 1, 2, 3, 4, 5].find(
    (changes) => nearNames(beginning + typed, [beginning + name, rivalWith(changes)]).length === 2,
  );
}

describe('the distance between names', () => {
  it.each([
    ['model', 'model', 0],
    ['mode', 'model', 1],
    ['modell', 'model', 1],
    ['nodel', 'model', 1],
    ['modex', 'model', 1],
    ['modle', 'model', 1],
    ['omdel', 'model', 1],
    ['ab', 'ba', 1],
    ['abcd', 'badc', 2],
    ['abc', 'ca', 3],
    ['ca', 'abc', 3],
    ['aab', 'aba', 1],
    ['abcx', 'acbx', 1],
    ['kitten', 'sitting', 3],
    ['sunday', 'saturday', 3],
    ['abc', 'cab', 2],
    ['abc', 'xyz', 3],
    ['', 'abc', 3],
    ['abc', '', 3],
  ])('%j and %j is %i', (typed, name, wanted) => {
    expect(distance(typed, name)).toBe(wanted);
  });
});

describe('names similar to a mistyped one', () => {
  it.each([
    ['that is nearer to one than to another', 'xyd', ['abd', 'xyz'], ['xyz']],
    ['with two changes', 'xyd', ['abd'], ['abd']],
    ['with three changes in a short name', 'xyz', ['abc'], []],
    ['with a third of its letters changed', 'xxxdefghi', ['abcdefghi'], ['abcdefghi']],
    ['with more than a third of its letters changed', 'xxxxefghi', ['abcdefghi'], []],
    ['without letters', '', ['ab', 'abc'], ['ab']],
    ['with two equally near ones', 'gpt-0', ['gpt-2', 'gpt-1', 'gpt-33'], ['gpt-2', 'gpt-1']],
    ['with four equally near ones', 'gpt-0', ['gpt-4', 'gpt-3', 'gpt-2', 'gpt-1'], ['gpt-4', 'gpt-3', 'gpt-2']],
    ['in capitals', 'KIMIBASEURL', ['kimiBaseUrl', 'kimiBaseUrls'], ['kimiBaseUrl']],
    ['when there are none', 'gpt-0', [], []],
  ])('are chosen for a name %s', (_name, typed, names, wanted) => {
    expect(nearNames(typed, names)).toEqual(wanted);
  });

  it('are not looked for when the typed text is longer than 100 characters', () => {
    const name = 'a'.repeat(101);
    expect(nearNames(name.slice(1), [name])).toEqual([name]);
    expect(nearNames(name, [name])).toEqual([]);
  });
});
