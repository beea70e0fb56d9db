import { describe, expect, it } from 'vitest';
import { BodyBudget } from '../../src/proxy/body-budget.ts';
import { FakeClock } from '../support/fake-clock.ts';

const MiB = 1024 * 1024;
const settled = async (promise: Promise<unknown>) => {
  let state = 'waiting';
  promise.then(
    () => (state = 'admitted'),
    () => (state = 'rejected'),
  );
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  return state;
};

describe('the memory of request bodies', () => {
  it('admits large bodies up to the limit, and the next one when one is released, in order', async () => {
    const budget = new BodyBudget(new FakeClock());
    const first = await budget.reserve(64 * MiB);
    await budget.reserve(64 * MiB);
    const [third, fourth] = [budget.reserve(64 * MiB), budget.reserve(MiB)];
    // The small one would fit, but waits behind the large one.
    expect([await settled(third), await settled(fourth)]).toEqual(['waiting', 'waiting']);
    first();
    expect([await settled(third), await settled(fourth)]).toEqual(['admitted', 'admitted']);
    expect(budget.usedBytes).toBe(129 * MiB);
  });

  it('never delays small bodies', async () => {
    const budget = new BodyBudget(new FakeClock());
    await budget.reserve(64 * MiB);
    await budget.reserve(64 * MiB);
    void budget.reserve(64 * MiB).catch(() => {});
    expect(await settled(budget.reserve(200 * 1024))).toBe('admitted');
    expect(budget.usedBytes).toBe(128 * MiB);
  });

  it('rejects a body with a delay to retry when none is released in time, and admits the one behind it', async () => {
    const clock = new FakeClock();
    const budget = new BodyBudget(clock);
    await budget.reserve(64 * MiB);
    await budget.reserve(64 * MiB);
    const [large, small] = [budget.reserve(64 * MiB), budget.reserve(MiB)];
    large.catch(() => {});
    clock.advance(8_000);
    await expect(large).rejects.toMatchObject({ code: 'rate_limited', retryAfterSec: 5 });
    expect(await settled(small)).toBe('admitted');
  });
});
