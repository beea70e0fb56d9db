/** The cost of the newest turn on another model, at its list price. */
import { costMicroUsd } from '../models/cost.ts';
import type { SessionState } from './state.ts';

export interface WhatIf {
  readonly name: string;
  readonly microUsd: number;
}

/** `undefined` before the first turn, and if the turn used that model. */
export function whatIf({ compared, recent }: SessionState): WhatIf | undefined {
  const turn = recent.findLast(({ requestClass, tokens }) => requestClass === 'turn' && tokens !== undefined);
  const { tokens, route } = turn ?? {};
  if (compared === undefined || tokens === undefined) return undefined;
  if (route && compared.name.endsWith(route.model)) return undefined;
  const microUsd = costMicroUsd(
    {
      input_tokens: tokens.inputTokens,
      cache_read_input_tokens: tokens.cacheReadTokens,
      cache_creation_input_tokens: tokens.cacheWriteTokens,
      output_tokens: tokens.outputTokens,
    },
    compared.price,
  );
  return { name: compared.name, microUsd };
}
