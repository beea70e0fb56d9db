/** How hard the model is to think, as Claude Code asks and as the model can. */
import { type Effort, efforts, isEffort, type ModelRow } from '../../models/types.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asObject } from '../../wire/json.ts';

const byBudget = (tokens: number): Effort =>
  tokens < 4_000 ? 'low' : tokens < 16_000 ? 'medium' : tokens < 32_000 ? 'high' : 'xhigh';

/** The nearest effort the model has: the highest that is not above the requested, else its lowest. */
export function clampEffort(requested: Effort, row: ModelRow | undefined): Effort {
  const available = row?.efforts ?? efforts.slice(1, 5);
  if (available.length === 0 || available.includes(requested)) return requested;
  const rank = efforts.indexOf(requested);
  const below = available.filter((effort) => efforts.indexOf(effort) <= rank);
  return below.at(-1) ?? available[0] ?? requested;
}

/** Claude Code shows thinking and keeps it, so reasoning may be signed into a block. */
export const wantsThinking = (request: MessagesRequest): boolean => {
  const { type } = asObject(request.raw.thinking);
  return type === 'adaptive' || type === 'enabled' || type === 'between_tools';
};

/** What is asked for: the route's word above the client's; `undefined` leaves it to the model. */
export function requestedEffort(request: MessagesRequest, route: Effort | undefined): Effort | undefined {
  const thinking = asObject(request.raw.thinking);
  const asked = asObject(request.raw.output_config).effort;
  if (route !== undefined) return route;
  if (thinking.type === 'disabled') return 'none';
  if (isEffort(asked)) return asked;
  return thinking.type === 'enabled' && typeof thinking.budget_tokens === 'number'
    ? byBudget(thinking.budget_tokens)
    : undefined;
}
