/** Which features ccp supports for a model on an upstream. Each dialect returns them; `ccp models` shows them. */

/**
 * `yes`: passed on. `emulated`: done by ccp with the same result. `noted`: replaced by a visible note and a warning.
 * `no`: the request is refused with the reason.
 */
export type Ability = 'yes' | 'emulated' | 'noted' | 'no';

export interface Abilities {
  readonly images: Ability;
  readonly imagesInResults: Ability;
  readonly pdf: Ability;
  readonly parallelTools: Ability;
  readonly stopSequences: Ability;
  readonly structuredOutput: Ability;
  readonly webSearch: Ability;
  /** Thinking is shown, and replayed to the model that produced it. */
  readonly thinking: Ability;
  readonly countTokens: Ability;
}
