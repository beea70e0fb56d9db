/** The table of item identity, row by row: which item an event belongs to. */
import { describe, expect, it } from 'vitest';
import { ItemIdentity } from '../../../../src/translate/dialects/responses/item-identity.ts';
import { rows } from '../../../../src/translate/dialects/responses/item-rows.ts';
import type { JsonObject } from '../../../../src/wire/json.ts';

type Step =
  | readonly ['added' | 'done', place: number | undefined, item: JsonObject]
  | readonly ['reference', place: number | undefined, kind: string, id?: string]
  | readonly ['listed', place: number, item: JsonObject]
  /** The item of this number has ended. */
  | readonly ['ends', number]
  /** The item of this number has received this text. */
  | readonly ['says', number, string];

const message = (more: JsonObject = {}): JsonObject => ({ type: 'message', ...more });
const call = (more: JsonObject = {}): JsonObject => ({ type: 'function_call', ...more });
const reasoning = (more: JsonObject = {}): JsonObject => ({ type: 'reasoning', ...more });

/** @returns the number of the item of each event, in the order of the events; `none` for an ignored one. */
function identify(steps: readonly Step[]): (number | 'none')[] {
  const ended = new Set<string>();
  const texts = new Map<string, string>();
  const keys: string[] = [];
  const identity = new ItemIdentity({
    isDone: (key) => ended.has(key),
    hasContentOf: (key, item) => item.text !== undefined && texts.get(key) === item.text,
  });
  const result: (number | 'none')[] = [];
  const record = (key: string | undefined) => {
    if (key === undefined) return void result.push('none');
    if (!keys.includes(key)) keys.push(key);
    result.push(keys.indexOf(key));
  };
  const at = (place: number | undefined) => (place === undefined ? {} : { output_index: place });
  for (const step of steps) {
    if (step[0] === 'ends') ended.add(keys[step[1]] ?? '');
    else if (step[0] === 'says') texts.set(keys[step[1]] ?? '', step[2]);
    else if (step[0] === 'reference')
      record(identity.keyForEvent({ ...at(step[1]), ...(step[3] === undefined ? {} : { item_id: step[3] }) }, step[2]));
    else if (step[0] === 'listed') record(identity.keyForListed(step[2], step[1]));
    else record(identity.keyForItem(step[0], at(step[1]), step[2]));
  }
  return result;
}

