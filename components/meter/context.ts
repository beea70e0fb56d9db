/** How full the context is, what fills it, and where Claude Code compacts it. */

import { answeringRoute } from '../../src/session/answering-route.ts';
import { percentOf } from '../../src/session/bars.ts';
import { compact, contextSize } from '../../src/session/format.ts';
import type { SessionState } from '../../src/session/state.ts';
import type { Tone } from '../theme.ts';
import { type GaugePart, partsGauge } from './gauge.ts';
import { gap, line, type MeterLine, type Span, widthOf } from './line.ts';

export interface ContextFacts {
  readonly used: string;
  readonly window: string;
  /** `8 %`; empty while it is not known. */
  readonly percent: string;
  /** From 0 to 1. */
  readonly share: number;
}

export function contextFacts(state: SessionState): ContextFacts {
  const window = answeringRoute(state)?.contextWindow ?? 0;
  const share = window === 0 ? 0 : Math.min(1, state.contextTokens / window);
  const sign = state.turns.at(-1)?.measured === false ? '≈' : '';
  if (!state.isContextKnown) return { used: contextSize(state), window: compact(window), percent: '', share: 0 };
  return {
    used: `${sign}${compact(state.contextTokens)}`,
    window: compact(window),
    percent: `${sign}${percentOf(share)} %`,
    share,
  };
}

/** `22k of 272k (8 %)`, or `not known yet, of 272k`. */
export function contextText(state: SessionState): string {
  const { used, window, percent } = contextFacts(state);
  return percent === '' ? `${used}, of ${window}` : `${used} of ${window} (${percent})`;
}

const partTones = ['system', 'tools', 'history', 'newest'] as const satisfies readonly Tone[];
const partNames: Readonly<Record<(typeof partTones)[number], string>> = {
  system: 'system',
  tools: 'tools',
  history: 'history',
  newest: 'new',
};

/** The estimated tokens of each part, scaled to the measured sum. */
function partTokens({
  promptParts,
  contextTokens,
}: SessionState): Readonly<Record<(typeof partTones)[number], number>> {
  const sum = promptParts === undefined ? 0 : partTones.reduce((total, name) => total + promptParts[name], 0);
  if (promptParts === undefined || sum === 0) return { system: 0, tools: 0, history: contextTokens, newest: 0 };
  const scaled = (name: (typeof partTones)[number]) => Math.round((promptParts[name] / sum) * contextTokens);
  return { system: scaled('system'), tools: scaled('tools'), history: scaled('history'), newest: scaled('newest') };
}

/** The context as a bar of its parts. */
export function contextGauge(state: SessionState, width: number): Span[] {
  const window = answeringRoute(state)?.contextWindow ?? 0;
  const tokens = partTokens(state);
  const parts = partTones.map(
    (tone): GaugePart => ({ tone, share: window === 0 || !state.isContextKnown ? 0 : tokens[tone] / window }),
  );
  return partsGauge(parts, width, compactionMark(state, window));
}

/** Share of the window at which Claude Code compacts automatically. */
const compactionMark = ({ compactAt, usageScale }: SessionState, window: number): number | undefined =>
  compactAt === undefined || window === 0 ? undefined : compactAt / usageScale / window;

/** Above this share of the compaction threshold, a compaction is near. */
const fullContext = 0.85;

export function contextLines(state: SessionState, width: number): MeterLine[] {
  const window = answeringRoute(state)?.contextWindow ?? 0;
  const { share } = contextFacts(state);
  const isNearlyFull = share > (compactionMark(state, window) ?? 1) * fullContext;
  return [
    line(`context ${contextText(state)}`, 2, { bold: true, tone: isNearlyFull ? 'warn' : undefined }),
    { spans: contextGauge(state, width), rank: 3 },
    ...partLines(state, width),
    ...(state.usageScale === 1
      ? []
      : [line(`Claude Code is told ×${state.usageScale.toFixed(1)}, to compact in time`, 6, { dim: true })]),
    gap,
  ];
}

/** What fills the context, in as many rows as it needs. */
function partLines(state: SessionState, width: number): MeterLine[] {
  if (state.promptParts === undefined || !state.isContextKnown || state.contextTokens === 0) return [];
  const tokens = partTokens(state);
  const rows: Span[][] = [[]];
  for (const tone of partTones.filter((name) => tokens[name] > 0)) {
    const last = rows.at(-1) ?? [];
    const piece: Span[] = [
      ...(last.length > 0 ? [{ text: ' ' }] : []),
      { text: `${partNames[tone]} `, dim: true },
      { text: `≈${compact(tokens[tone])}`, tone },
    ];
    if (widthOf(last) + widthOf(piece) <= width) last.push(...piece);
    else rows.push(piece.filter(({ text }) => text !== ' '));
  }
  return rows.map((spans, index) => ({ spans, rank: 6 + index }));
}
