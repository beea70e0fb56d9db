import { expect, it } from 'vitest';
import { receiptJson } from '../../src/session/receipt-file.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState } from '../../src/session/state.ts';
import { sampleRoute } from '../support/samples.ts';
import { completedEvent, sampleTokens } from '../support/session-events.ts';

const startedAt = Date.UTC(2026, 10, 20, 10);
const quota = { windows: [{ name: '5h', usedPercent: 37, resetsAt: undefined }], plan: 'plus', credits: undefined };
const budgets = [{ name: 'day', limitMicroUsd: 20, spentMicroUsd: 3, allowedMicroUsd: 0, isEstimated: false }] as const;

it('the receipt file contains usage, cost, switches and incidents, with ISO times', () => {
  const state = [
    completedEvent('a', { route: sampleRoute, measured: false }),
    {
      type: 'route_changed',
      at: startedAt + 1_000,
      id: 'b',
      route: { ...sampleRoute, model: 'heron-1' },
      previous: 'codex/gpt-5.5',
    } as const,
    { type: 'quota', at: startedAt, id: 'c', upstream: 'codex', quota } as const,
    {
      type: 'spending',
      at: startedAt,
      id: 'd',
      today: { meteredMicroUsd: 3, planMicroUsd: 0, isEstimated: false },
      budgets,
      asking: undefined,
    } as const,
  ].reduce(reduce, initialState(startedAt, [sampleRoute]));
  const text = receiptJson(state, { session: 's-one', endedAt: startedAt + 60_000, exitCode: 3 });
  expect(text.startsWith('{\n  "version": 1,\n')).toBe(true);
  expect(text.endsWith('}\n')).toBe(true);
  const tokens = { ...sampleTokens, totalTokens: 10 + 90 + 7 + 5 };
  expect(JSON.parse(text)).toEqual({
    version: 1,
    session: 's-one',
    startedAt: '2026-11-20T10:00:00.000Z',
    endedAt: '2026-11-20T10:01:00.000Z',
    exitCode: 3,
    requests: 1,
    estimatedRequests: 1,
    failed: 0,
    tokens,
    costMicroUsd: { plan: 100 },
    requestsByCostKind: { plan: 1 },
    verdicts: { complete: 1 },
    retries: 1,
    pings: 2,
    longestSilenceMs: 3_100,
    models: [{ upstream: 'codex', model: 'gpt-5.5', requests: 1, tokens, costMicroUsd: { plan: 100 } }],
    switches: [{ at: '2026-11-20T10:00:01.000Z', routeClass: 'main', from: 'codex/gpt-5.5', to: 'codex/heron-1' }],
    incidents: [
      {
        at: '2026-11-20T10:00:01.000Z',
        id: 'b',
        message: 'main switched from codex/gpt-5.5 to codex/heron-1',
      },
    ],
    quotas: { codex: { windows: [{ name: '5h', usedPercent: 37 }], plan: 'plus' } },
    budgets,
  });
});

it('the receipt file of a session without requests has no budgets', () => {
  const text = receiptJson(initialState(startedAt, []), { session: 's', endedAt: startedAt, exitCode: 0 });
  expect(JSON.parse(text)).toMatchObject({ requests: 0, models: [], switches: [], incidents: [], budgets: [] });
});
