import { beforeEach, describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import type { CostKind } from '../../src/models/types.ts';
import { Outages } from '../../src/proxy/outages.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { memoryWalls } from '../support/memory-walls.ts';
import { routeTo } from '../support/routing.ts';

let clock: FakeClock;
let outages: Outages;
beforeEach(() => {
  clock = new FakeClock();
  outages = new Outages(clock, memoryWalls());
});
const asked = (model: string, upstream?: string, costKind: CostKind = 'metered') => ({
  target: routeTo(model, upstream).target,
  costKind,
  credential: 'own' as const,
});
const heron = asked('heron-1');
const wren = asked('wren-1');
const wall = (retryAfterSec?: number) => new CcpError('plan_limit', 'used up', { retryAfterSec });
const failure = new CcpError('upstream_failed', 'broken');
const isOpen = () => !outages.isAvailable(heron);

it('an upstream whose newest request failed is failing, until it answers or time has passed', () => {
  outages.failed(heron, 'failure', failure);
  outages.failed(wren, 'wall', wall(60));
  expect(outages.failing(600_000)).toEqual([heron.target.upstream]);
  const failedAt = clock.now();
  clock.advance(599_999);
  expect(outages.failing(600_000)).toEqual([heron.target.upstream]);
  clock.advance(1);
  expect(outages.failing(600_000)).toEqual([]);
  expect(outages.failing(900_000)).toEqual([heron.target.upstream]);
  // An answer to an earlier request says nothing.
  outages.succeeded(heron, failedAt - 1);
  expect(outages.failing(900_000)).toEqual([heron.target.upstream]);
  outages.succeeded(heron, clock.now());
  expect(outages.failing(900_000)).toEqual([]);
});

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
    outages.succeeded(heron, clock.now());
    expect([isOpen(), isOpen()]).toEqual([false, false]);
  });
});

describe('a failing upstream', () => {
  it('is left alone with all its models, and an answer of one ends that', () => {
    for (let n = 0; n < 3; n++) outages.failed(heron, 'failure', failure);
    expect(outages.isAvailable(wren)).toBe(false);
    expect(outages.isAvailable(asked('heron-1', 'openai'))).toBe(true);
    outages.succeeded(wren, clock.now());
    expect(outages.isAvailable(heron)).toBe(true);
  });

  it('does not end the wall of another model', () => {
    outages.failed(heron, 'wall', wall(60));
    outages.succeeded(wren, clock.now());
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
    outages.succeeded(heron, clock.now());
    for (let n = 0; n < 2; n++) outages.failed(heron, 'failure', failure);
    outages.succeeded(heron, clock.now());
    outages.failed(heron, 'failure', failure);
    expect(isOpen()).toBe(false);
  });
});

describe('the wall of a plan', () => {
  const plan = asked('heron-1', undefined, 'plan');
  const two = () => {
    const walls = memoryWalls();
    return [new Outages(clock, walls), new Outages(clock, walls), walls] as const;
  };

  it('that one session meets keeps the requests of the others away, until its reset', () => {
    const [one, other] = two();
    one.failed(plan, 'wall', wall(60));
    clock.advance(59_999);
    expect([one.isAvailable(plan), other.isAvailable(plan)]).toEqual([false, false]);
    // Another model of the plan has its own limit, and a key is not the plan's.
    expect(other.isAvailable(asked('wren-1', undefined, 'plan'))).toBe(true);
    expect(other.isAvailable(heron)).toBe(true);
    clock.advance(1);
    // One session asks, and the others wait for its result.
    expect([other.isAvailable(plan), one.isAvailable(plan)]).toEqual([true, false]);
    other.succeeded(plan, clock.now());
    expect([one.isAvailable(plan), other.isAvailable(plan)]).toEqual([true, true]);
  });

  it('is forgotten by all when one session gets an answer before its reset', () => {
    const [one, other] = two();
    one.failed(plan, 'wall', wall(600));
    other.succeeded(plan, clock.now());
    expect(one.isAvailable(plan)).toBe(true);
  });

  it('is not trusted for more than ten minutes, also when it was written with another clock', () => {
    const [one, other, walls] = two();
    one.failed(plan, 'wall', wall(86_400));
    clock.advance(599_999);
    expect(other.isAvailable(plan)).toBe(false);
    clock.advance(1);
    expect(other.isAvailable(plan)).toBe(true);
    walls.set('codex/heron-1', { until: clock.now() + 600_001, since: clock.now() });
    expect(other.isAvailable(plan)).toBe(true);
  });

  it('is shared only when the plan is used up: a rate limit is one session’s, and no quota ends it', () => {
    const [one, other] = two();
    one.failed(plan, 'wall', new CcpError('rate_limited', 'slow down', { retryAfterSec: 60 }));
    one.limitIsOver(plan, clock.now());
    expect([one.isAvailable(plan), other.isAvailable(plan)]).toEqual([false, true]);
    one.failed(plan, 'wall', wall(60));
    one.limitIsOver(plan, clock.now());
    expect(other.isAvailable(plan)).toBe(true);
  });

  it('met with a key or with Claude Code’s own login stays in its session', () => {
    for (const own of [heron, { ...plan, credential: 'client' as const }]) {
      const [one, other] = two();
      one.failed(own, 'wall', wall(60));
      expect([one.isAvailable(own), other.isAvailable(own)]).toEqual([false, true]);
      other.succeeded(own, clock.now());
      expect(one.isAvailable(own)).toBe(false);
    }
  });
});

it('an answer to a request that was sent before the failures says nothing about them', () => {
  const askedAt = clock.now();
  for (let failures = 0; failures < 2; failures += 1) {
    clock.advance(1_000);
    outages.failed(heron, 'failure', failure);
  }
  outages.succeeded(heron, askedAt);
  outages.failed(heron, 'failure', failure);
  expect(isOpen()).toBe(true);
});

it('an answer to a request that was sent before a limit does not end it', () => {
  const askedAt = clock.now();
  clock.advance(1_000);
  outages.failed(heron, 'wall', wall(60));
  outages.succeeded(heron, askedAt);
  expect(isOpen()).toBe(true);
});
