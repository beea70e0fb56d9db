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
    first.release();
    expect([await settled(third), await settled(fourth)]).toEqual(['admitted', 'admitted']);
    expect(budget.usedBytes).toBe(129 * MiB);
  });

  it('admits the next body when one turns out shorter than reserved', async () => {
    const budget = new BodyBudget(new FakeClock());
    const first = await budget.reserve(160 * MiB);
    const second = budget.reserve(64 * MiB);
    expect(await settled(second)).toBe('waiting');
    first.resize(2 * MiB);
    expect(await settled(second)).toBe('admitted');
    expect(budget.usedBytes).toBe(66 * MiB);
    first.release();
    expect(budget.usedBytes).toBe(64 * MiB);
  });

  it('never delays small bodies', async () => {
    const budget = new BodyBudget(new FakeClock());
    await budget.reserve(64 * MiB);
    await budget.reserve(64 * MiB);
    void budget.reserve(64 * MiB).catch(() => {});
    expect(await settled(budget.reserve(200 * 1024))).toBe('admitted');
    expect(budget.usedBytes).toBe(128 * MiB);
  });

  it('limits the sum to 160 MiB, and admits a single body of any size', async () => {
    const budget = new BodyBudget(new FakeClock());
    const held = await budget.reserve(200 * MiB);
    expect(await settled(budget.reserve(MiB))).toBe('waiting');
    held.release();
    await budget.reserve(159 * MiB);
    expect(budget.usedBytes).toBe(160 * MiB);
    expect(await settled(budget.reserve(256 * 1024 + 1))).toBe('waiting');
    expect(await settled(budget.reserve(256 * 1024))).toBe('admitted');
  });

  it('rejects the next body at once when 256 are waiting', async () => {
    const clock = new FakeClock();
    const budget = new BodyBudget(clock);
    await budget.reserve(160 * MiB);
    for (let n = 0; n < 256; n++) budget.reserve(MiB).catch(() => {});
    await expect(budget.reserve(MiB)).rejects.toMatchObject({
      code: 'rate_limited',
      message: 'ccp is handling too many large requests at the same time.',
    });
    clock.advance(7_999);
    expect(clock.pending).toBe(256);
    clock.advance(1);
    expect(clock.pending).toBe(0);
  });

  it('removes the body that waited too long from the queue, wherever it is', async () => {
    const clock = new FakeClock();
    const budget = new BodyBudget(clock);
    const held = await budget.reserve(160 * MiB);
    const first = budget.reserve(MiB);
    first.catch(() => {});
    clock.advance(5_000);
    const second = budget.reserve(2 * MiB);
    clock.advance(3_000);
    await expect(first).rejects.toMatchObject({ retryAfterSec: 5 });
    expect(await settled(second)).toBe('waiting');
    held.release();
    expect(await settled(second)).toBe('admitted');
    expect(budget.usedBytes).toBe(2 * MiB);
    expect(clock.pending).toBe(0);
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
