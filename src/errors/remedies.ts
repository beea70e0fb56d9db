/** How a remedy is said. Keys exist only where ccp has a screen; elsewhere a command does the same. */

export interface RemedyWords {
  /** To follow "or": switch the model. */
  readonly switchModel: string;
  /** Begins a sentence: spend beyond the budget. */
  readonly allowMore: string;
}

export const headlessRemedies: RemedyWords = {
  switchModel: 'switch the model (`ccp switch MODEL`)',
  allowMore: 'Raise the budget (--budget, the setting budgets)',
};

/** @param prefix label of the screen's prefix key, such as `Ctrl+\`; `undefined` without a screen. */
export const remedyWords = (prefix: string | undefined): RemedyWords =>
  prefix === undefined
    ? headlessRemedies
    : {
        switchModel: `switch the model (${prefix} s)`,
        allowMore: `Allow as much again (${prefix} y), raise it (--budget, the setting budgets)`,
      };

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Fills `{switch}`, `{Switch}` and `{allow}` of a hint. */
export const filledHint = (hint: string, { switchModel, allowMore }: RemedyWords): string =>
  hint
    .replaceAll('{switch}', switchModel)
    .replaceAll('{Switch}', capitalized(switchModel))
    .replaceAll('{allow}', allowMore);
