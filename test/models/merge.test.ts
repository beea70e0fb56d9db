/** The user's catalogue, from bundled rows, the upstreams' lists and files. */
import { describe, expect, it } from 'vitest';
import {
  assignBareIds,
  effortsIn,
  listedModel,
  mergedCatalogue,
  pricedModels,
  userModels,
} from '../../src/models/merge.ts';
import { efforts, isEffort } from '../../src/models/types.ts';
import { row } from '../support/routing.ts';

const price = { input: 1, output: 2, cacheRead: 0.5, source: 'a test', date: '2026-01-01' };

describe('the merged catalogue', () => {
  it('replaces only the row of the same upstream and id, in a new list', () => {
    const bundled = [row('crane-1', 1), row('heron-1', 2), row('heron-1', 3, { upstream: 'openai' })];
    const listed = [
      { upstream: 'openai', id: 'heron-1', contextWindow: 9 },
      { upstream: 'codex', id: 'heron-1', contextWindow: 8 },
    ];
    const merged = mergedCatalogue(bundled, listed, []);
    expect(merged.map(({ upstream, id, contextWindow }) => [upstream, id, contextWindow])).toEqual([
      ['codex', 'crane-1', 1],
      ['codex', 'heron-1', 8],
      ['openai', 'heron-1', 9],
    ]);
    expect(bundled.map(({ contextWindow }) => contextWindow)).toEqual([1, 2, 3]);
  });

  it('keeps what the list does not contain, and takes the rest from the list', () => {
    const bundled = [row('crane-1', 1, { price, sendAs: 'crane', efforts: ['low'], windowAssumed: true })];
    const merge = (listed: object) =>
      mergedCatalogue(bundled, [{ upstream: 'codex', id: 'crane-1', ...listed }], [])[0];
    expect(merge({})).toStrictEqual(bundled[0]);
    expect(merge({ vision: true })).toStrictEqual({ ...bundled[0], vision: true });
    expect(merge({ efforts: [] })?.efforts).toEqual([]);
    expect(merge({ contextWindow: 9 })).toStrictEqual({ ...bundled[0], contextWindow: 9, windowAssumed: false });
    expect(merge({ contextWindow: 9, windowAssumed: true })?.windowAssumed).toBe(true);
  });

  it('contains new models under the name of their upstream, with a window that is assumed when it is not listed', () => {
    const listed = { upstream: 'openai', id: 'robin-1' };
    const unknown = { ...listed, maxOutputTokens: 0, efforts: [], prefixed: true };
    expect(mergedCatalogue([], [listed], [])).toStrictEqual([
      { ...unknown, contextWindow: 200_000, windowAssumed: true },
    ]);
    expect(mergedCatalogue([], [{ ...listed, contextWindow: 9 }], [])).toStrictEqual([
      { ...unknown, contextWindow: 9 },
    ]);
  });

  it('prefers the user’s rows to listed ones', () => {
    const listed = { upstream: 'openai', id: 'robin-1', contextWindow: 9, vision: true };
    const own = { upstream: 'openai', id: 'robin-1', contextWindow: 5 };
    expect(mergedCatalogue([], [listed], [own])).toMatchObject([{ contextWindow: 5, vision: true }]);
  });
});

