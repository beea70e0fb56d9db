/** Waits for a condition with a short interval and a timeout that is long enough for busy machines. */
import { vi } from 'vitest';

/** @throws Error when the condition is still false after 15 s. */
export async function until(condition: () => unknown): Promise<void> {
  await vi.waitUntil(() => Boolean(condition()), { timeout: 15_000, interval: 5 });
}
