import { describe, expect, it } from 'vitest';
import type { Abilities } from '../../src/models/abilities.ts';
import { impactOf } from '../../src/session/impact.ts';
import { initialState } from '../../src/session/state.ts';
import type { ModelChoice } from '../../src/session/ui.ts';
import { sampleAbilities, sampleRoute } from '../support/samples.ts';
import { startedRequest } from '../support/session-events.ts';

const price = { input: 0.1, cacheRead: 0.01, output: 0.5, source: 's', date: 'd' };
const choice: ModelChoice = {
  name: 'gpt-6-luna',
  upstream: 'codex',
  model: 'gpt-6-luna',
  contextWindow: 272_000,
  costKind: 'plan',
  price,
  isScripted: false,
  unlisted: false,
  unavailable: undefined,
  abilities: sampleAbilities,
  quota: undefined,
};
const route = sampleRoute;
const empty = initialState(0, [route]);
const used = { ...empty, contextTokens: 100_000, isContextKnown: true };
const windowLine = 'Window: 272k.';
const costLine = 'Cost: included in the plan (API: $0.1 in, $0.5 out per million tokens).';
const coldCache = 'Cache: cold; the size of the context is not known yet.';

describe('the impact of a switch', () => {
  it('is the window and the cost before the first turn', () => {
    expect(impactOf(choice, empty)).toEqual({ refused: false, lines: [windowLine, coldCache, costLine] });
  });

  it('includes the cold cache with its cost, and the lost reasoning', () => {
    expect(impactOf(choice, used)).toEqual({
      refused: false,
      lines: [
        'Window: 272k, 100k in use.',
        'Cache: cold, 100k tokens are sent again uncached (plan; ≈ $0.0100 by API).',
        'Reasoning of the current model is not carried over.',
        costLine,
      ],
    });
  });

  it('includes the used share of the plan, and what happens to running requests', () => {
    const busy = { ...empty, running: [startedRequest('a')] };
    expect(impactOf({ ...choice, quota: '5h 37 %' }, busy).lines).toEqual([
      windowLine,
      coldCache,
      costLine,
      'Limits: used 5h 37 %.',
      'Running requests finish on their current route.',
    ]);
  });

  it('concerns no history when the route class is not the main one', () => {
    expect(impactOf({ ...choice, contextWindow: 64_000 }, used, 'subagent')).toEqual({
      refused: false,
      lines: ['Window: 64k.', costLine],
    });
  });

  it('is none for the route in use', () => {
    expect(impactOf(choice, used, 'main', { ...choice, abilities: { ...sampleAbilities, webSearch: 'yes' } })).toEqual({
      refused: false,
      lines: ['Window: 272k, 100k in use.', 'This is the route in use.', costLine],
    });
  });

  it.each([
    ['upstream', { ...choice, upstream: 'openai' }],
    ['model', { ...choice, model: 'gpt-5.5' }],
  ])('is not that of the route in use when the %s differs', (_name, current) => {
    expect(impactOf(choice, empty, 'main', current).lines).toEqual([windowLine, coldCache, costLine]);
  });
});

describe('a history that does not fit', () => {
  const small = { ...choice, contextWindow: 64_000 };
  const main = (contextWindow: number) => ({ ...route, contextWindow });
  const compaction = (contextWindow: number) => ({
    ...route,
    routeClass: 'compaction' as const,
    model: 'heron-1',
    contextWindow,
  });

  it.each([
    ['the main route', [main(100_000)], 'codex/gpt-5.5'],
    ['the compaction route, if there is one', [main(272_000), compaction(100_000)], 'codex/heron-1'],
    ['the main route, if the compaction route is too small', [main(272_000), compaction(99_999)], 'codex/gpt-5.5'],
  ])('is compacted on %s', (_name, routes, name) => {
    const { lines, refused } = impactOf(small, { ...used, routes });
    expect(refused).toBe(false);
    expect(lines[0]).toBe(`Window: 100k in use do not fit 64k: the history is compacted on ${name} first.`);
  });

  it('is compacted on the route that a previous switch stored', () => {
    const { lines, refused } = impactOf(small, { ...used, routes: [main(64_000)], compactionRoute: 'kimi/k2.6' });
    expect(refused).toBe(false);
    expect(lines[0]).toContain('the history is compacted on kimi/k2.6 first.');
  });

  it('prevents the switch when no route can compact it', () => {
    const routes = [main(64_000), { ...route, routeClass: 'subagent' as const }];
    const { lines, refused } = impactOf(small, { ...used, routes });
    expect(refused).toBe(true);
    expect(lines[0]).toBe('Window: 100k in use do not fit 64k. Run /compact first.');
  });

  it('does not include one that fills the window exactly', () => {
    expect(impactOf({ ...choice, contextWindow: 100_000 }, used).lines[0]).toBe('Window: 100k, 100k in use.');
  });
});

