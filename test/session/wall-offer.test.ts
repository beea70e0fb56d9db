import { describe, expect, it } from 'vitest';
import type { WallQuestion } from '../../src/session/events.ts';
import type { ModelChoice } from '../../src/session/ui.ts';
import { wallOffers } from '../../src/session/wall-offer.ts';
import { sampleAbilities } from '../support/samples.ts';

const price = (input: number) => ({ input, cacheRead: 0.1, output: 8, source: 's', date: 'd' });
const choice = (name: string, more: Partial<ModelChoice> = {}): ModelChoice => {
  const [upstream = '', model = ''] = name.split('/');
  return {
    name: model,
    upstream,
    model,
    contextWindow: 200_000,
    costKind: 'metered',
    price: price(2),
    isScripted: false,
    unlisted: false,
    unavailable: undefined,
    abilities: sampleAbilities,
    quota: undefined,
    ...more,
  };
};
const wall: WallQuestion = {
  id: 'wall_1',
  route: 'heron/heron-1',
  kind: 'plan',
  until: 9_000_000,
  waiting: 1,
  routeClass: 'main',
  inputTokens: 100_000,
  totalTokens: 100_000,
  hasImages: false,
  unavailable: [],
  isDecided: false,
};
const plan = choice('heron/heron-1', { costKind: 'plan' });
const names = (choices: ModelChoice[], more: Partial<WallQuestion> = {}) =>
  wallOffers({ ...wall, ...more }, [plan, ...choices]).map(({ model }) => model);

describe('the models offered at a limit', () => {
  it('are ordered by what the move costs: a plan, a local one, then the cheapest; an unknown price is last', () => {
    expect(
      names([
        choice('dear/m', { price: price(9) }),
        choice('local/m', { costKind: 'local' }),
        choice('plan/m', { costKind: 'plan' }),
      ]),
    ).toEqual(['plan/m', 'local/m', 'dear/m']);
    expect(
      names([choice('unknown/m', { price: undefined }), choice('dear/m'), choice('cheap/m', { price: price(1) })]),
    ).toEqual(['cheap/m', 'dear/m', 'unknown/m']);
  });

  it('are at most three, one of each upstream: the first of its list', () => {
    const four = ['a', 'b', 'c', 'd'].flatMap((name) => [choice(`${name}/best`), choice(`${name}/small`)]);
    expect(names(four)).toEqual(['a/best', 'b/best', 'c/best']);
  });

  it.each<[string, Partial<ModelChoice>, Partial<WallQuestion>]>([
    ['has no login', { unavailable: 'no login' }, {}],
    ['is scripted', { isScripted: true }, {}],
    ['is no longer listed', { unlisted: true }, {}],
    ['has a window that the request almost fills', { contextWindow: 111_000 }, {}],
    [
      'takes no images, when the request has some',
      { abilities: { ...sampleAbilities, images: 'no' } },
      { hasImages: true },
    ],
    ['is at a limit itself', {}, { unavailable: ['other/m'] }],
    ['is of an account that is at its limit', {}, { unavailable: ['other/*'] }],
  ])('do not include one that %s', (_name, more, question) => {
    expect(names([choice('other/m', more)], question)).toEqual([]);
    expect(names([choice('other/m')])).toEqual(['other/m']);
  });

  it('do not include the route, nor another model of the plan; of a rate limit they do', () => {
    const sister = choice('heron/heron-2', { costKind: 'plan' });
    expect(names([sister])).toEqual([]);
    expect(names([sister], { kind: 'rate' })).toEqual(['heron/heron-2']);
    expect(names([sister], { route: 'heron/heron-9' })).toEqual([]);
    const login = choice('heron#work/heron-1', { costKind: 'plan' });
    expect([names([login]), names([login], { kind: 'rate' })]).toEqual([[], []]);
  });

  it('say what the move costs, what is sent again, the window and the abilities lost', () => {
    const poor = { ...sampleAbilities, pdf: 'noted' as const };
    expect(wallOffers(wall, [plan, choice('other/m', { abilities: poor })])).toEqual([
      {
        model: 'other/m',
        cost: '≈ $0.2000 once',
        facts: ['100k tokens uncached', 'window 200k', 'loses PDFs (replaced by a note)'],
      },
    ]);
    const cost = (more: Partial<ModelChoice>) => wallOffers(wall, [plan, choice('other/m', more)])[0]?.cost;
    expect(cost({ costKind: 'plan' })).toBe('plan');
    expect(cost({ costKind: 'plan', quota: '5h 37 %' })).toBe('plan, used 5h 37 %');
    expect(cost({ costKind: 'local' })).toBe('local, free');
    expect(cost({ price: undefined })).toBe('price unknown');
    expect(wallOffers({ ...wall, totalTokens: 0 }, [plan, choice('other/m')])[0]?.facts).toEqual(['window 200k']);
  });
});
