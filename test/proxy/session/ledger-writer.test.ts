import { expect, it } from 'vitest';
import type { LedgerEntry } from '../../../src/ledger/entry.ts';
import { ledgerWriter } from '../../../src/proxy/session/ledger-writer.ts';
import { sampleRoute } from '../../support/samples.ts';
import {
  cancelledEvent,
  completedEvent,
  failedEvent,
  routedEvent,
  startedEvent,
} from '../../support/session-events.ts';

function make() {
  const ledger: LedgerEntry[] = [];
  const logged: unknown[][] = [];
  const write = ledgerWriter({
    identity: { session: 's', repo: '/r' },
    money: { appendLedger: (entry: LedgerEntry) => ledger.push(entry) },
    ports: { log: { info: (...args: unknown[]) => logged.push(args) } },
  } as unknown as Parameters<typeof ledgerWriter>[0]);
  return { write, ledger, logged };
}

it('each request that ended is one line of the ledger and of the log, with its route', () => {
  const { write, ledger, logged } = make();
  for (const event of [startedEvent('a'), startedEvent('b', { requestClass: 'subagent' }), routedEvent('b')])
    write(event);
  expect(ledger).toEqual([]);
  write(completedEvent('b'));
  write(cancelledEvent('a'));
  expect(ledger).toMatchObject([
    { id: 'b', session: 's', repo: '/r', requestClass: 'subagent', model: sampleRoute.model, verdict: 'complete' },
    { id: 'a', requestClass: 'turn', upstream: '', model: 'gpt-5.5', verdict: 'cancelled' },
  ]);
  expect(logged).toMatchObject([
    [{ id: 'b', route: sampleRoute, requestClass: 'subagent' }, 'completed'],
    [{ id: 'a', requestClass: 'turn' }, 'cancelled'],
  ]);
});

it('a request that was rejected before it started is in the log only', () => {
  const { write, ledger, logged } = make();
  write(routedEvent('a'));
  write(failedEvent('a'));
  expect(ledger).toEqual([]);
  expect(logged).toMatchObject([[{ id: 'a' }, 'failed']]);
});

it('a request that ended is forgotten', () => {
  const { write, ledger } = make();
  for (const event of [startedEvent('a'), completedEvent('a'), completedEvent('a')]) write(event);
  expect(ledger).toHaveLength(1);
});
