import { defineConfig } from 'vitest/config';

/** `expect.poll` returns as soon as its condition holds. The limit is long for busy machines. */
const pollLimits = { timeout: 15_000 };

export default defineConfig({
  test: {
    // CI reads the test counts from this report.
    reporters: process.env.CCP_TEST_REPORT ? ['default', 'json'] : ['default'],
    ...(process.env.CCP_TEST_REPORT ? { outputFile: { json: process.env.CCP_TEST_REPORT } } : {}),
    projects: [
      {
        test: {
          name: 'unit',
          expect: { poll: pollLimits },
          // Ink renders only the last frame when it detects CI. The bundle replaces that check.
          env: { CI: 'false' },
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/e2e/**', 'test/fuzz/**'],
          pool: 'threads',
          isolate: false,
          // Each worker imports every package once, which costs more than the tests of a small file. Tests that wait for
          // a silent upstream or a back-off delay overlap instead.
          maxWorkers: 4,
          maxConcurrency: 8,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['test/fuzz/**/*.test.ts'],
          pool: 'threads',
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: ['test/support/e2e-setup.ts'],
          expect: { poll: pollLimits },
          // The real Claude Code on real terminals. Two workers are the limit for two cores.
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
