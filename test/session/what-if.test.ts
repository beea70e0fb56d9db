import { describe, expect, it } from 'vitest';
import { initialState, type RequestView } from '../../src/session/state.ts';
import { whatIf } from '../../src/session/what-if.ts';
import { sampleRoute } from '../support/samples.ts';
import { sampleTokens, startedRequest } from '../support/session-events.ts';

const compared = {
  name: 'claude-opus-5-5',
  price: { input: 4, cacheRead: 0.2, cacheWrite: 5, output: 20, source: 's', date: 'd' },
};
const state = (...recent: RequestView[]) => ({ ...initialState(0, [], compared), recent });
const turn: RequestView = { ...startedRequest('a'), route: sampleRoute, tokens: sampleTokens };

describe('the cost of the newest turn on the compared model', () => {
  it('is its list price for all tokens of the turn', () => {
    expect(whatIf(state(turn))).toEqual({ name: 'claude-opus-5-5', microUsd: 10 * 4 + 90 * 0.2 + 7 * 5 + 5 * 20 });
  });

  it('is that of the newest turn with a token count', () => {
    const newest = { ...turn, tokens: { ...sampleTokens, outputTokens: 6 } };
    const others = [
      { ...turn, requestClass: 'title' as const, tokens: { ...sampleTokens, outputTokens: 1_000 } },
      { ...turn, tokens: undefined },
    ];
    expect(whatIf(state(turn, newest, ...others))?.microUsd).toBe(213);
  });

  it.each([
    ['before the first turn', state()],
    ['before a turn has a token count', state({ ...turn, tokens: undefined })],
    ['for requests of other classes', state({ ...turn, requestClass: 'title' })],
    ['when the turn used that model', state({ ...turn, route: { ...sampleRoute, model: 'claude-opus-5-5' } })],
    [
      'when the turn used that model of a named upstream',
      {
        ...state({ ...turn, route: { ...sampleRoute, model: 'opus' } }),
        compared: { ...compared, name: 'anthropic/opus' },
      },
    ],
    ['without a compared model', { ...state(turn), compared: undefined }],
  ])('does not exist %s', (_name, session) => {
    expect(whatIf(session)).toBeUndefined();
  });

  it('is known for a turn without a route', () => {
    expect(whatIf(state({ ...turn, route: undefined }))?.microUsd).toBe(193);
  });
});
