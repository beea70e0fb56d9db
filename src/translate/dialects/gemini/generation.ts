/** Differences between the generations of Gemini models. Source: public API reference, 2026-11. */
import { asNumber } from '../../../wire/json.ts';

/** `gemini-3.8-flash` is 3.8. A name without a number is treated as a current model. */
function generationOf(model: string): number {
  const number = asNumber(Number(/^(?:models\/)?gemini-(\d+(?:\.\d+)?)/.exec(model)?.[1] ?? Number.NaN));
  return number ?? 4;
}

export interface Generation {
  /** Thinking is requested as a budget of tokens, not as a level. */
  readonly hasThinkingBudget: boolean;
  /** Calls and their results carry ids; older models reject the field. */
  readonly hasCallIds: boolean;
  /** A function response may contain images. */
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
