import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // CI counts from this report.
    reporters: process.env.CCP_TEST_REPORT ? ['default', 'json'] : ['default'],
    ...(process.env.CCP_TEST_REPORT ? { outputFile: { json: process.env.CCP_TEST_REPORT } } : {}),
    projects: [
      {
        test: {
          name: 'unit',
          // Ink draws only at the end where it believes to be in CI; the bundle replaces that check.
          env: { CI: 'false' },
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/e2e/**'],
          pool: 'threads',
          isolate: false,
          // Most of the time is spent waiting: for an upstream that is silent, for a back-off.
          maxWorkers: 4,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          // The real Claude Code on real terminals; two at a time is what two cores carry.
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
