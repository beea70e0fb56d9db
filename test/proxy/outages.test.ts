import { beforeEach, describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { Outages } from '../../src/proxy/outages.ts';
import { FakeClock } from '../support/fake-clock.ts';

let clock: FakeClock;
let outages: Outages;
beforeEach(() => {
  clock = new FakeClock();
  outages = new Outages(clock);
});
const wall = (retryAfterSec?: number) => new CcpError('plan_limit', 'used up', { retryAfterSec });
const failure = new CcpError('upstream_failed', 'broken');
const isOpen = () => !outages.isAvailable('codex');

describe('a wall', () => {
  it('keeps requests away until its reset, and not longer', () => {
    expect(isOpen()).toBe(false);
    outages.failed('codex', 'wall', wall(60));
    clock.advance(59_999);
    expect(isOpen()).toBe(true);
    expect(outages.isAvailable('kimi')).toBe(true);
    clock.advance(1);
    expect(isOpen()).toBe(false);
  });

  it('is not trusted for more than ten minutes: limits are reset early', () => {
    outages.failed('codex', 'wall', wall(5 * 86_400));
    clock.advance(599_999);
    expect(isOpen()).toBe(true);
    clock.advance(1);
    expect(isOpen()).toBe(false);
  });

  it('without a time lasts for half a minute', () => {
    outages.failed('codex', 'wall', wall());
    clock.advance(29_999);
    expect(isOpen()).toBe(true);
    clock.advance(1);
    expect(isOpen()).toBe(false);
  });

  it('is asked about by one request at a time, and ends with an answer', () => {
    outages.failed('codex', 'wall', wall(60));
    clock.advance(60_000);
    expect([isOpen(), isOpen()]).toEqual([false, true]);
    outages.succeeded('codex');
    expect([isOpen(), isOpen()]).toEqual([false, false]);
  });
});

describe('a failing upstream', () => {
  it('is left alone for half a minute after three failures in a minute', () => {
    for (let n = 0; n < 2; n++) outages.failed('codex', 'failure', failure);
    expect([isOpen(), isOpen()]).toEqual([false, false]);
    outages.failed('codex', 'failure', failure);
    expect(isOpen()).toBe(true);
    clock.advance(30_000);
    expect(isOpen()).toBe(false);
    outages.failed('codex', 'failure', failure);
    expect(isOpen()).toBe(true);
  });

  it('is asked as before when its failures are further apart, or an answer came between them', () => {
    for (let n = 0; n < 5; n++) {
      outages.failed('codex', 'failure', failure);
      clock.advance(30_000);
    }
    expect(isOpen()).toBe(false);
    outages.succeeded('codex');
    for (let n = 0; n < 2; n++) outages.failed('codex', 'failure', failure);
    outages.succeeded('codex');
    outages.failed('codex', 'failure', failure);
    expect(isOpen()).toBe(false);
  });
});
