import { describe, expect, it } from 'vitest';
import { findModel, nameOf, suggestModels, windowOf, withoutWindowSuffix } from '../../src/models/find.ts';
import { birds, row } from '../support/routing.ts';

const upstreams = [
  { name: 'codex', hasPriorityTier: true },
  { name: 'openai', hasPriorityTier: false },
];
const catalogue = [...birds, row('owl-1', 8_000, { upstream: 'openai' }), row('nest/swift', 9_000)];
const find = (name: string) => {
  const found = findModel(name, catalogue, upstreams);
  return found && { ...found, row: found.row?.id };
};

describe('a model name', () => {
  it.each([
    ['its id', 'crane-1', { upstream: 'codex', model: 'crane-1', row: 'crane-1' }],
    ['blanks around it', '  crane-1 ', { upstream: 'codex', model: 'crane-1', row: 'crane-1' }],
    ['the window’s suffix', 'crane-1[1m]', { upstream: 'codex', model: 'crane-1', row: 'crane-1' }],
    ['the suffix in capitals', 'crane-1[1M]', { upstream: 'codex', model: 'crane-1', row: 'crane-1' }],
    ['upstream and id', 'codex/crane-1', { upstream: 'codex', model: 'crane-1', row: 'crane-1' }],
    ['an id of two upstreams', 'heron-1', { upstream: 'codex', model: 'heron-1', row: 'heron-1' }],
    ['an id that needs its upstream', 'openai/heron-1', { upstream: 'openai', model: 'heron-1', row: 'heron-1' }],
    ['a new model of a known upstream', 'openai/new-1', { upstream: 'openai', model: 'new-1', row: undefined }],
    ['a name with slashes', 'openai/a/b', { upstream: 'openai', model: 'a/b', row: undefined }],
    ['an id with a slash', 'codex/nest/swift', { upstream: 'codex', model: 'nest/swift', row: 'nest/swift' }],
  ])('is resolved from %s', (_name, typed, wanted) => {
    expect(find(typed)).toEqual(wanted);
  });

  it.each([
    'robin-1',
    'crane-1[2m]',
    'crane-1[1m] x',
    '[1m]',
    '',
    '/',
    '/crane-1',
    'codex/',
    'nowhere/crane-1',
    'nest/swift',
  ])('is not resolved from %j', (typed) => {
    expect(find(typed)).toBeUndefined();
  });

  it('requests the priority tier with the suffix -fast on a known model of an upstream that has one', () => {
    const fast = { upstream: 'codex', model: 'crane-1', row: 'crane-1', priority: true };
    expect(find('crane-1-fast')).toEqual(fast);
    expect(find('codex/crane-1-fast')).toEqual(fast);
    expect(find('crane-1-fast[1m]')).toEqual(fast);
    expect(find('owl-1-fast')).toBeUndefined();
    expect(find('robin-1-fast')).toBeUndefined();
    expect(find('-fast')).toBeUndefined();
    expect(find('openai/owl-1-fast')).toEqual({ upstream: 'openai', model: 'owl-1-fast', row: undefined });
    expect(find('codex/robin-1-fast')).toEqual({ upstream: 'codex', model: 'robin-1-fast', row: undefined });
    expect(findModel('crane-1-fast', catalogue, [{ name: 'openai', hasPriorityTier: true }])).toBeUndefined();
  });

  it('is the model itself when its own name has that suffix', () => {
    const own = [row('crane-1', 1), row('crane-1-fast', 2)];
    expect(findModel('crane-1-fast', own, upstreams)).toMatchObject({ model: 'crane-1-fast' });
    expect(findModel('crane-1-fast', own, upstreams)?.priority).toBeUndefined();
  });
});

describe('the displayed model name', () => {
  it.each(['crane-1', 'openai/heron-1', 'openai/new-1', 'crane-1-fast', 'codex/robin-1'])(
    'is what is typed for it: %s',
    (name) => {
      const found = findModel(name, catalogue, upstreams);
      expect(found && nameOf(found)).toBe(name);
    },
  );

  it('is the bare id when it identifies one upstream', () => {
    const target = { upstream: 'codex', model: 'crane-1', row: row('crane-1', 1) };
    expect(nameOf(target)).toBe('crane-1');
    expect(nameOf({ ...target, row: row('crane-1', 1, { prefixed: true }) })).toBe('codex/crane-1');
    expect(nameOf({ ...target, row: row('crane-1', 1, { prefixed: false }) })).toBe('crane-1');
  });

  it('loses the window suffix only at its end', () => {
    expect(withoutWindowSuffix('crane-1[1m]')).toBe('crane-1');
    expect(withoutWindowSuffix('[1m]crane-1')).toBe('[1m]crane-1');
    expect(withoutWindowSuffix('crane-1[1m][1m]')).toBe('crane-1[1m]');
  });
});

it('the window of an unknown model is the default', () => {
  expect(windowOf({ upstream: 'codex', model: 'x', row: undefined })).toBe(200_000);
  expect(windowOf({ upstream: 'codex', model: 'x', row: row('x', 5) })).toBe(5);
});

describe('suggestions for a mistyped name', () => {
  it('are names in the form to type, once each', () => {
    expect(suggestModels('crame-1', catalogue)).toEqual(['crane-1']);
    expect(suggestModels('crame-1[1m]', catalogue)).toEqual(['crane-1']);
    expect(suggestModels('heron-2', catalogue)).toEqual(['heron-1']);
    expect(suggestModels('heron-2', [row('heron-1', 1, { upstream: 'openai', prefixed: true })])).toEqual([
      'openai/heron-1',
    ]);
    expect(suggestModels('something-else-entirely', catalogue)).toEqual([]);
  });
});
