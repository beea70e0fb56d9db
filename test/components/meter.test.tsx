import { describe, expect, it } from 'vitest';
import { Meter } from '../../components/meter/meter.tsx';
import type { MeterProps } from '../../components/meter/rows.ts';
import { themeFor } from '../../components/theme.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { reduce } from '../../src/session/reduce.ts';
import { initialState } from '../../src/session/state.ts';
import { draw } from '../support/ink.tsx';
import { sampleHealth, sampleRoute } from '../support/samples.ts';

const health = sampleHealth;
const route = sampleRoute;
const fast = { ...route, routeClass: 'fast' as const, model: 'gpt-6-luna' };

const ended = (index: number): SessionEvent[] => [
  {
    type: 'request_started',
    at: 0,
    id: `r${index}`,
    requestClass: index % 4 === 0 ? 'title' : 'turn',
    askedModel: 'gpt-5.5',
  },
  { type: 'routed', at: 0, id: `r${index}`, route, reason: '' },
  { type: 'first_token', at: 0, id: `r${index}`, ms: 900 },
  {
    type: 'completed',
    at: 4_200,
    id: `r${index}`,
    verdict: 'complete',
    stopReason: 'end_turn',
    tokens: {
      inputTokens: 2_000,
      cacheReadTokens: 20_000,
      cacheWriteTokens: 0,
      outputTokens: 300,
      reasoningTokens: 40,
    },
    costMicroUsd: 29_000,
    costKind: 'plan',
    measured: true,
    health,
  },
];
const running: SessionEvent[] = [
  { type: 'request_started', at: 10_000, id: 'now', requestClass: 'turn', askedModel: 'gpt-5.5' },
  { type: 'routed', at: 10_000, id: 'now', route, reason: '' },
  { type: 'first_token', at: 10_800, id: 'now', ms: 800 },
  { type: 'progress', at: 11_000, id: 'now', phase: 'streaming', tool: undefined, chars: 1_500, silenceMs: 0 },
];
const cut: SessionEvent[] = [
  { type: 'request_started', at: 0, id: 'cut', requestClass: 'turn', askedModel: 'gpt-5.5' },
  {
    type: 'failed',
    at: 1,
    id: 'cut',
    verdict: 'truncated',
    code: 'truncated',
    message: 'codex (gpt-5.5) ended the stream before the answer was complete.',
    status: 500,
    health,
  },
];

const stateOf = (...events: SessionEvent[][]) => events.flat().reduce(reduce, initialState(0, [route, fast]));
const many = Array.from({ length: 14 }, (_, index) => ended(index)).flat();

const props = (extra: Partial<MeterProps>): MeterProps => ({
  state: stateOf(many, running),
  sessionName: 's-test',
  prefixLabel: 'Ctrl+\\',
  layout: 'side',
  cols: 38,
  rows: 40,
  now: 14_000,
  notice: undefined,
  awaiting: false,
  theme: themeFor(false),
  ...extra,
});

const drawn = async (extra: Partial<MeterProps>) => {
  const given = props(extra);
  const screen = await draw(<Meter {...given} />, given.cols, given.rows);
  const rows = screen.rows();
  screen.close();
  expect(rows.every((row) => row.length <= given.cols)).toBe(true);
  return rows;
};

describe('the meter', () => {
  it('shows everything at the side of a 120×40 terminal', async () => {
    expect((await drawn({ cols: 32, rows: 40 })).join('\n')).toMatchSnapshot();
  });

  it('keeps what matters at the side of 24 rows', async () => {
    const rows = await drawn({ cols: 32, rows: 24 });
    expect(rows.join('\n')).toMatchSnapshot();
    expect(rows.at(-1)).toContain('Ctrl+\\');
  });

  it('fits a strip at the bottom of an 80×24 terminal', async () => {
    expect((await drawn({ layout: 'bottom', cols: 80, rows: 4 })).join('\n')).toMatchSnapshot();
  });

  it('fits one row', async () => {
    expect((await drawn({ layout: 'off', cols: 80, rows: 1 })).join('\n')).toMatchSnapshot();
    expect((await drawn({ layout: 'off', cols: 20, rows: 1 })).join('')).not.toBe('');
  });

  it('says in words why a stream failed', async () => {
    const text = (await drawn({ state: stateOf(many, cut), rows: 45 })).join(' ').replaceAll(/[│\s]+/g, ' ');
    expect(text).toContain('✗ truncated');
    expect(text).toContain('ended the stream before the answer was complete');
  });

  it('shows the keys that the prefix waits for', async () => {
    expect((await drawn({ awaiting: true })).at(-1)).toContain('s switch');
  });

  it('ends at ten requests', async () => {
    const rows = await drawn({ rows: 60 });
    expect(rows.filter((row) => /[✓●] (turn|title)/.test(row))).toHaveLength(10);
  });
});
