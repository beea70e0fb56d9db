/** The model's thinking effort, from Claude Code's request and the efforts the model supports. */
import { type Effort, efforts, isEffort, type ModelRow } from '../../models/types.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asObject } from '../../wire/json.ts';

const byBudget = (tokens: number): Effort =>
  tokens < 4_000 ? 'low' : tokens < 16_000 ? 'medium' : tokens < 32_000 ? 'high' : 'xhigh';

/** The nearest effort the model supports: the highest one not above the requested effort, otherwise its lowest. */
export function clampEffort(requested: Effort, row: ModelRow | undefined): Effort {
  const available = row?.efforts ?? efforts.slice(1, 5);
  if (available.length === 0 || available.includes(requested)) return requested;
  const rank = efforts.indexOf(requested);
  const below = available.filter((effort) => efforts.indexOf(effort) <= rank);
  return below.at(-1) ?? available[0] ?? requested;
}

/** Claude Code displays and keeps thinking, so reasoning can be stored in the signature of a thinking block. */
export const wantsThinking = (request: MessagesRequest): boolean => {
  const { type } = asObject(request.raw.thinking);
  return type === 'adaptive' || type === 'enabled' || type === 'between_tools';
};

/** The requested effort. The route's takes precedence over the client's; `undefined` leaves the choice to the model. */
export function requestedEffort(request: MessagesRequest, routeEffort: Effort | undefined): Effort | undefined {
  const thinking = asObject(request.raw.thinking);
  const clientEffort = asObject(request.raw.output_config).effort;
  if (routeEffort !== undefined) return routeEffort;
  if (thinking.type === 'disabled') return 'none';
  // The session's effort also stands in small requests that ask for no thinking, such as titles.
  if (isEffort(clientEffort) && wantsThinking(request)) return clientEffort;
  return thinking.type === 'enabled' && typeof thinking.budget_tokens === 'number'
    ? byBudget(thinking.budget_tokens)
    : undefined;
}
