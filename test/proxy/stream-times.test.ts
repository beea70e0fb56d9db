import { beforeEach, expect, it } from 'vitest';
import { StreamTimes } from '../../src/proxy/stream-times.ts';
import { FakeClock } from '../support/fake-clock.ts';

let clock: FakeClock;
let times: StreamTimes;
const none = { pings: 0, retries: 0 };

beforeEach(() => {
  clock = new FakeClock();
  times = new StreamTimes(clock);
});

it('a request that was never sent has no times of a stream, and no silence', () => {
  clock.advance(700);
  expect(times.silenceMs).toBe(700);
  expect(times.health({ pings: 3, retries: 2 })).toEqual({
    sentMs: undefined,
    headersMs: undefined,
    firstTokenMs: undefined,
    durationMs: 700,
    longestSilenceMs: 0,
    pings: 3,
    retries: 2,
    bytes: 0,
  });
  times.attemptFailed();
  expect(times.health(none).longestSilenceMs).toBe(0);
});

it('times of an attempt count from the moment it was sent, rounded', () => {
  clock.advance(50.4);
  times.sent();
  clock.advance(100.6);
  expect(times.headers()).toBe(101);
  clock.advance(99.8);
  expect(times.firstToken()).toBe(200);
  clock.advance(10);
  expect(times.firstToken()).toBeUndefined();
  times.data(7);
  times.data(5);
  expect(times.health(none)).toEqual({
    sentMs: 50,
    headersMs: 101,
    firstTokenMs: 200,
    durationMs: 261,
    longestSilenceMs: 110,
    pings: 0,
    retries: 0,
    bytes: 12,
  });
});

it('an attempt has its own headers and first token', () => {
  times.sent();
  clock.advance(40);
  times.headers();
  times.firstToken();
  times.sent();
  expect(times.health(none)).toMatchObject({ headersMs: undefined, firstTokenMs: undefined });
  clock.advance(5);
  expect([times.headers(), times.firstToken()]).toEqual([5, 5]);
});

it('headers and first token before an attempt was sent count from the arrival', () => {
  clock.advance(30);
  expect([times.headers(), times.firstToken()]).toEqual([30, 30]);
});

it('the longest silence is the longest time between data, or since the last data', () => {
  times.sent();
  clock.advance(300);
  times.data(1);
  clock.advance(200);
  times.data(1);
  expect(times.health(none).longestSilenceMs).toBe(300);
  clock.advance(400);
  expect(times.silenceMs).toBe(400);
  expect(times.health(none).longestSilenceMs).toBe(400);
});

it('a failed attempt ends its silence, and the wait for the next one is none', () => {
  times.sent();
  clock.advance(100);
  times.attemptFailed();
  clock.advance(30);
  times.sent();
  clock.advance(20);
  expect(times.health(none).longestSilenceMs).toBe(100);
});

it('a retry keeps the silence before it', () => {
  times.sent();
  clock.advance(250);
  times.retry();
  clock.advance(1_000);
  times.sent();
  clock.advance(10);
  expect(times.health(none).longestSilenceMs).toBe(250);
});

it('a client that does not read is no silence of the upstream', () => {
  times.sent();
  clock.advance(500);
  times.clientReads();
  clock.advance(40);
  expect(times.health(none).longestSilenceMs).toBe(40);
});

it('time in which ccp holds the request is not elapsed, and no silence', () => {
  clock.advance(10);
  times.released();
  expect(times.elapsedMs).toBe(10);
  times.sent();
  times.held();
  clock.advance(1_000);
  times.held();
  clock.advance(500);
  expect(times.health(none).longestSilenceMs).toBe(0);
  times.released();
  expect(times.elapsedMs).toBe(10);
  clock.advance(5);
  expect(times.elapsedMs).toBe(15);
  expect(times.health(none)).toMatchObject({ durationMs: 1_515, longestSilenceMs: 5 });
  times.held();
  clock.advance(100);
  times.released();
  expect(times.elapsedMs).toBe(15);
});
