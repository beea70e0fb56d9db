/** The thinking setting of each model: a level, or a budget of tokens. */
import { type Effort, efforts } from '../../../models/types.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import { asObject, type JsonObject } from '../../../wire/json.ts';
import { clampEffort, requestedEffort, wantsThinking } from '../../anthropic/effort.ts';
import type { PrepareOptions } from '../../dialect.ts';
import { generation } from './generation.ts';

/** `none` is the lowest level, because few models can turn thinking off. */
const levels: Readonly<Record<Effort, string>> = {
  none: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'XHIGH',
  max: 'XHIGH',
};

/** Within the limits of every model that has a budget. */
const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 24_576,
};

export function thinkingConfig(
  request: MessagesRequest,
  { model, row, effort: routeEffort }: PrepareOptions,
): JsonObject {
  const requested = requestedEffort(request, routeEffort);
  const includesThoughts = wantsThinking(request) && asObject(request.raw.thinking).display !== 'omitted';
  const effort =
    requested === undefined ? {} : generation(model).hasThinkingBudget ? budget(requested, row) : level(requested, row);
  const config = { ...effort, ...(includesThoughts ? { includeThoughts: true } : {}) };
  return Object.keys(config).length === 0 ? {} : { thinkingConfig: config };
}

const level = (requested: Effort, row: PrepareOptions['row']): JsonObject =>
  row?.efforts.length === 0 ? {} : { thinkingLevel: levels[clampEffort(requested, row)] };

/** A model that cannot turn thinking off rejects a budget of 0. */
function budget(requested: Effort, row: PrepareOptions['row']): JsonObject {
  const supportedEffort = row === undefined || row.efforts.length === 0 ? requested : clampEffort(requested, row);
  return { thinkingBudget: budgets[efforts.find((effort) => effort === supportedEffort) ?? 'medium'] };
}
