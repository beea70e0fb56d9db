/** What a switch costs, in sentences, before it is made. */
import type { Abilities, Ability } from '../models/abilities.ts';
import type { RouteClass } from '../routing/classes.ts';
import { compact, usd } from './format.ts';
import type { SessionState } from './state.ts';
import type { ModelChoice } from './ui.ts';

export interface Impact {
  readonly lines: readonly string[];
  /** The context in use fits neither the new window nor a route that could compact it. */
  readonly refused: boolean;
}

/**
 * @param current what the class runs on now, as a choice; `undefined` when it is none of the list.
 */
export function impactOf(
  choice: ModelChoice,
  state: SessionState,
  routeClass: RouteClass = 'main',
  current?: ModelChoice,
): Impact {
  // Only the main conversation has a history that must fit.
  const used = routeClass === 'main' ? state.contextTokens : 0;
  const fits = fitting(choice, state, used);
  const same = current?.upstream === choice.upstream && current.model === choice.model;
  const lines = [fits.line];
  if (same) lines.push('This is the route in use.');
  else if (used > 0) {
    lines.push(`Cache: cold, ${compact(used)} tokens are sent anew${coldCost(choice, used)}.`);
    lines.push('Reasoning of the present model is not carried over.');
  } else if (routeClass === 'main') lines.push('Nothing is in the context yet, so nothing is lost.');
  if (!same && current) lines.push(...lostAbilities(current.abilities, choice.abilities));
  lines.push(paidHow(choice));
  if (choice.quota !== undefined) lines.push(`Limits: used ${choice.quota}.`);
  if (state.running.length > 0) lines.push('Running requests finish where they began.');
  return { lines, refused: fits.refused };
}

function fitting(choice: ModelChoice, state: SessionState, used: number): { line: string; refused: boolean } {
  const window = compact(choice.contextWindow);
  if (used <= choice.contextWindow)
    return { line: `Window: ${window}${used > 0 ? `, ${compact(used)} in use` : ''}.`, refused: false };
  const holder = ['compaction', 'main']
    .flatMap((name) => state.routes.find((route) => route.routeClass === name) ?? [])
    .find((route) => route.contextWindow >= used);
  const name = holder ? `${holder.upstream}/${holder.model}` : state.compactsOn;
  return name === undefined
    ? { line: `Window: ${compact(used)} in use do not fit ${window}. Run /compact first.`, refused: true }
    : {
        line: `Window: ${compact(used)} in use do not fit ${window}: the history is compacted on ${name} first.`,
        refused: false,
      };
}

const rank: Readonly<Record<Ability, number>> = { yes: 3, emulated: 2, noted: 1, no: 0 };
const words: Readonly<Record<keyof Abilities, string>> = {
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
const outcome: Readonly<Record<Ability, string>> = {
  yes: '',
  emulated: 'emulated',
  noted: 'replaced by a note',
  no: 'refused',
};

/** What the new route carries worse than the present one. */
function lostAbilities(before: Abilities, after: Abilities): string[] {
  const names = Object.keys(words).filter((name): name is keyof Abilities => name in words);
  const lost = names.filter((name) => rank[after[name]] < rank[before[name]]);
  return lost.length === 0
    ? []
    : [`Lost: ${lost.map((name) => `${words[name]} (${outcome[after[name]]})`).join(', ')}.`];
}

function coldCost({ costKind, price }: ModelChoice, tokens: number): string {
  if (costKind === 'local') return ', free';
  if (price === undefined) return '';
  const rates = price.long && price.longAbove !== undefined && tokens > price.longAbove ? price.long : price;
  // Where writing to the cache has a price of its own, that is what sending anew costs.
  const once = usd(tokens * (rates.cacheWrite ?? rates.input));
  return costKind === 'plan' ? ` (plan; ≈ ${once} by API)` : ` (≈ ${once} once)`;
}

function paidHow({ costKind, price }: ModelChoice): string {
  if (costKind === 'local') return 'Cost: local, free.';
  const rates = price === undefined ? 'no price known' : `$${price.input} in, $${price.output} out per million tokens`;
  return costKind === 'plan' ? `Cost: included in the plan (API: ${rates}).` : `Cost: ${rates}.`;
}
