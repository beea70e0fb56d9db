/** The cost of a session, as lines. Kinds of cost are listed separately and never added up. */
import { answeringRoute } from '../../src/session/answering-route.ts';
import { padRight, truncate } from '../../src/session/columns.ts';
import { usd } from '../../src/session/format.ts';
import type { SessionState } from '../../src/session/state.ts';
import { bar, countdown, type UnrankedLine } from './line.ts';
import { newestMain } from './rows.ts';

/** The kinds of cost used, then the turn, the session and today of each kind. */
export function costLines(state: SessionState): UnrankedLine[] {
  const { byKind, costMicroUsd } = state.totals;
  const today = state.spending?.today;
  const turn = newestMain(state);
  const kinds: string[] = [];
  const lines: UnrankedLine[] = [];
  if (byKind.metered !== undefined) {
    kinds.push('metered');
    if (turn?.costKind === 'metered' && turn.costMicroUsd !== undefined)
      lines.push({ text: `turn ${turn.measured ? '' : '≈ '}${usd(turn.costMicroUsd)}` });
    lines.push({ text: `session ${state.totals.estimated > 0 ? '≈ ' : ''}${usd(costMicroUsd.metered ?? 0)}` });
    if (today && today.meteredMicroUsd > 0)
      lines.push({ text: `today ${today.isEstimated ? '≈ ' : ''}${usd(today.meteredMicroUsd)}` });
  }
  if (byKind.plan !== undefined) {
    kinds.push('plan');
    if (turn?.costKind === 'plan' && turn.costMicroUsd !== undefined)
      lines.push({ text: `turn ≈ ${usd(turn.costMicroUsd)} by API`, dim: true });
    lines.push({ text: `session ≈ ${usd(costMicroUsd.plan ?? 0)} by API`, dim: true });
    if (today && today.planMicroUsd > 0) lines.push({ text: `today ≈ ${usd(today.planMicroUsd)} by API`, dim: true });
  }
  if (byKind.local !== undefined) kinds.push('local, free');
  if (byKind.unknown !== undefined) kinds.push('unknown price');
  return [{ text: `cost ${kinds.join(' + ') || 'none yet'}`, bold: true }, ...lines];
}

const nameCols = 7;
const percentCols = 14;

/** The used share of each limit of the main route, and the time until it resets. */
export function quotaLines(state: SessionState, now: number, width: number): UnrankedLine[] {
  const upstream = answeringRoute(state)?.upstream ?? '';
  const quota = Object.hasOwn(state.quotas, upstream) ? state.quotas[upstream] : undefined;
  return (quota?.windows ?? []).map(({ name, usedPercent, resetsAt }) => {
    const resetText = resetsAt === undefined ? '' : ` ${countdown(resetsAt - now)}`;
    const percent = `${Math.round(usedPercent)} %`.padStart(6);
    return {
      text: `${padRight(truncate(name, nameCols - 1), nameCols)}${bar(usedPercent / 100, Math.max(4, width - nameCols - percentCols))}${percent}${resetText}`,
      tone: usedPercent >= 90 ? 'bad' : usedPercent >= 75 ? 'warn' : undefined,
    };
  });
}

export const budgetWords = {
  session: 'session',
  day: 'today',
  week: 'week',
  month: 'month',
  repository: 'repo',
} as const;

export const budgetLines = (state: SessionState, now: number, width: number): UnrankedLine[] =>
  (state.spending?.budgets ?? []).flatMap((view): UnrankedLine[] => {
    const { name, limitMicroUsd, spentMicroUsd } = view;
    const share = limitMicroUsd === 0 ? 1 : spentMicroUsd / limitMicroUsd;
    const head = `budget ${budgetWords[name]} `;
    const isEstimated = name === 'session' ? state.totals.estimated > 0 : view.isEstimated;
    const tail = ` ${isEstimated ? '≈' : ''}${Math.round(share * 100)} % of ${usd(limitMicroUsd)}`;
    const usedUpAt = view.forecast?.usedUpAt;
    return [
      {
        text: head + bar(share, Math.max(0, Math.min(8, width - head.length - tail.length))) + tail,
        tone: share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : undefined,
      },
      ...(usedUpAt === undefined
        ? []
        : [{ text: `  lasts ≈ ${countdown(usedUpAt - now)} at this pace`, tone: 'warn' as const }]),
    ];
  });

/** The two limits with the highest used share as short text, for a strip. */
export function limitsText(state: SessionState): string {
  const upstream = answeringRoute(state)?.upstream ?? '';
  const quota = Object.hasOwn(state.quotas, upstream) ? state.quotas[upstream] : undefined;
  const limits = [
    ...(state.spending?.budgets ?? []).map(({ name, limitMicroUsd, spentMicroUsd }) => ({
      name: `budget ${budgetWords[name]}`,
      percent: limitMicroUsd === 0 ? 100 : (spentMicroUsd / limitMicroUsd) * 100,
    })),
    ...(quota?.windows ?? []).map(({ name, usedPercent }) => ({ name, percent: usedPercent })),
  ];
  return limits
    .sort((a, b) => b.percent - a.percent)
    .slice(0, 2)
    .map(({ name, percent }) => `${name} ${Math.round(percent)} %`)
    .join(' ');
}
