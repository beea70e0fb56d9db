/** What a model on an upstream can be given and asked for. One table for translation, the switch and `ccp models`. */

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

export const abilityNames: readonly (keyof Abilities)[] = [
  'images',
  'imagesInResults',
  'pdf',
  'parallelTools',
  'stopSequences',
  'structuredOutput',
  'webSearch',
  'thinking',
  'countTokens',
];

/** What the second cannot do as well as the first. */
export const abilitiesLost = (from: Abilities, to: Abilities): (keyof Abilities)[] =>
  abilityNames.filter((name) => rank[to[name]] < rank[from[name]]);

const rank: Readonly<Record<Ability, number>> = { no: 0, noted: 1, emulated: 2, yes: 2 };
