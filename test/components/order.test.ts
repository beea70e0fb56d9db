import { describe, expect, it } from 'vitest';
import { newestFirst } from '../../components/meter/request-line.ts';
import { listed, type Order } from '../../components/request/order.ts';
import { phasesOf, waterfall } from '../../components/request/waterfall.ts';
import { columnsOf } from '../../src/session/columns.ts';
import type { RequestView } from '../../src/session/state.ts';
import { meterStates, noon } from '../support/meter-states.ts';

const state = meterStates.elsewhere ?? expect.fail('no such state');
const all = newestFirst(state);
const idsBy = (order: Order, filter = ''): string[] => listed(all, order, filter).map(({ id }) => id);

describe('the list of requests', () => {
  it('has each order', () => {
    expect(idsBy('newest').slice(0, 3)).toEqual(['req_else', 'req_035', 'req_034']);
    // A request that still runs may become the slowest.
    expect(idsBy('slowest')[0]).toBe('req_else');
    const durations = listed(all, 'slowest', '')
      .slice(1)
      .map(({ health }) => health?.durationMs ?? 0);
    expect(durations).toEqual(durations.toSorted((one, other) => other - one));
    expect(idsBy('least cached').slice(0, 2).sort()).toEqual(['req_012', 'req_022']);
    const sizes = listed(all, 'largest', '').map(({ tokens }) => tokens?.cacheReadTokens ?? -1);
    expect(sizes[0]).toBeGreaterThan(100_000);
    const costs = listed(all, 'most expensive', '').map(({ costMicroUsd }) => costMicroUsd ?? -1);
    expect(costs).toEqual(costs.toSorted((one, other) => other - one));
  });

  it('finds requests by words', () => {
    expect(idsBy('newest', 'miss')).toEqual(['req_012']);
    expect(idsBy('newest', 'elsewhere')).toEqual(['req_else']);
    expect(idsBy('newest', 'KIMI running')).toEqual(['req_else']);
    expect(idsBy('newest', 'subagent complete').length).toBe(5);
    expect(idsBy('newest', 'req_03').length).toBe(6);
    expect(idsBy('newest', 'no such thing')).toEqual([]);
    expect(idsBy('newest', '').length).toBe(37);
  });
});

describe('where the time of a request went', () => {
  const request = (id: string): RequestView => all.find((one) => one.id === id) ?? expect.fail(`no ${id}`);

  it('is a phase until each milestone', () => {
    expect(phasesOf(request('req_035'), noon)).toEqual([
      { name: 'waited', until: 40 },
      { name: 'headers', until: 400 },
      { name: 'first token', until: 900 },
      { name: 'text', until: 3_900 },
      { name: 'tools', until: request('req_035').health?.durationMs },
    ]);
  });

  it('goes on until now while the request runs, and is all queue while it is held', () => {
    expect(phasesOf(request('req_else'), noon).at(-1)).toEqual({ name: 'text', until: 8_000 });
    const held = { ...request('req_else'), sentAt: undefined, firstTokenMs: undefined, headersMs: undefined };
    expect(phasesOf(held, noon)).toEqual([{ name: 'waited', until: 8_000 }]);
  });

  it('ends at the end of a request that has not come as far', () => {
    const { health } = request('req_035');
    if (health === undefined) return expect.fail('no health');
    const refused = { ...request('req_035'), firstTokenMs: undefined, toolMs: undefined };
    const early = { ...refused, health: { ...health, firstTokenMs: undefined, durationMs: 500 } };
    expect(phasesOf(early, noon)).toEqual([
      { name: 'waited', until: 40 },
      { name: 'headers', until: 400 },
      { name: 'first token', until: 500 },
    ]);
  });

  it('is a bar of at most its width', () => {
    const cols = (id: string, scaleMs: number) =>
      waterfall(request(id), noon, 20, scaleMs).reduce((sum, { text }) => sum + columnsOf(text), 0);
    expect(cols('req_035', request('req_035').health?.durationMs ?? 0)).toBe(20);
    expect(cols('req_035', 1_000_000)).toBe(1);
  });
});
