import { describe, expect, it } from 'vitest';
import { questionLines, questionText } from '../../components/meter/questions.ts';
import type { WallQuestion } from '../../src/session/events.ts';
import { initialState } from '../../src/session/state.ts';
import type { ModelChoice } from '../../src/session/ui.ts';
import { sampleAbilities, sampleRoute } from '../support/samples.ts';

process.env.TZ = 'UTC';
const now = Date.UTC(2026, 10, 22, 13, 40, 0);
const wall: WallQuestion = {
  id: 'wall_1',
  route: 'codex/gpt-5.5',
  kind: 'plan',
  until: now + 80 * 60_000,
  waiting: 2,
  routeClass: 'main',
  inputTokens: 84_000,
  totalTokens: 84_000,
  hasImages: false,
  unavailable: [],
  isDecided: false,
};
const choice = (upstream: string, model: string, more: Partial<ModelChoice>): ModelChoice => ({
  name: model,
  upstream,
  model,
  contextWindow: 262_000,
  costKind: 'metered',
  price: { input: 5, cacheRead: 0.5, output: 30, source: 's', date: 'd' },
  isScripted: false,
  unlisted: false,
  unavailable: undefined,
  abilities: sampleAbilities,
  quota: undefined,
  ...more,
});
const choices = [
  choice('codex', 'gpt-5.5', { costKind: 'plan' }),
  choice('openai', 'gpt-5.5', {}),
  choice('kimi', 'k2.6', { costKind: 'plan', quota: '5h 12 %' }),
];
const props = (more: Partial<WallQuestion> = {}, prefixLabel = 'Ctrl+\\') => ({
  state: { ...initialState(0, [sampleRoute]), wall: { ...wall, ...more } },
  choices,
  prefixLabel,
  now,
});

describe('the question at a limit', () => {
  it('has the reset, what waits, and one key for each choice with its arithmetic', () => {
    expect(questionLines(props(), 40)).toEqual([
      'codex/gpt-5.5: plan limit until 15:00,',
      'in 1h 20m. 2 requests wait.',
      'Ctrl+\\ w  wait',
      'Ctrl+\\ 1  kimi/k2.6',
      '  plan, used 5h 12 % · 84k tokens',
      '  uncached · window 262k',
      'Ctrl+\\ 2  openai/gpt-5.5',
      '  ≈ $0.4200 once · 84k tokens uncached ·',
      '  window 262k',
      'Ctrl+\\ s  another model',
    ]);
  });

  it('keeps the offers once the user decided to wait, and has no keys where none can be pressed', () => {
    expect(questionLines(props({ isDecided: true, waiting: 1 }), 60).slice(0, 4)).toEqual([
      'codex/gpt-5.5: plan limit until 15:00, in 1h 20m. 1 request',
      'waits.',
      'It waits. Or:',
      'Ctrl+\\ 1  kimi/k2.6',
    ]);
    expect(questionLines(props({}, ''), 80)).toEqual([
      'codex/gpt-5.5: plan limit until 15:00, in 1h 20m. 2 requests wait.',
    ]);
  });

  it('names the day of a reset that is not today, and no time when the upstream named none', () => {
    const head = (more: Partial<WallQuestion>) => questionLines(props(more, ''), 90)[0];
    expect(head({ until: now + 2 * 86_400_000 })).toBe(
      'codex/gpt-5.5: plan limit until Tue 13:40, in 2d 0h. 2 requests wait.',
    );
    expect(head({ until: undefined, kind: 'rate' })).toBe('codex/gpt-5.5: rate limit. 2 requests wait.');
  });

  it.each([
    [
      200,
      'codex/gpt-5.5: plan limit until 15:00, in 1h 20m: Ctrl+\\ w waits, 1 kimi/k2.6 (plan, used 5h 12 %), 2 openai/gpt-5.5 (≈ $0.4200 once), s any',
    ],
    [100, 'codex/gpt-5.5: plan limit until 15:00, in 1h 20m: Ctrl+\\ w waits, 1–2 other models, s any'],
    [80, 'codex/gpt-5.5: plan limit: Ctrl+\\ w waits, 1–2 other models, s any'],
    [50, 'at the limit: Ctrl+\\ w waits, 1–2 other models'],
    [30, 'at the limit: Ctrl+\\ w waits,…'],
  ])('in one line of %i columns keeps its keys', (width, text) => {
    expect(questionText(props(), width)).toBe(text);
  });

  it('in one line says that it waits, once that was decided', () => {
    expect(questionText(props({ isDecided: true }), 100)).toBe(
      'codex/gpt-5.5: plan limit until 15:00, in 1h 20m, it waits: Ctrl+\\ 1–2 other models, s any',
    );
    expect(questionText(props({}, ''), 100)).toBe('codex/gpt-5.5: plan limit until 15:00, in 1h 20m; 2 requests wait');
  });
});

describe('a question that y and n answer', () => {
  it('keeps its keys in any width', () => {
    const spending = {
      today: { meteredMicroUsd: 0, planMicroUsd: 0, isEstimated: false },
      budgets: [
        {
          name: 'session' as const,
          limitMicroUsd: 100_000,
          spentMicroUsd: 120_000,
          allowedMicroUsd: 0,
          isEstimated: false,
        },
      ],
      asking: 'session' as const,
    };
    const asked = { ...props({}), state: { ...initialState(0, [sampleRoute]), spending } };
    expect(questionText(asked, 200)).toBe(
      'The budget for this session is used up ($0.1200 of $0.1000); a turn waits. Ctrl+\\ y allows as much again, Ctrl+\\ n stops.',
    );
    expect(questionText(asked, 60)).toMatch(/^The budget for this session is used.* Ctrl\+\\ y yes, n no$/);
    expect(questionText(asked, 60)?.length).toBeLessThanOrEqual(60);
  });
});

describe('the question about too many requests', () => {
  it.each([
    ['parallel', 'More than 16 requests at once; 3 held until others have ended.'],
    ['alike', 'More than 16 equal requests at once; 3 held until others have ended.'],
    ['alikePerMinute', 'The same message 16 times in a minute; 3 held until others have ended.'],
  ] as const)('for the limit %s', (limit, text) => {
    const fanOut = { id: 'fan_out_1', limit, allowed: 16, held: 3 };
    const asked = { ...props({}, ''), state: { ...initialState(0, [sampleRoute]), fanOut } };
    expect(questionText(asked, 200)).toBe(text);
    const keys = ' Ctrl+\\ y allows twice as many, Ctrl+\\ n refuses them.';
    expect(questionLines({ ...asked, prefixLabel: 'Ctrl+\\' }, 200)).toEqual([text + keys]);
  });
});

it('a question of many words keeps its keys in a narrow meter', () => {
  const state = {
    ...initialState(0, [sampleRoute]),
    confirmation: { id: 'q', isFromProgram: true, text: 'Switch main to tiny/e500, which is paid by tokens' },
  };
  const lines = questionLines({ state, choices: [], prefixLabel: 'Ctrl+\\', now }, 29);
  expect(lines.length).toBeGreaterThan(4);
  expect(lines.join(' ')).toBe(
    'Switch main to tiny/e500, which is paid by tokens? Another program asks for it. Ctrl+\\ y allows it, Ctrl+\\ n denies it.',
  );
});
