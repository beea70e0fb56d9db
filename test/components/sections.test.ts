/** The sections of the meter, as texts. */
import { describe, expect, it } from 'vitest';
import { contextGauge } from '../../components/meter/context.ts';
import { fact, fitFacts } from '../../components/meter/facts.ts';
import { partsGauge } from '../../components/meter/gauge.ts';
import { newestIncident } from '../../components/meter/incidents.ts';
import { textOf } from '../../components/meter/line.ts';
import { costLines } from '../../components/meter/money.ts';
import { pictureLines } from '../../components/meter/session-picture.ts';
import { sideLines } from '../../components/meter/side-lines.ts';
import { lastBadText } from '../../components/meter/streams.ts';
import { whoLines } from '../../components/meter/who.ts';
import { themeFor } from '../../components/theme.ts';
import { columnsOf } from '../../src/session/columns.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState, type SessionState } from '../../src/session/state.ts';
import { sampleRoute as route } from '../support/samples.ts';
import { completedEvent, failedEvent, routedEvent, startedEvent } from '../support/session-events.ts';

process.env.TZ = 'UTC';
const stateAfter = (...events: SessionEvent[]): SessionState => events.reduce(reduce, initialState(0, [route]));
const other = { ...route, upstream: 'kimi', model: 'k3' };

describe('who answers', () => {
  const elsewhere = [startedEvent('a', { at: 5 }), routedEvent('a', other)];
  const texts = (state: SessionState) => whoLines(state, 40).map(textOf).join('\n');

  it('forgets where a request went when its route was switched afterwards', () => {
    expect(texts(stateAfter(...elsewhere))).toContain('↪ kimi/k3 (plan): slot');
    const switched: SessionEvent = { type: 'route_changed', at: 6, id: 's', route, previous: 'kimi/k9' };
    expect(texts(stateAfter(...elsewhere, switched))).not.toContain('↪');
    // A switch of another class does not concern it.
    const fast = { ...route, routeClass: 'fast' as const };
    expect(texts(stateAfter(...elsewhere, { ...switched, route: fast }))).toContain('↪');
  });
});

describe('the gauge of the context', () => {
  it('marks where Claude Code compacts, also when it is told a scaled usage', () => {
    const markAt = (usageScale: number) =>
      contextGauge({ ...stateAfter(), usageScale }, 100)
        .map(({ text }) => text)
        .join('')
        .indexOf('┊');
    expect(markAt(1)).toBe(88);
    expect(markAt(2)).toBe(44);
  });
});

describe('a gauge of parts', () => {
  const drawn = (shares: readonly number[]) =>
    partsGauge(
      shares.map((share, index) => ({
        share,
        tone: (['system', 'tools', 'history', 'newest'] as const)[index] ?? 'system',
      })),
      20,
      undefined,
    )
      .map(({ text }) => text)
      .join('');

  it('is full only when all is used, and shows every part', () => {
    expect(drawn([0.03, 0.05, 0.85, 0.02])).toBe('▓▒████████████████▚░');
    expect(drawn([0.05, 0.05, 0.88, 0.02])).not.toContain('░');
    expect(drawn([0, 0, 0.001, 0])).toBe(`█${'░'.repeat(19)}`);
    expect(drawn([0, 0, 0.999, 0.0001])).toBe(`${'█'.repeat(18)}▚░`);
  });
});

describe('the costs of several kinds', () => {
  it('stay within the width, those that are paid for first', () => {
    const costs = { metered: 4_600, plan: 12_300 };
    const base = stateAfter();
    const totals = { ...base.totals, byKind: { metered: 1, plan: 1, local: 1, unknown: 1 }, costMicroUsd: costs };
    for (const width of [29, 37, 45]) {
      const rows = costLines({ ...base, totals }, width).map(textOf);
      expect(rows.every((row) => columnsOf(row) <= width)).toBe(true);
      expect(rows.find((row) => row.startsWith('session'))).toMatch(/session +\$0\.0046 +≈\$0\.0123/);
    }
  });
});

