import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/errors/table.ts';
import { initialState, type RequestView, type SessionState } from '../../src/session/state.ts';
import { statusLine } from '../../src/session/status-line.ts';
import { sampleHealth, sampleRoute } from '../support/samples.ts';
import { startedRequest } from '../support/session-events.ts';

const empty = initialState(0, [sampleRoute]);
const quota = { windows: [{ name: '5h', usedPercent: 37.4, resetsAt: 5 }], plan: undefined, credits: undefined };

describe('the status line', () => {
  it.each<[string, SessionState, string]>([
    ['an empty session', empty, 'ccp codex/gpt-5.5 · context not known yet, of 272k · no cost'],
    ['no route', initialState(0, []), 'ccp – · context not known yet · no cost'],
    [
      'no main route',
      initialState(0, [{ ...sampleRoute, routeClass: 'fast' }]),
      'ccp – · context not known yet · no cost',
    ],
    [
      'an effort and a context in use',
      { ...initialState(0, [{ ...sampleRoute, effort: 'high' }]), contextTokens: 100_000, isContextKnown: true },
      'ccp codex/gpt-5.5 high · context 100k/272k 37 % · no cost',
    ],
    [
      'the limits of the upstream in use',
      { ...empty, quotas: { codex: quota, kimi: { ...quota, windows: [] } } },
      'ccp codex/gpt-5.5 · context not known yet, of 272k · no cost · used 5h 37 %',
    ],
    [
      'limits without a window',
      { ...empty, quotas: { codex: { ...quota, windows: [] }, kimi: quota } },
      'ccp codex/gpt-5.5 · context not known yet, of 272k · no cost',
    ],
    [
      'limits and no route',
      { ...initialState(0, []), quotas: { codex: quota } },
      'ccp – · context not known yet · no cost',
    ],
    [
      'no 100 % before all is used',
      {
        ...empty,
        contextTokens: 271_500,
        isContextKnown: true,
        quotas: { codex: { ...quota, windows: [{ name: '5h', usedPercent: 99.7, resetsAt: undefined }] } },
      },
      'ccp codex/gpt-5.5 · context 272k/272k 99 % · no cost · used 5h 99 %',
    ],
  ])('shows %s', (_name, state, wanted) => {
    expect(statusLine(state)).toBe(wanted);
  });

  const ended = (verdict: Verdict, health: RequestView['health'] = sampleHealth): RequestView => ({
    ...startedRequest('a'),
    verdict,
    health,
  });
  const unsent = { ...sampleHealth, headersMs: undefined };

  it.each<[string, RequestView[], string]>([
    ['no request', [], 'no cost'],
    ['streams that ended well', [ended('complete'), ended('repaired'), ended('cancelled')], 'streams ok'],
    [
      'streams that failed',
      [ended('stalled'), ended('truncated'), ended('complete')],
      '2 of 3 streams failed, last complete',
    ],
    ['a request that the upstream refused', [ended('refused')], '1 of 1 streams failed, last refused'],
    ['a request that was never sent', [ended('refused', unsent)], 'no cost'],
    ['a refused request without measurements', [{ ...ended('refused'), health: undefined }], 'no cost'],
    ['a failure before the headers', [ended('stalled', unsent)], '1 of 1 streams failed, last stalled'],
  ])('reports %s', (_name, recent, wanted) => {
    expect(
      statusLine({ ...empty, recent })
        .split(' · ')
        .at(-1),
    ).toBe(wanted);
  });
});
