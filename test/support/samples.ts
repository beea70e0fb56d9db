/** Sample values shared by several tests. */

import type { StreamHealth } from '../../src/ledger/health.ts';
import type { SpendingSums } from '../../src/ledger/spending.ts';
import type { Abilities } from '../../src/models/abilities.ts';
import type { RouteView } from '../../src/session/events.ts';
import type { Ending } from '../../src/translate/output.ts';

export const sampleRoute: RouteView = {
  routeClass: 'main',
  upstream: 'codex',
  model: 'gpt-5.5',
  effort: undefined,
  contextWindow: 272_000,
  costKind: 'plan',
};

export const sampleHealth: StreamHealth = {
  headersMs: 300,
  firstTokenMs: 900,
  durationMs: 4_200,
  longestSilenceMs: 3_100,
  pings: 2,
  retries: 1,
  bytes: 9,
};

export const sampleAbilities: Abilities = {
  images: 'yes',
  imagesInResults: 'yes',
  pdf: 'yes',
  parallelTools: 'yes',
  stopSequences: 'emulated',
  structuredOutput: 'yes',
  webSearch: 'yes',
  thinking: 'yes',
  countTokens: 'no',
};

/** What all sessions have spent: nothing, except for what is given. */
export const sampleSums = (spent: Partial<SpendingSums> = {}): SpendingSums => ({
  day: 'a day',
  week: '2026-11-16T00:00:00.000Z',
  weekEnd: '2026-11-23T00:00:00.000Z',
  month: '2026-11-01T00:00:00.000Z',
  monthEnd: '2026-12-01T00:00:00.000Z',
  meteredMicroUsd: 0,
  weekMicroUsd: 0,
  monthMicroUsd: 0,
  planMicroUsd: 0,
  repositoryMicroUsd: 0,
  isEstimated: false,
  isWeekEstimated: false,
  isMonthEstimated: false,
  ...spent,
});

/** The end of a complete response. */
export const sampleEnding: Ending = {
  end: {
    stopReason: 'end_turn',
    stopSequence: null,
    usage: { input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
  },
  abort: false,
  measured: true,
};
