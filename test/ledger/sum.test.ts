import { describe, expect, it } from 'vitest';
import type { LedgerRow } from '../../src/ledger/entry.ts';
import { type GroupBy, groupings, UsageSum } from '../../src/ledger/sum.ts';

const row = (extra: Partial<LedgerRow> = {}): LedgerRow => ({
  time: '2026-11-20T10:00:00.000Z',
  requestClass: 'turn',
  session: 's-one',
  repo: 'example.org/team/project',
  upstream: 'openai',
  model: 'gpt-5.5',
  inputTokens: 1,
  cacheReadTokens: 20,
  cacheWriteTokens: 300,
  outputTokens: 4_000,
  reasoningTokens: 50_000,
  measured: true,
  repeated: false,
  requests: 1,
  costMicroUsd: 7,
  costKind: 'metered',
  ...extra,
});

const none = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 };

function sumOf(rows: readonly LedgerRow[], by: GroupBy = 'model', dayOf = (time: string) => time.slice(0, 10)) {
  const sum = new UsageSum(by, dayOf);
  for (const one of rows) sum.add(one);
  return sum;
}
const keys = (rows: readonly LedgerRow[], by: GroupBy) =>
  sumOf(rows, by)
    .rows()
    .map(({ key }) => key);

describe('the sum of a group', () => {
  it('adds up each kind of token; reasoning is part of the output and not added to the total', () => {
    expect(sumOf([row(), row({ cacheWriteTokens: 0 })]).rows()).toEqual([
      {
        key: 'gpt-5.5',
        requests: 2,
        inputTokens: 2,
        cacheReadTokens: 40,
        cacheWriteTokens: 300,
        outputTokens: 8_000,
        reasoningTokens: 100_000,
        totalTokens: 8_342,
        costMicroUsd: 14,
        costKind: 'metered',
        estimated: 0,
        isCostEstimated: false,
        costs: [['metered', 14]],
      },
    ]);
  });

  it('is zero with an unknown cost kind when there is no row', () => {
    const empty = sumOf([]);
    expect(empty.rows()).toEqual([]);
    expect(empty.total).toEqual({
      ...none,
      key: 'total',
      requests: 0,
      totalTokens: 0,
      costMicroUsd: null,
      costKind: 'unknown',
      estimated: 0,
      isCostEstimated: false,
      costs: [],
    });
  });

  it('is included in the total for any grouping', () => {
    const { total } = sumOf([row(), row({ model: 'gpt-6-luna', costMicroUsd: 3 })]);
    expect(total).toMatchObject({ key: 'total', requests: 2, totalTokens: 2 * 4_321, costMicroUsd: 10 });
  });

  it('has a placeholder key for a missing member', () => {
    expect(keys([row({ repo: '' })], 'repo')).toEqual(['(none)']);
  });
});

