/** Wording of remedies. Keys exist only when ccp has a screen; without one, a command is named instead. */

export interface RemedyWords {
  /** Phrase that follows "or": switch the model. */
  readonly switchModel: string;
  /** Phrase that begins a sentence: spend beyond the budget. */
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

/** Replaces `{switch}`, `{Switch}` and `{allow}` in a hint. */
export const filledHint = (hint: string, { switchModel, allowMore }: RemedyWords): string =>
  hint
    .replaceAll('{switch}', switchModel)
    .replaceAll('{Switch}', capitalized(switchModel))
    .replaceAll('{allow}', allowMore);