describe('the abilities lost by a switch', () => {
  const current = { ...choice, model: 'gpt-5.5' };
  const lost = (abilities: Partial<Abilities>, before: Partial<Abilities> = {}) =>
    impactOf({ ...choice, abilities: { ...sampleAbilities, ...abilities } }, empty, 'main', {
      ...current,
      abilities: { ...sampleAbilities, ...before },
    }).lines.filter((line) => line.startsWith('Lost'));

  it.each<[string, Partial<Abilities>, string[]]>([
    ['refused', { webSearch: 'no' }, ['Lost: web search (refused).']],
    ['replaced by a note', { pdf: 'noted', countTokens: 'yes' }, ['Lost: PDFs (replaced by a note).']],
    ['emulated', { structuredOutput: 'emulated' }, ['Lost: structured output (emulated).']],
    ['equal or better', { stopSequences: 'yes', countTokens: 'emulated' }, []],
  ])('are listed when they are %s', (_name, abilities, wanted) => {
    expect(lost(abilities)).toEqual(wanted);
  });

  it('are all named', () => {
    const names = Object.keys(sampleAbilities);
    const all = (ability: string) => Object.fromEntries(names.map((name) => [name, ability]));
    expect(lost(all('no'), all('yes'))).toEqual([
      `Lost: ${[
        'images',
        'images in tool results',
        'PDFs',
        'parallel tools',
        'stop sequences',
        'structured output',
        'web search',
        'visible thinking',
        'exact token counts',
      ]
        .map((name) => `${name} (refused)`)
        .join(', ')}.`,
    ]);
  });
});

describe('the cost of a switch', () => {
  const costs = (extra: Partial<ModelChoice>) => {
    const { lines } = impactOf({ ...choice, ...extra }, used);
    return [lines.find((line) => line.startsWith('Cache')), lines.find((line) => line.startsWith('Cost'))];
  };
  const again = 'Cache: cold, 100k tokens are sent again uncached';
  const rates = '$0.1 in, $0.5 out per million tokens';
  const long = { input: 7, cacheRead: 0.1, output: 9 };

  it.each<[string, Partial<ModelChoice>, string, string]>([
    ['a metered model', { costKind: 'metered' }, ' (≈ $0.0100 once).', `Cost: ${rates}.`],
    ['a local model', { costKind: 'local' }, ', free.', 'Cost: local, free.'],
    ['a model without a price', { costKind: 'metered', price: undefined }, '.', 'Cost: price unknown.'],
    ['a plan without a price', { price: undefined }, '.', 'Cost: included in the plan (API: price unknown).'],
    [
      'a model with its own price of cache writes',
      { costKind: 'metered', price: { ...price, cacheWrite: 5 } },
      ' (≈ $0.5000 once).',
      `Cost: ${rates}.`,
    ],
    [
      'a context above the limit of the long rates',
      { costKind: 'metered', price: { ...price, longAbove: 99_999, long } },
      ' (≈ $0.7000 once).',
      `Cost: ${rates}.`,
    ],
    [
      'a context at the limit of the long rates',
      { costKind: 'metered', price: { ...price, longAbove: 100_000, long } },
      ' (≈ $0.0100 once).',
      `Cost: ${rates}.`,
    ],
    [
      'a model with long rates and no limit',
      { costKind: 'metered', price: { ...price, long } },
      ' (≈ $0.0100 once).',
      `Cost: ${rates}.`,
    ],
  ])('to %s is described', (_name, extra, cache, cost) => {
    expect(costs(extra)).toEqual([`${again}${cache}`, cost]);
  });
});
