/** Describes the consequences of a model switch, before it is confirmed. */
import type { Abilities, Ability } from '../models/abilities.ts';
import { coldCacheMicroUsd } from '../models/cost.ts';
import type { RouteClass } from '../routing/classes.ts';
import { compact, usd } from './format.ts';
import type { SessionState } from './state.ts';
import type { ModelChoice } from './ui.ts';

export interface Impact {
  readonly lines: readonly string[];
  /** The context in use fits neither the new window nor a route that could compact it. */
  readonly refused: boolean;
}

/** @param current the choice the class uses now; `undefined` if it is not in the list. */
export function impactOf(
  choice: ModelChoice,
  state: SessionState,
  routeClass: RouteClass = 'main',
  current?: ModelChoice,
): Impact {
  // Only the main conversation has a history that must fit.
  const usedTokens = routeClass === 'main' ? state.contextTokens : 0;
  const fit = checkFit(choice, state, usedTokens);
  const isCurrent = current?.upstream === choice.upstream && current.model === choice.model;
  const lines = [fit.line];
  if (isCurrent) lines.push('This is the route in use.');
  else if (usedTokens > 0) {
    lines.push(
      `Cache: cold, ${compact(usedTokens)} tokens are sent again uncached${coldCacheCost(choice, usedTokens)}.`,
    );
    lines.push('Reasoning of the current model is not carried over.');
  } else if (routeClass === 'main') lines.push('Cache: cold; the size of the context is not known yet.');
  const lost = isCurrent || !current ? [] : lostAbilities(current.abilities, choice.abilities);
  if (lost.length > 0) lines.push(`Lost: ${lost.join(', ')}.`);
  lines.push(costLine(choice));
  if (choice.quota !== undefined) lines.push(`Limits: used ${choice.quota}.`);
  if (state.running.some(({ held }) => held === undefined))
    lines.push('Running requests finish on their current route.');
  if (state.wall !== undefined) lines.push('Requests that wait at the limit follow.');
  return { lines, refused: fit.refused };
}

function checkFit(choice: ModelChoice, state: SessionState, usedTokens: number): { line: string; refused: boolean } {
  const window = compact(choice.contextWindow);
  if (usedTokens <= choice.contextWindow)
    return { line: `Window: ${window}${usedTokens > 0 ? `, ${compact(usedTokens)} in use` : ''}.`, refused: false };
  const compactionRoute = ['compaction', 'main']
    .flatMap((name) => state.routes.find((route) => route.routeClass === name) ?? [])
    .find((route) => route.contextWindow >= usedTokens);
  const name = compactionRoute ? `${compactionRoute.upstream}/${compactionRoute.model}` : state.compactionRoute;
  return name === undefined
    ? { line: `Window: ${compact(usedTokens)} in use do not fit ${window}. Run /compact first.`, refused: true }
    : {
        line: `Window: ${compact(usedTokens)} in use do not fit ${window}: the history is compacted on ${name} first.`,
        refused: false,
      };
}

const ranks: Readonly<Record<Ability, number>> = { yes: 3, emulated: 2, noted: 1, no: 0 };
const labels: Readonly<Record<keyof Abilities, string>> = {
  images: 'images',
  imagesInResults: 'images in tool results',
  pdf: 'PDFs',
  parallelTools: 'parallel tools',
  stopSequences: 'stop sequences',
  structuredOutput: 'structured output',
  webSearch: 'web search',
  thinking: 'visible thinking',
  countTokens: 'exact token counts',
};
const outcomes: Readonly<Record<Ability, string>> = {
  yes: '',
  emulated: 'emulated',
  noted: 'replaced by a note',
  no: 'refused',
};

/** The abilities that the new route supports less well than the current one. */
export const lostAbilities = (before: Abilities, after: Abilities): string[] =>
  Object.keys(labels)
    .filter((name): name is keyof Abilities => name in labels)
    .filter((name) => ranks[after[name]] < ranks[before[name]])
    .map((name) => `${labels[name]} (${outcomes[after[name]]})`);

function coldCacheCost({ costKind, price }: ModelChoice, tokens: number): string {
  if (costKind === 'local') return ', free';
  const microUsd = coldCacheMicroUsd(price, tokens);
  if (microUsd === undefined) return '';
  return costKind === 'plan' ? ` (plan; ≈ ${usd(microUsd)} by API)` : ` (≈ ${usd(microUsd)} once)`;
}

function costLine({ costKind, price }: ModelChoice): string {
  if (costKind === 'local') return 'Cost: local, free.';
  const rates = price === undefined ? 'price unknown' : `$${price.input} in, $${price.output} out per million tokens`;
  return costKind === 'plan' ? `Cost: included in the plan (API: ${rates}).` : `Cost: ${rates}.`;
}