describe('a row of a file', () => {
  const names = { upstream: 'openai', id: 'robin-1' };

  it.each([
    ['window', { contextWindow: 9 }, { contextWindow: 9 }],
    ['assumed window', { contextWindow: 9, windowAssumed: true }, { contextWindow: 9, windowAssumed: true }],
    ['window that is not assumed', { windowAssumed: false }, {}],
    ['longest output', { maxOutputTokens: 7 }, { maxOutputTokens: 7 }],
    ['efforts in rising order', { efforts: ['max', 'odd', 'low'] }, { efforts: ['low', 'max'] }],
    ['efforts of another type', { efforts: 'low' }, { efforts: [] }],
    ['images', { vision: true }, { vision: true }],
    ['no images', { vision: false }, { vision: false }],
    ['price', { price }, { price }],
    ['numbers of zero', { contextWindow: 0, maxOutputTokens: 0 }, {}],
    [
      'other types',
      { contextWindow: '9', windowAssumed: 'yes', maxOutputTokens: null, vision: 1, price: 5, other: 1 },
      {},
    ],
  ])('with %s is read', (_name, fields, wanted) => {
    expect(listedModel({ ...names, ...fields })).toStrictEqual({ ...names, ...wanted });
  });

  it('is none without an upstream and an id', () => {
    for (const value of [undefined, null, 'text', [], {}, { id: 'm' }, { upstream: 'u' }, { upstream: '', id: 'm' }])
      expect(listedModel(value)).toBeUndefined();
    expect(listedModel({ upstream: 'u', id: 5 })).toBeUndefined();
  });

  const readPrice = (value: unknown) => listedModel({ ...names, price: value })?.price;

  it('has a price with defaults for what is omitted', () => {
    expect(readPrice({ input: 1, output: 2 })).toStrictEqual({
      input: 1,
      output: 2,
      cacheRead: 1,
      source: 'the settings',
      date: '',
    });
    expect(readPrice({ ...price, cacheRead: 0, cacheWrite: 0 })).toStrictEqual({
      ...price,
      cacheRead: 0,
      cacheWrite: 0,
    });
  });

  it('has a price for long requests when both the limit and the rates are there', () => {
    const long = { input: 3, output: 4, cacheRead: 1, cacheWrite: 5 };
    expect(readPrice({ ...price, longAbove: 0, long })).toStrictEqual({ ...price, longAbove: 0, long });
    expect(readPrice({ ...price, longAbove: 9, long: { input: 3, output: 4 } })?.long).toStrictEqual({
      input: 3,
      output: 4,
      cacheRead: 3,
    });
    expect(readPrice({ ...price, long })).toStrictEqual(price);
    expect(readPrice({ ...price, longAbove: 9 })).toStrictEqual(price);
    expect(readPrice({ ...price, longAbove: 9, long: { input: 3 } })).toStrictEqual(price);
  });

  it.each([[{ input: 1 }], [{ output: 1 }], [{ input: '1', output: 2 }], [{}], ['free'], [undefined]])(
    'has no price in %j',
    (value) => {
      expect(readPrice(value)).toBeUndefined();
    },
  );
});

describe('the user’s models', () => {
  it('are those of the setting upstreams, of which the upstream is the one that they belong to', () => {
    const upstreams = {
      gate: { models: [{ id: 'a', upstream: 'other' }, { id: '' }, 'b'] },
      kimi: { models: [{ id: 'c', vision: true }] },
      codex: {},
      odd: 5,
    };
    expect(userModels(upstreams)).toStrictEqual([
      { upstream: 'gate', id: 'a' },
      { upstream: 'kimi', id: 'c', vision: true },
    ]);
  });
});

describe('a row of a prices file', () => {
  it.each([
    ['codex/crane-1', price, { upstream: 'codex', id: 'crane-1', price }],
    ['openrouter/v/m', price, { upstream: 'openrouter', id: 'v/m', price }],
    ['crane-1', price, undefined],
    ['/crane-1', price, undefined],
    ['codex/', price, undefined],
    ['codex/crane-1', { input: 1 }, undefined],
    ['codex/crane-1', 5, undefined],
  ])('called %s with %j is %j', (name, value, model) => {
    expect(pricedModels({ [name]: value })).toStrictEqual([{ name, model }]);
  });
});

describe('bare ids', () => {
  it('select the models of the one upstream that has them instead of those of the other', () => {
    const rows = [
      row('crane-1', 1, { upstream: 'codex' }),
      row('crane-1', 1, { upstream: 'chatgpt', prefixed: true }),
      row('crane-1', 1, { upstream: 'openai', prefixed: true }),
      row('crane-1', 1, { upstream: 'gate' }),
      row('heron-1', 1, { upstream: 'codex' }),
    ];
    const assigned = assignBareIds('chatgpt', 'codex', rows);
    expect(assigned.map(({ upstream, id, prefixed }) => [upstream, id, prefixed])).toEqual([
      ['codex', 'crane-1', true],
      ['chatgpt', 'crane-1', false],
      ['openai', 'crane-1', true],
      ['gate', 'crane-1', undefined],
      ['codex', 'heron-1', undefined],
    ]);
    expect(assigned.map(({ contextWindow }) => contextWindow)).toEqual([1, 1, 1, 1, 1]);
    expect(assignBareIds('nowhere', 'codex', rows)).toEqual(rows);
  });
});

describe('efforts', () => {
  it('are the known ones of a list, in rising order', () => {
    expect(effortsIn(['max', 'none', 5, 'low', 'max'])).toEqual(['none', 'low', 'max']);
    expect(effortsIn('low')).toEqual([]);
    expect(effortsIn(undefined)).toEqual([]);
  });

  it('are recognised by their names', () => {
    for (const effort of efforts) expect(isEffort(effort)).toBe(true);
    for (const value of ['', 'LOW', 'huge', undefined, 5, ['low']]) expect(isEffort(value)).toBe(false);
  });
});
