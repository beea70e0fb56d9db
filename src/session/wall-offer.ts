/** What the user can choose at a limit: the models that can take its requests, with what each costs. */
import { coldCacheMicroUsd, compareMoves } from '../models/cost.ts';
import { baseName, upstreamOfLogin } from '../upstreams/login-name.ts';
import type { WallQuestion } from './events.ts';
import { compact, usd } from './format.ts';
import { lostAbilities } from './impact.ts';
import type { ModelChoice } from './ui.ts';

export interface WallOffer {
  /** `UPSTREAM/MODEL`. */
  readonly model: string;
  /** `plan`, `local, free`, `≈ $0.42 once`. */
  readonly cost: string;
  /** The tokens that are sent uncached, the window, the abilities lost. */
  readonly facts: readonly string[];
}

/** One key each: more would not be read while work waits. The switch dialog lists all. */
const maxOffers = 3;
/** Share of a window that the waiting request may fill, so that the next answers fit too. */
const maxFill = 0.9;

const nameOfChoice = ({ upstream, model }: ModelChoice): string => `${upstream}/${model}`;

/**
 * The best model of each upstream that can take the waiting requests, the cheapest first. The result depends only on
 * the question and the list of models, so that every part of the screen shows the same keys.
 */
export function wallOffers(wall: WallQuestion, choices: readonly ModelChoice[]): WallOffer[] {
  const current = choices.find((choice) => nameOfChoice(choice) === wall.route);
  const byUpstream = new Map<string, ModelChoice>();
  // The lists of the upstreams begin with their best model.
  for (const choice of choices)
    if (isPossible(choice, wall) && !byUpstream.has(choice.upstream)) byUpstream.set(choice.upstream, choice);
  return [...byUpstream.values()]
    .sort(compareMoves(wall.totalTokens))
    .slice(0, maxOffers)
    .map((choice) => offerOf(choice, wall.totalTokens, current));
}

function isPossible(choice: ModelChoice, { route, kind, inputTokens, hasImages, unavailable }: WallQuestion): boolean {
  const name = nameOfChoice(choice);
  if (name === route || unavailable.includes(name) || unavailable.includes(`${choice.upstream}/*`)) return false;
  if (choice.unavailable !== undefined || choice.unlisted || choice.isScripted) return false;
  // A named login is used only where the user names it.
  if (upstreamOfLogin(choice.upstream) !== undefined) return false;
  const limited = route.slice(0, route.indexOf('/'));
  // All models of a plan, or of an account without credit, share its limit.
  if (kind === 'plan' && choice.upstream === baseName(limited)) return false;
  if (hasImages && choice.abilities.images !== 'yes') return false;
  return inputTokens <= choice.contextWindow * maxFill;
}

function offerOf(choice: ModelChoice, tokens: number, current: ModelChoice | undefined): WallOffer {
  const lost = current === undefined ? [] : lostAbilities(current.abilities, choice.abilities);
  return {
    model: nameOfChoice(choice),
    cost: costText(choice, tokens),
    facts: [
      ...(tokens > 0 ? [`${compact(tokens)} tokens uncached`] : []),
      `window ${compact(choice.contextWindow)}`,
      ...(lost.length > 0 ? [`loses ${lost.join(', ')}`] : []),
    ],
  };
}

function costText({ costKind, price, quota }: ModelChoice, tokens: number): string {
  if (costKind === 'plan') return quota === undefined ? 'plan' : `plan, used ${quota}`;
  if (costKind === 'local') return 'local, free';
  const microUsd = coldCacheMicroUsd(price, tokens);
  return microUsd === undefined ? 'price unknown' : `≈ ${usd(microUsd)} once`;
}
