/** What the user is asked, as lines: a limit at which requests wait, a budget, a change that another program requested. */
import { columnsOf, truncate, wrapText } from '../../src/session/columns.ts';
import type { WallQuestion } from '../../src/session/events.ts';
import { budgetNames, usd } from '../../src/session/format.ts';
import type { SessionState } from '../../src/session/state.ts';
import type { ModelChoice } from '../../src/session/ui.ts';
import { type WallOffer, wallOffers } from '../../src/session/wall-offer.ts';
import { clockAfter, countdown, separator } from './line.ts';

export interface QuestionProps {
  readonly state: SessionState;
  readonly choices: readonly ModelChoice[];
  /** Empty if no key can answer. */
  readonly prefixLabel: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Its keys are its last words, so it is not shortened. */
const maxQuestionRows = 16;

/** The open question in lines of at most `width` columns; empty without one. */
export function questionLines(props: QuestionProps, width: number): string[] {
  const { state, prefixLabel } = props;
  const text = keyQuestion(state, prefixLabel);
  if (text !== undefined) return wrapText(text, width, maxQuestionRows);
  return state.wall === undefined ? [] : wallLines(state.wall, props, width);
}

/** The open question in one line of at most `width` columns: its keys are kept, its words are shortened. */
export function questionText(props: QuestionProps, width: number): string | undefined {
  const { state, prefixLabel } = props;
  const text = keyQuestion(state, prefixLabel);
  if (text !== undefined) {
    const keys = prefixLabel === '' ? '' : ` ${prefixLabel} y yes, n no`;
    return columnsOf(text) <= width ? text : truncate(keyQuestion(state, '') ?? '', width - columnsOf(keys)) + keys;
  }
  return state.wall && wallText(state.wall, props, width);
}

function wallText(wall: WallQuestion, { choices, prefixLabel, now }: QuestionProps, width: number): string {
  const head = `${wall.route}: ${limitName(wall)}`;
  const long = `${head}${untilText(wall, now)}`;
  const offers = wallOffers(wall, choices);
  if (prefixLabel === '') return truncate(`${long}; ${waitingText(wall)}`, width);
  const wait = wall.isDecided ? '' : 'w waits';
  const waits = wall.isDecided ? ', it waits' : '';
  const named = offers.map(({ model, cost }, at) => `${at + 1} ${model} (${cost})`);
  const numbered = offers.length > 0 ? `1${offers.length > 1 ? `–${offers.length}` : ''} other models` : '';
  // The first form that fits; the keys tell their model before they choose it.
  const forms = [
    [long, [wait, ...named, 's any']],
    [long, [wait, numbered, 's any']],
    [head, [wait, numbered, 's any']],
    ['at the limit', [wait, numbered]],
  ] as const;
  const texts = forms.map(([words, keys]) => `${words}${waits}: ${prefixLabel} ${keys.filter(Boolean).join(', ')}`);
  return texts.find((text) => columnsOf(text) <= width) ?? truncate(texts.at(-1) ?? '', width);
}

/** A question that the keys y and n answer. */
const keyQuestion = (state: SessionState, prefixLabel: string): string | undefined =>
  confirmationText(state, prefixLabel) ?? fanOutText(state, prefixLabel) ?? budgetText(state, prefixLabel);

function fanOutText({ fanOut }: SessionState, prefixLabel: string): string | undefined {
  if (fanOut === undefined) return undefined;
  const { limit, allowed, held } = fanOut;
  const plural = allowed === 1 ? '' : 's';
  const what = {
    parallel: `More than ${allowed} request${plural} at once`,
    alike: `More than ${allowed} equal request${plural} at once`,
    alikePerMinute: `The same message ${allowed} times in a minute`,
  }[limit];
  const keys = prefixLabel === '' ? '' : ` ${prefixLabel} y allows twice as many, ${prefixLabel} n refuses them.`;
  return `${what}; ${held} held until others have ended.${keys}`;
}

function confirmationText({ confirmation }: SessionState, prefixLabel: string): string | undefined {
  if (confirmation === undefined) return undefined;
  const keys = prefixLabel === '' ? '' : ` ${prefixLabel} y allows it, ${prefixLabel} n denies it.`;
  const asker = confirmation.isFromProgram ? 'Another program asks for it.' : 'A request waits.';
  return `${confirmation.text}? ${asker}${keys}`;
}

function budgetText({ spending }: SessionState, prefixLabel: string): string | undefined {
  const budget = spending?.budgets.find(({ name }) => name === spending.asking);
  if (budget === undefined) return undefined;
  const keys = prefixLabel === '' ? '' : ` ${prefixLabel} y allows as much again, ${prefixLabel} n stops.`;
  return `The budget ${budgetNames[budget.name]} is used up (${usd(budget.spentMicroUsd)} of ${usd(budget.limitMicroUsd)}); a turn waits.${keys}`;
}

const limitName = ({ kind }: WallQuestion): string => (kind === 'plan' ? 'plan limit' : 'rate limit');

/** The clock time of the reset, with the day when it is not today. */
function untilText({ until }: WallQuestion, now: number): string {
  if (until === undefined) return '';
  return ` until ${clockAfter(until, now)}, in ${countdown(until - now)}`;
}

/** The arithmetic of the choice: wait, or one of the models that can take the requests. */
function wallLines(wall: WallQuestion, { choices, prefixLabel, now }: QuestionProps, width: number): string[] {
  const head = wrapText(`${wall.route}: ${limitName(wall)}${untilText(wall, now)}. ${waitingText(wall)}.`, width, 3);
  if (prefixLabel === '') return head;
  const offers = wallOffers(wall, choices);
  return [
    ...head,
    wall.isDecided ? 'It waits. Or:' : `${prefixLabel} w  wait`,
    ...offers.flatMap((offer, at) => offerLines(offer, `${prefixLabel} ${at + 1}  `, width)),
    `${prefixLabel} s  another model`,
  ];
}

const waitingText = ({ waiting }: WallQuestion): string =>
  waiting === 1 ? '1 request waits' : `${waiting} requests wait`;

const offerLines = ({ model, cost, facts }: WallOffer, key: string, width: number): string[] => [
  ...wrapText(key + model, width, 2),
  ...wrapText([cost, ...facts].join(separator), Math.max(8, width - 2), 4).map((text) => `  ${text}`),
];
