import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../src/session/events.ts';
import { type LedgerRequest, ledgerEntry } from '../../src/session/ledger-entry.ts';
import { isEnded, meteredCost, paidOf } from '../../src/session/paid.ts';
import { sampleHealth, sampleRoute } from '../support/samples.ts';
import { cancelledEvent, completedEvent, failedEvent, sampleTokens, startedEvent } from '../support/session-events.ts';

const incompleteUsage = {
  tokens: { ...sampleTokens, outputTokens: 3 },
  measured: false,
  costMicroUsd: 40,
  costKind: 'metered',
} as const;

describe('an ended request', () => {
  it.each<[string, SessionEvent, boolean]>([
    ['completed', completedEvent('a'), true],
    ['failed', failedEvent('a'), true],
    ['cancelled', cancelledEvent('a'), true],
    ['started', startedEvent('a'), false],
    ['silent', { type: 'ping', at: 1, id: 'a' }, false],
  ])('that is %s is recognized', (_name, event, wanted) => {
    expect(isEnded(event)).toBe(wanted);
  });

  it.each([
    ['completed, by API key', completedEvent('a', { costKind: 'metered', costMicroUsd: 70 }), 70],
    ['completed, by API key without a price', completedEvent('a', { costKind: 'metered', costMicroUsd: undefined }), 0],
    ['completed, by plan', completedEvent('a', { costKind: 'plan', costMicroUsd: 70 }), 0],
    ['failed after a part of the answer', failedEvent('a', { incompleteUsage }), 40],
    ['failed', failedEvent('a'), 0],
    ['cancelled after a part of the answer', cancelledEvent('a', { incompleteUsage }), 40],
    ['cancelled', cancelledEvent('a'), 0],
  ])('that is %s has its metered cost', (_name, event, wanted) => {
    expect(meteredCost(event)).toBe(wanted);
  });

  it('has no charge when nothing was generated', () => {
    expect(paidOf(failedEvent('a'))).toBeUndefined();
    expect(paidOf(cancelledEvent('a', { incompleteUsage }))).toEqual(incompleteUsage);
  });
});

describe('the ledger entry', () => {
  const at = Date.UTC(2026, 10, 20, 10);
  const context = { session: 's-one', repo: 'example.org/team/project' };
  const request: LedgerRequest = { requestClass: 'turn', requestedModel: 'heron-1', route: sampleRoute };
  const common = {
    version: 1,
    time: '2026-11-20T10:00:00.000Z',
    id: 'a',
    ...context,
    requestClass: 'turn',
    upstream: 'codex',
    model: 'gpt-5.5',
    health: sampleHealth,
  };
  const noCounts = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 };

  it('of a completed request has its usage, its cost and its stop reason', () => {
    const event = completedEvent('a', { at, costKind: 'metered', verdict: 'repaired' });
    expect(ledgerEntry(event, request, context)).toEqual({
      ...common,
      verdict: 'repaired',
      stopReason: 'end_turn',
      errorCode: '',
      ...sampleTokens,
      measured: true,
      costMicroUsd: 100,
      costKind: 'metered',
    });
  });

  it('of a failed request has its code, and no usage when nothing was generated', () => {
    expect(ledgerEntry(failedEvent('a', { at }), request, context)).toEqual({
      ...common,
      verdict: 'truncated',
      stopReason: '',
      errorCode: 'truncated',
      ...noCounts,
      measured: false,
      costMicroUsd: null,
      costKind: 'plan',
    });
  });

  it('of a cancelled request has the usage of the incomplete answer', () => {
    expect(ledgerEntry(cancelledEvent('a', { at, incompleteUsage }), request, context)).toEqual({
      ...common,
      verdict: 'cancelled',
      stopReason: '',
      errorCode: '',
      ...sampleTokens,
      outputTokens: 3,
      measured: false,
      costMicroUsd: 40,
      costKind: 'metered',
    });
  });

  it('of a request without a route has the requested model', () => {
    expect(ledgerEntry(failedEvent('a', { at }), { ...request, route: undefined }, context)).toMatchObject({
      upstream: '',
      model: 'heron-1',
      costKind: 'unknown',
    });
  });

  it('does not exist for a request that was rejected before it started', () => {
    expect(ledgerEntry(failedEvent('a'), undefined, context)).toBeUndefined();
  });
});
