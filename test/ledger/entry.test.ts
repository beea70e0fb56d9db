import { describe, expect, it } from 'vitest';
import { encodeEntry, type LedgerEntry, ledgerVersion, readEntry } from '../../src/ledger/entry.ts';
import { sampleHealth } from '../support/samples.ts';

const entry: LedgerEntry = {
  version: ledgerVersion,
  time: '2026-11-20T10:00:00.000Z',
  id: 'r-1',
  session: 's-one',
  repo: 'example.org/team/project',
  requestClass: 'turn',
  upstream: 'openai',
  model: 'gpt-5.5',
  verdict: 'complete',
  stopReason: 'end_turn',
  errorCode: '',
  inputTokens: 1,
  cacheReadTokens: 2,
  cacheWriteTokens: 3,
  outputTokens: 4,
  reasoningTokens: 5,
  measured: true,
  costMicroUsd: 6,
  costKind: 'metered',
  health: sampleHealth,
};
const read = (extra: object) => readEntry(JSON.stringify({ ...entry, ...extra }));

describe('a ledger line', () => {
  it('is a single line, from which the members for sums are read back', () => {
    const line = encodeEntry(entry);
    expect(line.endsWith('}\n')).toBe(true);
    expect(line.slice(0, -1)).not.toContain('\n');
    expect(readEntry(line.slice(0, -1))).toEqual({
      time: '2026-11-20T10:00:00.000Z',
      requestClass: 'turn',
      model: 'gpt-5.5',
      session: 's-one',
      repo: 'example.org/team/project',
      upstream: 'openai',
      inputTokens: 1,
      cacheReadTokens: 2,
      cacheWriteTokens: 3,
      outputTokens: 4,
      reasoningTokens: 5,
      measured: true,
      costMicroUsd: 6,
      costKind: 'metered',
      repeated: false,
      requests: 1,
    });
  });

  it('requires only a time and a model', () => {
    expect(readEntry('{"time":"2026-11-20T10:00:00.000Z","model":"m"}')).toEqual({
      time: '2026-11-20T10:00:00.000Z',
      requestClass: '',
      model: 'm',
      session: '',
      repo: '',
      upstream: '',
      inputTokens: 0,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      measured: true,
      costMicroUsd: undefined,
      costKind: 'unknown',
      repeated: false,
      requests: 1,
    });
  });

  it.each([
    ['an array', '[1]'],
    ['null', 'null'],
    ['no time', '{"model":"m"}'],
    ['no model', '{"time":"2026-11-20T10:00:00.000Z"}'],
    ['a time of another type', '{"time":5,"model":"m"}'],
    ['an invalid time', '{"time":"yesterday","model":"m"}'],
    ['a thirteenth month', '{"time":"2026-13-20T10:00:00.000Z","model":"m"}'],
    ['a twenty-fifth hour', '{"time":"2026-11-20T25:00:00.000Z","model":"m"}'],
    ['text after the time', '{"time":"2026-11-20T10:00:00.000Z and more","model":"m"}'],
    ['text before the time', '{"time":"at 2026-11-20T10:00:00.000Z!","model":"m"}'],
    ['a line truncated in the middle of health', JSON.stringify(entry).slice(0, -20)],
    ['a line truncated before the last brace', JSON.stringify(entry).slice(0, -1)],
    ['an empty line', ''],
  ])('is ignored with %s', (_name, line) => {
    expect(readEntry(line)).toBeUndefined();
  });

  it('accepts a time with an offset and of any year', () => {
    expect(read({ time: '2026-11-20T10:00:00+02:00' })?.time).toBe('2026-11-20T10:00:00+02:00');
    expect(read({ time: '1999-12-31T23:59:59.999Z' })?.time).toBe('1999-12-31T23:59:59.999Z');
  });

  it('is read with members after health, and with a model name that contains the health marker', () => {
    expect(readEntry(`${JSON.stringify(entry).slice(0, -1)},"more":{"a":{}}}`)?.costMicroUsd).toBe(6);
    expect(read({ model: ',"health":{' })?.model).toBe(',"health":{');
  });
});

describe('a ledger number', () => {
  it.each([
    ['zero', 0, 0],
    ['one', 1, 1],
    ['the maximum', 1e12 - 1, 1e12 - 1],
    ['above the maximum', 1e12, 0],
    ['negative', -1, 0],
    ['a string', '5', 0],
    ['null', null, 0],
  ])('that is %s is used or replaced by zero', (_name, value, wanted) => {
    expect(read({ inputTokens: value })?.inputTokens).toBe(wanted);
    expect(read({ cacheReadTokens: value })?.cacheReadTokens).toBe(wanted);
    expect(read({ cacheWriteTokens: value })?.cacheWriteTokens).toBe(wanted);
    expect(read({ outputTokens: value })?.outputTokens).toBe(wanted);
    expect(read({ reasoningTokens: value })?.reasoningTokens).toBe(wanted);
  });

  it('distinguishes an unknown cost from a cost of zero', () => {
    expect(read({ costMicroUsd: null })?.costMicroUsd).toBeUndefined();
    expect(read({ costMicroUsd: 0 })?.costMicroUsd).toBe(0);
    expect(read({ costMicroUsd: -4 })?.costMicroUsd).toBe(0);
  });
});

it('only a line with measured: false is an estimate', () => {
  expect(read({ measured: false })?.measured).toBe(false);
  expect(read({ measured: undefined })?.measured).toBe(true);
  expect(read({ measured: 0 })?.measured).toBe(true);
});

it.each([
  ['metered', 'metered'],
  ['plan', 'plan'],
  ['local', 'local'],
  ['unknown', 'unknown'],
  ['free', 'unknown'],
  [undefined, 'unknown'],
])('the cost kind %s is read as %s', (written, wanted) => {
  expect(read({ costKind: written })?.costKind).toBe(wanted);
});