describe('an incident without room', () => {
  it('ends with the key that shows it whole', () => {
    const message = `${'The upstream did something that takes many words to explain. '.repeat(4)}LAST STEP.`;
    const state = stateAfter({ type: 'warning', at: 1, id: 'w', message });
    const props = {
      ...{ state, sessionName: 's', choices: [], prefixLabel: 'Ctrl+\\', layout: 'side' as const, cols: 32 },
      ...{ now: 1, notice: undefined, awaiting: false, theme: themeFor(false) },
    };
    const textIn = (rows: number) =>
      sideLines({ ...props, rows }, 29, rows)
        .map(textOf)
        .join('\n');
    expect(textIn(60)).toContain('LAST STEP.');
    expect(textIn(15)).not.toContain('STEP.');
    expect(textIn(15)).toMatch(/! 00:00 The upstream[\s\S]*… Ctrl\+\\ i\n/);
  });
});

describe('the picture of the session', () => {
  it('shows a part that is small beside the others', () => {
    const tokens = {
      cacheReadTokens: 200_000,
      inputTokens: 5,
      cacheWriteTokens: 0,
      outputTokens: 3,
      reasoningTokens: 0,
    };
    const state = stateAfter(startedEvent('a'), routedEvent('a'), completedEvent('a', { tokens }));
    const lines = pictureLines(state, { width: 20, rows: 4, back: 0, theme: themeFor(true) });
    const tones = lines.flatMap(({ spans }) => spans.flatMap(({ tone, back }) => [tone, back]));
    expect(tones).toEqual(expect.arrayContaining(['cached', 'uncached']));
    const empty = { ...tokens, inputTokens: 0, outputTokens: 0 };
    const whole = stateAfter(startedEvent('a'), routedEvent('a'), completedEvent('a', { tokens: empty }));
    const drawn = pictureLines(whole, { width: 20, rows: 4, back: 0, theme: themeFor(true) });
    expect(drawn.flatMap(({ spans }) => spans.flatMap(({ tone }) => tone ?? []))).not.toContain('uncached');
  });
});

describe('the last bad stream', () => {
  it('is the newest one', () => {
    const state = stateAfter(
      startedEvent('a', { at: 0 }),
      failedEvent('a', { verdict: 'stalled' }),
      startedEvent('b', { at: 3_600_000 }),
      failedEvent('b', { verdict: 'truncated' }),
      startedEvent('c', { at: 7_200_000 }),
      completedEvent('c'),
    );
    expect(lastBadText(state)).toBe('✗ 01:00 truncated: the stream ended before the answer was complete');
  });
});

describe('the newest incident of a strip', () => {
  const failed = [startedEvent('a', { at: 10 }), failedEvent('a', { at: 20, message: 'It was cut.' })];

  it('is shown until a later request has ended', () => {
    expect(newestIncident(stateAfter(...failed))).toBe('! 00:00 It was cut.');
    expect(newestIncident(stateAfter(...failed, startedEvent('b', { at: 30 })))).toBeUndefined();
    const later = [startedEvent('b', { at: 30 }), completedEvent('b', { at: 40 })];
    expect(newestIncident(stateAfter(...failed, ...later))).toBeUndefined();
  });
});

describe('a row of facts', () => {
  const textIn = (width: number) =>
    fitFacts([fact('name', 1), fact('a long fact', 3, {}, 'fact'), fact('two', 2), fact('x', 4)], width)
      .map(({ text }) => text)
      .join('');

  it('shortens the least important facts, then omits them, and lets no less important one take their place', () => {
    expect(textIn(60)).toBe('name · a long fact · two · x');
    expect(textIn(22)).toBe('name · fact · two · x');
    expect(textIn(17)).toBe('name · fact · two');
    // There would be room for the last one.
    expect(textIn(14)).toBe('name · two');
    expect(textIn(4)).toBe('name');
    expect(textIn(2)).toBe('name');
  });
});
