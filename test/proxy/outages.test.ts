import { beforeEach, describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { Outages } from '../../src/proxy/outages.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { routeTo } from '../support/routing.ts';

let clock: FakeClock;
let outages: Outages;
beforeEach(() => {
  clock = new FakeClock();
  outages = new Outages(clock);
});
const heron = routeTo('heron-1').target;
const wren = routeTo('wren-1').target;
const wall = (retryAfterSec?: number) => new CcpError('plan_limit', 'used up', { retryAfterSec });
const failure = new CcpError('upstream_failed', 'broken');
const isOpen = () => !outages.isAvailable(heron);

describe('a wall', () => {
  it('keeps requests away until its reset, and not longer', () => {
    expect(isOpen()).toBe(false);
    outages.failed(heron, 'wall', wall(60));
    clock.advance(59_999);
    expect(isOpen()).toBe(true);
    expect(outages.isAvailable(wren)).toBe(true);
    clock.advance(1);
    expect(isOpen()).toBe(false);
  });

  it('is not trusted for more than ten minutes: limits are reset early', () => {
    outages.failed(heron, 'wall', wall(5 * 86_400));
    clock.advance(599_999);
    expect(isOpen()).toBe(true);
    clock.advance(1);
    expect(isOpen()).toBe(false);
  });

  it('without a time lasts for half a minute', () => {
    outages.failed(heron, 'wall', wall());
    clock.advance(29_999);
    expect(isOpen()).toBe(true);
    clock.advance(1);
    expect(isOpen()).toBe(false);
  });

  it('is asked about by one request at a time, and ends with an answer', () => {
    outages.failed(heron, 'wall', wall(60));
    clock.advance(60_000);
    expect([isOpen(), isOpen()]).toEqual([false, true]);
    outages.succeeded(heron);
    expect([isOpen(), isOpen()]).toEqual([false, false]);
  });
});

describe('a failing upstream', () => {
  it('is left alone with all its models, and an answer of one ends that', () => {
    for (let n = 0; n < 3; n++) outages.failed(heron, 'failure', failure);
    expect(outages.isAvailable(wren)).toBe(false);
    expect(outages.isAvailable(routeTo('heron-1', 'openai').target)).toBe(true);
    outages.succeeded(wren);
    expect(outages.isAvailable(heron)).toBe(true);
  });

  it('does not end the wall of another model', () => {
    outages.failed(heron, 'wall', wall(60));
    outages.succeeded(wren);
    expect([outages.isAvailable(heron), outages.isAvailable(wren)]).toEqual([false, true]);
  });

  it('is left alone for half a minute after three failures in a minute', () => {
    for (let n = 0; n < 2; n++) outages.failed(heron, 'failure', failure);
    expect([isOpen(), isOpen()]).toEqual([false, false]);
    outages.failed(heron, 'failure', failure);
    expect(isOpen()).toBe(true);
    clock.advance(30_000);
    expect(isOpen()).toBe(false);
    outages.failed(heron, 'failure', failure);
    expect(isOpen()).toBe(true);
  });

  it('is asked as before when its failures are further apart, or an answer came between them', () => {
    for (let n = 0; n < 5; n++) {
      outages.failed(heron, 'failure', failure);
      clock.advance(30_000);
    }
    expect(isOpen()).toBe(false);
    outages.succeeded(heron);
    for (let n = 0; n < 2; n++) outages.failed(heron, 'failure', failure);
    outages.succeeded(heron);
    outages.failed(heron, 'failure', failure);
    expect(isOpen()).toBe(false);
  });
});
