/** What a model on an upstream can be given and asked for. Each dialect fills it in; `ccp models` shows it. */

/**
 * `yes`: carried as it is. `emulated`: done by ccp with the same outcome. `noted`: replaced by a visible note and a
 * warning. `no`: refused with the reason.
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
  /** Shown, and given back to the model that thought it. */
  readonly thinking: Ability;
  readonly countTokens: Ability;
}
