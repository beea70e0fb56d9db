/** What differs from one generation of Gemini models to the next. Source: public API reference, 2026-11. */
import { asNumber } from '../../../wire/json.ts';

/** `gemini-3.8-flash` is 3.8; a name without a number is taken for a current one. */
function generationOf(model: string): number {
  const number = asNumber(Number(/^gemini-(\d+(?:\.\d+)?)/.exec(model)?.[1] ?? Number.NaN));
  return number ?? 4;
}

export interface Generation {
  /** Thinking is asked for as a budget of tokens, not as a level. */
  readonly hasThinkingBudget: boolean;
  /** Calls and their results carry ids; older models refuse the field. */
  readonly hasCallIds: boolean;
  /** Images may stand inside a function response. */
  readonly hasResultImages: boolean;
  /** The first call of a turn must carry its thought signature. */
  readonly needsSignatures: boolean;
  /** Temperature and top-p have an effect. */
  readonly hasSampling: boolean;
}

export function generation(model: string): Generation {
  const number = generationOf(model);
  return {
    hasThinkingBudget: number < 3,
    hasCallIds: number >= 3,
    hasResultImages: number >= 3,
    needsSignatures: number >= 3,
    hasSampling: number < 4,
  };
}