const cases: readonly (readonly [title: string, steps: readonly Step[], items: readonly (number | 'none')[]])[] = [
  // added, with a position
  [
    'added again with the same id',
    [
      ['added', 0, message({ id: 'a' })],
      ['added', 0, message({ id: 'a' })],
    ],
    [0, 0],
  ],
  [
    'added again with the same call id and another id',
    [
      ['added', 0, call({ id: 'a', call_id: 'c' })],
      ['added', 0, call({ id: 'b', call_id: 'c' })],
    ],
    [0, 0],
  ],
  [
    'added after its first delta',
    [
      ['reference', 0, 'message', 'x'],
      ['added', 0, message({ id: 'a' })],
    ],
    [0, 0],
  ],
  [
    'added again without ids, unfinished',
    [
      ['added', 0, message()],
      ['added', 0, message()],
    ],
    [0, 0],
  ],
  [
    'added without ids after the end',
    [
      ['added', 0, message()],
      ['ends', 0],
      ['added', 0, message()],
    ],
    [0, 1],
  ],
  [
    'added with another id at the same position: the host reuses it',
    [
      ['added', 0, message({ id: 'a' })],
      ['added', 0, message({ id: 'b' })],
    ],
    [0, 1],
  ],
  [
    'another kind at the same position',
    [
      ['added', 0, message({ id: 'a' })],
      ['added', 0, call({ id: 'a', call_id: 'c' })],
    ],
    [0, 1],
  ],
  [
    'another call at the same position',
    [
      ['added', 0, call({ call_id: 'c' })],
      ['added', 0, call({ call_id: 'd' })],
    ],
    [0, 1],
  ],
  [
    'two calls that share their ids at two positions',
    [
      ['added', 0, call({ id: 'a', call_id: 'c' })],
      ['added', 1, call({ id: 'a', call_id: 'c' })],
    ],
    [0, 1],
  ],
  // added, without a position
  [
    'added again with the same id',
    [
      ['added', undefined, message({ id: 'a' })],
      ['added', undefined, message({ id: 'a' })],
    ],
    [0, 0],
  ],
  [
    'added with a known call id and another id',
    [
      ['added', undefined, call({ id: 'a', call_id: 'c' })],
      ['added', undefined, call({ id: 'b', call_id: 'c' })],
    ],
    [0, 0],
  ],
  [
    'added after its first delta',
    [
      ['reference', undefined, 'message', 'x'],
      ['added', undefined, message({ id: 'a' })],
    ],
    [0, 0],
  ],
  [
    'added with an unknown id',
    [
      ['added', undefined, message({ id: 'a' })],
      ['added', undefined, message({ id: 'b' })],
    ],
    [0, 1],
  ],
  // done
  [
    'done at the position with another id',
    [
      ['added', 0, message({ id: 'a' })],
      ['done', 0, message({ id: 'b' })],
    ],
    [0, 0],
  ],
  [
    'done of another call at the position',
    [
      ['added', 0, call({ call_id: 'c' })],
      ['done', 0, call({ call_id: 'd' })],
    ],
    [0, 1],
  ],
  [
    'done twice with the same id',
    [
      ['done', 0, message({ id: 'a' })],
      ['ends', 0],
      ['done', 0, message({ id: 'a' })],
    ],
    [0, 0],
  ],
  [
    'done twice with another id and the same content',
    [
      ['done', 0, message({ id: 'a' })],
      ['says', 0, 'x'],
      ['ends', 0],
      ['done', 0, message({ id: 'b', text: 'x' })],
    ],
    [0, 0],
  ],
  [
    'done at the position of an ended item with other content',
    [
      ['done', 0, message({ id: 'a' })],
      ['says', 0, 'x'],
      ['ends', 0],
      ['done', 0, message({ id: 'b', text: 'y' })],
    ],
    [0, 1],
  ],
  [
    'done twice without ids',
    [
      ['done', 0, call()],
      ['ends', 0],
      ['done', 0, call()],
    ],
    [0, 0],
  ],
  [
    'done by its id, first with a position',
    [
      ['added', undefined, call({ id: 'a' })],
      ['done', 3, call({ id: 'a' })],
    ],
    [0, 0],
  ],
  [
    'done by its call id',
    [
      ['added', undefined, call({ call_id: 'c' })],
      ['done', undefined, call({ id: 'z', call_id: 'c' })],
    ],
    [0, 0],
  ],
  [
    'done of an open item at the position of another',
    [
      ['added', 0, message({ id: 'a' })],
      ['added', 1, call({ id: 'b', call_id: 'c' })],
      ['done', 0, call({ id: 'b', call_id: 'c' })],
    ],
    [0, 1, 1],
  ],
  [
    'done without a position and with an unknown id',
    [
      ['added', undefined, message({ id: 'a' })],
      ['done', undefined, message({ id: 'b' })],
    ],
    [0, 0],
  ],
  [
    'done with an id that a delta of another call had: not that call',
    [
      ['added', undefined, call({ id: 'b', call_id: 'd' })],
      ['reference', undefined, 'function_call', 'a'],
      ['done', undefined, call({ id: 'a', call_id: 'c' })],
    ],
    [0, 0, 1],
  ],
  [
    'done without a position: not of another call',
    [
      ['added', undefined, call({ call_id: 'c' })],
      ['done', undefined, call({ call_id: 'd' })],
    ],
    [0, 1],
  ],
  [
    'done again without a position: the same content',
    [
      ['done', undefined, message({ id: 'a' })],
      ['says', 0, 'x'],
      ['ends', 0],
      ['done', undefined, message({ id: 'b', text: 'x' })],
    ],
    [0, 0],
  ],
  [
    'done without a position: other content',
    [
      ['done', undefined, message({ id: 'a' })],
      ['says', 0, 'x'],
      ['ends', 0],
      ['done', undefined, message({ id: 'b', text: 'y' })],
    ],
    [0, 1],
  ],
  // references
  [
    'a delta by its position, whatever its id',
    [
      ['added', 0, message({ id: 'a' })],
      ['reference', 0, 'message', 'b'],
    ],
    [0, 0],
  ],
  [
    'a delta of another kind by its id',
    [
      ['added', 0, message({ id: 'a' })],
      ['added', 1, call({ id: 'b', call_id: 'c' })],
      ['reference', 0, 'function_call', 'b'],
    ],
    [0, 1, 1],
  ],
  [
    'a delta of another kind at the position',
    [
      ['added', 0, call({ call_id: 'c' })],
      ['reference', 0, 'message'],
    ],
    [0, 0],
  ],
  [
    'a delta by its id',
    [
      ['added', undefined, message({ id: 'a' })],
      ['added', undefined, message({ id: 'b' })],
      ['reference', undefined, 'message', 'a'],
    ],
    [0, 1, 0],
  ],
  [
    'a delta with an unknown id: the newest open item',
    [
      ['added', undefined, message({ id: 'a' })],
      ['reference', undefined, 'message', 'z'],
    ],
    [0, 0],
  ],
  [
    'a delta with an unknown id of a host whose ids are stable: another item',
    [
      ['added', undefined, call({ id: 'a', call_id: 'c' })],
      ['reference', undefined, 'function_call', 'a'],
      ['reference', undefined, 'function_call', 'b'],
      ['done', undefined, call({ id: 'b', call_id: 'd' })],
    ],
    [0, 0, 1, 1],
  ],
  [
    'added with another id than the only unfinished reference of a host whose ids are stable',
    [
      ['added', undefined, reasoning({ id: 'r' })],
      ['reference', undefined, 'reasoning', 'r'],
      ['reference', undefined, 'function_call', 'b'],
      ['added', undefined, call({ id: 'a', call_id: 'c' })],
    ],
    [0, 0, 1, 2],
  ],
  [
    'a delta without anything known',
    [
      ['added', undefined, call({ id: 'a' })],
      ['reference', undefined, 'message', 'z'],
    ],
    [0, 1],
  ],
  [
    'a delta at an unknown position',
    [
      ['added', 0, message({ id: 'a' })],
      ['reference', 1, 'message', 'z'],
    ],
    [0, 1],
  ],
  // listed
  [
    'listed by its id at another place',
    [
      ['added', 3, message({ id: 'a' })],
      ['listed', 0, message({ id: 'a' })],
    ],
    [0, 0],
  ],
  [
    'listed by its call id',
    [
      ['added', 0, call({ id: 'a', call_id: 'c' })],
      ['listed', 0, call({ id: 'z', call_id: 'c' })],
    ],
    [0, 0],
  ],
  [
    'two calls with the same ids are listed as two',
    [
      ['added', 0, call({ id: 'a', call_id: 'c' })],
      ['added', 1, call({ id: 'a', call_id: 'c' })],
      ['listed', 0, call({ id: 'a', call_id: 'c' })],
      ['listed', 1, call({ id: 'a', call_id: 'c' })],
    ],
    [0, 1, 0, 1],
  ],
  [
    'listed by its content',
    [
      ['added', 0, message({ id: 'a' })],
      ['says', 0, 'x'],
      ['listed', 0, message({ id: 'z', text: 'x' })],
    ],
    [0, 0],
  ],
  [
    'a message that only the list contains',
    [
      ['added', 0, message({ id: 'a' })],
      ['says', 0, 'x'],
      ['listed', 0, message({ id: 'a', text: 'x' })],
      ['listed', 1, message({ id: 'z', text: 'y' })],
    ],
    [0, 0, 1],
  ],
  [
    'a message listed at its place with other ids and other content',
    [
      ['added', 0, message({ id: 'a' })],
      ['added', 1, message({ id: 'b' })],
      ['listed', 1, message({ id: 'z', text: 'y' })],
    ],
    [0, 1, 1],
  ],
  [
    'a message listed elsewhere with other ids and other content',
    [
      ['added', 3, message({ id: 'a' })],
      ['listed', 0, message({ id: 'z', text: 'y' })],
    ],
    [0, 0],
  ],
  [
    'a call listed with other ids, by its tool and arguments',
    [
      ['added', 0, call({ id: 'a', call_id: 'c' })],
      ['says', 0, '{"x":1}'],
      ['listed', 0, call({ id: 'y', call_id: 'z', text: '{"x":1}' })],
    ],
    [0, 0],
  ],
  [
    'a call done at its position with other ids, by its tool and arguments',
    [
      ['added', 0, call({ id: 'a', call_id: 'c' })],
      ['says', 0, '{"x":1}'],
      ['done', 0, call({ id: 'y', call_id: 'z', text: '{"x":1}' })],
    ],
    [0, 0],
  ],
  [
    'a call that only the list contains',
    [
      ['added', 0, call({ call_id: 'c' })],
      ['listed', 0, call({ call_id: 'd' })],
    ],
    [0, 1],
  ],
  [
    'a call without ids, by its place',
    [
      ['added', 0, call()],
      ['added', 1, call()],
      ['listed', 1, call()],
    ],
    [0, 1, 1],
  ],
  [
    'a call without ids at a place where none was',
    [
      ['added', undefined, call()],
      ['listed', 4, call()],
    ],
    [0, 0],
  ],
  [
    'listed twice',
    [
      ['added', 0, call({ call_id: 'c' })],
      ['listed', 0, call({ call_id: 'c' })],
      ['listed', 1, call({ call_id: 'c' })],
    ],
    [0, 0, 0],
  ],
  [
    'further reasoning is ignored',
    [
      ['added', 0, reasoning({ id: 'a' })],
      ['says', 0, 'x'],
      ['listed', 0, reasoning({ id: 'z', text: 'y' })],
    ],
    [0, 'none'],
  ],
  [
    'reasoning that only the list contains',
    [
      ['added', 0, message({ id: 'a' })],
      ['listed', 1, reasoning({ id: 'z' })],
    ],
    [0, 1],
  ],
];

describe('an event', () => {
  it.each(cases)('%s', (_title, steps, items) => {
    expect(identify(steps)).toEqual(items);
  });

  it('of more than 2,000 items is an error', () => {
    expect(() =>
      identify(Array.from({ length: 2_001 }, (_, at) => ['added', at, message({ id: `m${at}` })] as const)),
    ).toThrow('more than 2000 output items');
  });

  it('is decided by rows with a description of their own', () => {
    const descriptions = rows.map(([occasions, description]) => `${occasions.join()} ${description}`);
    expect(new Set(descriptions).size).toBe(rows.length);
  });
});