describe('costs of different kinds', () => {
  it('are listed separately in a fixed order and never added up; the sum is the metered part', () => {
    const [sum] = sumOf([
      row({ costKind: 'local', costMicroUsd: undefined }),
      row({ costKind: 'plan', costMicroUsd: 500 }),
      row({ costKind: 'metered', costMicroUsd: 3 }),
      row({ costKind: 'unknown', costMicroUsd: undefined }),
      row({ costKind: 'plan', costMicroUsd: 40 }),
    ]).rows();
    expect(sum).toMatchObject({
      costKind: 'mixed',
      costMicroUsd: 3,
      costs: [
        ['metered', 3],
        ['plan', 540],
        ['local', undefined],
        ['unknown', undefined],
      ],
    });
  });

  it.each(['metered', 'plan', 'local', 'unknown'] as const)('%s alone is its own sum', (costKind) => {
    expect(sumOf([row({ costKind, costMicroUsd: 9 })]).total).toMatchObject({
      costKind,
      costMicroUsd: 9,
      costs: [[costKind, 9]],
    });
  });

  it('have no sum without a price', () => {
    expect(sumOf([row({ costMicroUsd: undefined })]).total).toMatchObject({ costMicroUsd: null });
  });

  it.each(['inputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'outputTokens'] as const)(
    'count as soon as a request has one token, even if only %s',
    (name) => {
      const failed = row({ ...none, costKind: 'plan', costMicroUsd: undefined });
      const paid = row();
      expect(sumOf([paid, failed]).total.costKind).toBe('metered');
      expect(sumOf([paid, { ...failed, [name]: 1 }]).total.costKind).toBe('mixed');
    },
  );
});

describe('estimated requests', () => {
  it('are those with tokens that were not measured', () => {
    const estimate = (extra: Partial<LedgerRow>) =>
      sumOf([row({ ...none, measured: false, ...extra })]).total.estimated;
    expect(estimate({ inputTokens: 5 })).toBe(1);
    expect(estimate({ outputTokens: 5 })).toBe(1);
    expect(estimate({ inputTokens: 1 })).toBe(1);
    expect(estimate({})).toBe(0);
    expect(estimate({ inputTokens: 5, measured: true })).toBe(0);
    expect(sumOf([row({ measured: false }), row({ measured: false }), row()]).total.estimated).toBe(2);
  });
});

it('a cost is an estimate when a metered part of it is one', () => {
  const isEstimated = (...rows: LedgerRow[]) => sumOf(rows).total.isCostEstimated;
  const metered = { costKind: 'metered' as const, costMicroUsd: 5 };
  expect(isEstimated(row({ ...metered, measured: true }))).toBe(false);
  expect(isEstimated(row({ ...metered, measured: true }), row({ ...metered, measured: false }))).toBe(true);
  expect(isEstimated(row({ ...metered, measured: true }), row({ costKind: 'unknown', measured: false }))).toBe(false);
  expect(isEstimated(row({ costKind: 'metered', costMicroUsd: undefined, measured: false }))).toBe(false);
  expect(isEstimated(row({ costKind: 'plan', costMicroUsd: 5, measured: false }))).toBe(false);
});

describe('the order of groups', () => {
  const at = (time: string, outputTokens: number) => row({ time, outputTokens });

  it('is by date for days, in the given time zone', () => {
    const rows = [
      at('2026-11-21T00:30:00.000Z', 1),
      at('2026-11-19T12:00:00.000Z', 1),
      at('2026-11-20T12:00:00.000Z', 9_000),
    ];
    expect(keys(rows, 'day')).toEqual(['2026-11-19', '2026-11-20', '2026-11-21']);
    expect(keys([...rows].reverse(), 'day')).toEqual(['2026-11-19', '2026-11-20', '2026-11-21']);
    const hourBack = (time: string) => new Date(Date.parse(time) - 3_600_000).toISOString().slice(0, 10);
    expect(
      sumOf(rows, 'day', hourBack)
        .rows()
        .map(({ key, requests }) => [key, requests]),
    ).toEqual([
      ['2026-11-19', 1],
      ['2026-11-20', 2],
    ]);
  });

  it('is by tokens, highest first, and then by name for other groups', () => {
    const named = (model: string, outputTokens: number) => row({ model, outputTokens });
    const wanted = ['large', 'a', 'b', 'small'];
    const rows = [named('b', 20), named('small', 5), named('a', 20), named('large', 900)];
    expect(keys(rows, 'model')).toEqual(wanted);
    expect(keys([...rows].reverse(), 'model')).toEqual(wanted);
  });

  it.each(groupings)('groups by %s', (by) => {
    const other = row({
      time: '2026-12-01T10:00:00.000Z',
      requestClass: 'title',
      session: 's-two',
      repo: 'example.org/other',
      upstream: 'kimi',
      model: 'k3',
    });
    const wanted = {
      day: ['2026-11-20', '2026-12-01'],
      week: ['2026-11-16', '2026-11-30'],
      month: ['2026-11', '2026-12'],
      class: ['title', 'turn'],
      model: ['gpt-5.5', 'k3'],
      upstream: ['kimi', 'openai'],
      repo: ['example.org/other', 'example.org/team/project'],
      session: ['s-one', 's-two'],
    };
    expect(keys([row(), other, row(), other], by)).toEqual(wanted[by]);
  });
});
