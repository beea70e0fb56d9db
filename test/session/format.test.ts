import { describe, expect, it } from 'vitest';
import { compact, costText, duration, receiptLine, usd } from '../../src/session/format.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState, type Totals } from '../../src/session/state.ts';
import { sampleHealth, sampleRoute } from '../support/samples.ts';
import { completedEvent, failedEvent, startedEvent } from '../support/session-events.ts';

const empty = initialState(0, [sampleRoute]);
const calm = { ...sampleHealth, retries: 0 };

describe('the receipt line', () => {
  it('contains requests, tokens, cost, duration and incidents', () => {
    const state = [startedEvent('a'), completedEvent('a', { health: calm })].reduce(reduce, empty);
    expect(receiptLine(state, 65_000)).toBe(
      'ccp: 1 request · tokens 107 in / 90 cached / 5 out · plan (≈ $0.0001 by API) · 1 min 5 s · no incidents',
    );
  });

  it('counts each kind of incomplete request, and the retries', () => {
    const ends = [
      completedEvent('a', { health: calm }),
      failedEvent('b', { health: calm }),
      failedEvent('c', { health: calm, verdict: 'stalled' }),
      failedEvent('d', { health: calm }),
    ];
    const line = receiptLine({ ...ends.reduce(reduce, empty), startedAt: 60_000 }, 65_000);
    expect(line).toMatch(/^ccp: 4 requests · .* · 5\.0 s · 2 truncated, 1 stalled$/);
    expect(receiptLine(reduce(empty, completedEvent('a')), 0)).toMatch(/ · 1 retried$/);
    expect(receiptLine(reduce(empty, failedEvent('a')), 0)).toMatch(/ · 1 truncated, 1 retried$/);
  });
});

describe('a receipt line with doubtful numbers', () => {
  it('marks estimates, and says that the ledger is incomplete', () => {
    const end = completedEvent('a', { health: calm, measured: false });
    expect(receiptLine([startedEvent('a'), end].reduce(reduce, empty), 0)).toContain('tokens ≈ 107 in');
    const warning = { type: 'warning', at: 1, id: 'ledger_1', message: 'The ledger cannot be written.' } as const;
    expect(receiptLine(reduce(empty, warning), 0)).toMatch(/ · the ledger is incomplete$/);
    expect(receiptLine(reduce(empty, { ...warning, id: 'r1' }), 0)).toMatch(/ · no incidents$/);
  });
});

describe('the cost', () => {
  const text = (totals: Partial<Totals>) => costText({ totals: { ...empty.totals, ...totals } });

  it.each<[string, Partial<Totals>, string]>([
    ['no request', {}, 'no cost'],
    ['metered requests', { byKind: { metered: 2 }, costMicroUsd: { metered: 1_500_000 } }, '$1.50'],
    ['metered requests without a price', { byKind: { metered: 1 } }, 'price unknown'],
    ['plan requests', { byKind: { plan: 1 }, costMicroUsd: { plan: 20_000 } }, 'plan (≈ $0.0200 by API)'],
    ['plan requests without a price', { byKind: { plan: 1 } }, 'plan'],
    ['local requests', { byKind: { local: 1 }, costMicroUsd: { local: 0 } }, 'local, no cost'],
    ['requests of an unknown kind', { byKind: { unknown: 1 } }, 'price unknown'],
    [
      'an estimated metered request',
      { byKind: { metered: 1 }, costMicroUsd: { metered: 5 }, estimated: 1 },
      '≈ $0.0000',
    ],
    [
      'all kinds, which are not added up',
      {
        byKind: { unknown: 1, local: 1, plan: 1, metered: 1 },
        costMicroUsd: { plan: 1_000_000, metered: 2_000_000 },
        estimated: 1,
      },
      '≈ $2.00 + plan (≈ $1.00 by API) + local, no cost + price unknown',
    ],
  ])('of %s is described', (_name, totals, wanted) => {
    expect(text(totals)).toBe(wanted);
  });
});

describe('a number', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1.0k'],
    [1_234, '1.2k'],
    [9_949, '9.9k'],
    [9_950, '10k'],
    [57_300, '57k'],
    [999_499, '999k'],
    [999_500, '1.00M'],
    [1_234_567, '1.23M'],
    [999_499_999, '999.50M'],
    [999_500_000, '1.00G'],
    [1_500_000_000, '1.50G'],
  ])('%i is shortened to %s', (count, wanted) => {
    expect(compact(count)).toBe(wanted);
  });

  it.each([
    [0, '$0.0000'],
    [29_000, '$0.0290'],
    [999_900, '$0.9999'],
    [1_000_000, '$1.00'],
    [12_345_678, '$12.35'],
  ])('%i of micro-dollars is %s', (microUsd, wanted) => {
    expect(usd(microUsd)).toBe(wanted);
  });

  it.each([
    [-5_000, '0.0 s'],
    [940, '0.9 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 0 s'],
    [61_000, '1 min 1 s'],
    [3_599_000, '59 min 59 s'],
    [3_600_000, '1 h 0 min'],
    [7_500_000, '2 h 5 min'],
  ])('%i of milliseconds is %s', (ms, wanted) => {
    expect(duration(ms)).toBe(wanted);
  });
});
