import { describe, expect, it } from 'vitest';
import {
  durationMs,
  epochMs,
  retryAfterInText,
  retryAfterOf,
  secondsIn,
} from '../../../src/translate/failures/time.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

describe('a duration text', () => {
  it.each([
    ['20ms', 20],
    ['6m0s', 6 * minute],
    ['1h2m3.5s', hour + 2 * minute + 3.5 * second],
    ['2d', 48 * hour],
    ['1s500ms', 1.5 * second],
    ['0s', 0],
    ['6m 0s', undefined],
    ['soon', undefined],
    ['5', undefined],
    ['5w', undefined],
    ['in 5s', undefined],
    ['5s ago', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of %s is %s ms', (text, wanted) => {
    expect(durationMs(text)).toBe(wanted);
  });
});

describe('a time since 1970', () => {
  const inSeconds = Date.UTC(2026, 10, 20) / 1000;

  it.each([
    ['seconds', inSeconds, Date.UTC(2026, 10, 20)],
    ['milliseconds instead of seconds', inSeconds * 1000, Date.UTC(2026, 10, 20)],
    ['an implausible value', 1e11, undefined],
    ['the maximum', 3_999_999_999, 3_999_999_999_000],
    ['a value above the maximum', 4_000_000_000, undefined],
    ['one second', 1, 1_000],
    ['zero', 0, undefined],
    ['a negative number', -1, undefined],
    ['a string', '5', undefined],
    ['undefined', undefined, undefined],
  ])('is read from %s', (_name, value, wanted) => {
    expect(epochMs(value)).toBe(wanted);
  });
});

describe('a number of seconds', () => {
  it('is accepted from zero to forty days', () => {
    const maxSeconds = 40 * 24 * 3600;
    expect([0, 1.5, maxSeconds].map(secondsIn)).toEqual([0, 1.5, maxSeconds]);
    expect([-1, maxSeconds + 1, undefined, Number.NaN].map(secondsIn)).toEqual(Array(4).fill(undefined));
  });
});

describe('the wait in headers', () => {
  const now = Date.UTC(2026, 10, 20, 12);
  const wait = (headers: Record<string, string>) => retryAfterOf(headers, now);

  it.each([
    ['seconds', { 'retry-after': '7' }, 7],
    ['fractions of a second', { 'retry-after': ' 1.25 ' }, 1.25],
    ['zero', { 'retry-after': '0' }, 0],
    ['milliseconds', { 'retry-after-ms': '1500' }, 1.5],
    ['milliseconds first', { 'retry-after-ms': '1500', 'retry-after': '7' }, 1.5],
    ['invalid milliseconds', { 'retry-after-ms': 'x', 'retry-after': '7' }, 7],
    ['zero milliseconds', { 'retry-after-ms': '0', 'retry-after': '7' }, 7],
    ['infinite milliseconds', { 'retry-after-ms': 'Infinity', 'retry-after': '7' }, 7],
    ['a date', { 'retry-after': 'Fri, 20 Nov 2026 12:01:30 GMT' }, 90],
    ['a date in the past', { 'retry-after': 'Fri, 20 Nov 2026 11:00:00 GMT' }, 0],
    ['a text', { 'retry-after': 'later' }, undefined],
    ['a number and a text', { 'retry-after': '7 parrots' }, undefined],
    ['no header', {}, undefined],
  ])('is read from %s', (_name, headers, wanted) => {
    expect(wait(headers)).toBe(wanted);
  });
});

describe('the wait in a message', () => {
  it.each([
    ['Please try again in 1.2s.', 1.2],
    ['try again in 6m0s', 360],
    ['Retry after 250ms, please', 0.25],
    ['retry in 35 seconds', 35],
    ['TRY AGAIN AFTER 1 Minute', 60],
    ['try again in 2 hours', 7_200],
    ['try again in 1.5 minutes', 90],
    ['try again in 3seconds', 3],
    ['try again in 90 days', undefined],
    ['try again in 2000 hours', undefined],
    ['try again in a while', undefined],
    ['we try in 5s', undefined],
    ['try again in 5sx', undefined],
    ['', undefined],
  ])('of "%s" is %s s', (words, wanted) => {
    expect(retryAfterInText(words)).toBe(wanted);
  });
});
