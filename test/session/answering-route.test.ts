/** Which route the meter and the status line show as that of the conversation. */
import { describe, expect, it } from 'vitest';
import { answeringRoute } from '../../src/session/answering-route.ts';
import { initialState, type RequestView, type SessionState } from '../../src/session/state.ts';
import { statusLine } from '../../src/session/status-line.ts';
import { sampleRoute } from '../support/samples.ts';
import { startedRequest } from '../support/session-events.ts';

const main = { ...sampleRoute, effort: 'high' };
const other = { ...sampleRoute, upstream: 'kimi', model: 'k9', contextWindow: 100_000 };
const turn = (route: RequestView['route'], startedAt: number, requestClass: RequestView['requestClass'] = 'turn') => ({
  ...startedRequest(`r${startedAt}`),
  route,
  startedAt,
  requestClass,
});
const state = (change: Partial<SessionState>): SessionState => ({ ...initialState(0, [main]), ...change });
const switched = { at: 5, routeClass: 'main', from: 'a', to: 'b' } as const;

describe('the route of the conversation', () => {
  it.each<[string, SessionState, unknown]>([
    ['before the first turn', state({}), main],
    ['after a turn on the main route', state({ recent: [turn(sampleRoute, 1)] }), main],
    ['after a turn on a model that was requested by name', state({ recent: [turn(other, 1)] }), other],
    ['while such a turn runs', state({ recent: [turn(sampleRoute, 1)], running: [turn(other, 2)] }), other],
    ['after a later turn on the main route', state({ recent: [turn(other, 1), turn(sampleRoute, 2)] }), main],
    ['after requests of other classes', state({ recent: [turn(other, 1, 'subagent'), turn(other, 2, 'title')] }), main],
    ['while a turn has no route yet', state({ recent: [turn(other, 1)], running: [turn(undefined, 2)] }), other],
    ['after a later switch', state({ recent: [turn(other, 4)], switches: [switched] }), main],
    ['after an earlier switch', state({ recent: [turn(other, 6)], switches: [switched] }), other],
    [
      'after a switch of another class',
      state({ recent: [turn(other, 4)], switches: [{ ...switched, routeClass: 'fast' }] }),
      other,
    ],
    ['without routes', initialState(0, []), undefined],
  ])('%s', (_name, given, route) => {
    expect(answeringRoute(given)).toBe(route);
  });

  it('gives the status line its model, window and limits', () => {
    const windows = [{ name: '5h', usedPercent: 37.4, resetsAt: 5 }];
    const quotas = { kimi: { windows, plan: undefined, credits: undefined } };
    const line = statusLine(state({ recent: [turn(other, 1)], contextTokens: 50_000, isContextKnown: true, quotas }));
    expect(line).toMatch(/^ccp kimi\/k9 · context 50k\/100k 50 % · .*used 5h 37 %/);
  });
});
