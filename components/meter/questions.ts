/** What the user is asked, as lines: a limit at which requests wait, a budget, a change that another program requested. */
import { columnsOf, wrapText } from '../../src/session/columns.ts';
import type { WallQuestion } from '../../src/session/events.ts';
import { usd } from '../../src/session/format.ts';
import type { SessionState } from '../../src/session/state.ts';
import type { ModelChoice } from '../../src/session/ui.ts';
import { type WallOffer, wallOffers } from '../../src/session/wall-offer.ts';
import { countdown, separator } from './line.ts';
import { budgetWords } from './money.ts';

export interface QuestionProps {
  readonly state: SessionState;
  readonly choices: readonly ModelChoice[];
  /** Empty if no key can answer. */
  readonly prefixLabel: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The open question in lines of at most `width` columns; empty without one. */
export function questionLines(props: QuestionProps, width: number): string[] {
  const { state, prefixLabel } = props;
  const text = keyQuestion(state, prefixLabel);
  if (text !== undefined) return wrapText(text, width, 4);
  return state.wall === undefined ? [] : wallLines(state.wall, props, width);
}

/** The open question in one line, the most important first; `undefined` without one. */
export function questionText({ state, choices, prefixLabel, now }: QuestionProps, width: number): string | undefined {
  const text = keyQuestion(state, prefixLabel);
  if (text !== undefined || state.wall === undefined) return text;
  const { wall } = state;
  const head = `${wall.route}: ${limitName(wall)}${untilText(wall, now)}`;
  if (wall.isDecided || prefixLabel === '') return `${head}; it waits`;
  const keys = [`w waits`, ...wallOffers(wall, choices).map(({ model, cost }, at) => `${at + 1} ${model} (${cost})`)];
  let line = `${head}: ${prefixLabel}`;
  for (const [at, key] of keys.entries()) {
    const next = `${line}${at === 0 ? ' ' : ', '}${key}`;
    if (columnsOf(next) > width) break;
    line = next;
  }
  return line;
}

/** A question that the keys y and n answer. */
const keyQuestion = (state: SessionState, prefixLabel: string): string | undefined =>
  confirmationText(state, prefixLabel) ?? fanOutText(state, prefixLabel) ?? budgetText(state, prefixLabel);

function fanOutText({ fanOut }: SessionState, prefixLabel: string): string | undefined {
  if (fanOut === undefined) return undefined;
  const { limit, allowed, held } = fanOut;
  const what = {
    parallel: `More than ${allowed} requests at once`,
    alike: `More than ${allowed} equal requests at once`,
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
  return `Budget ${budgetWords[budget.name]} used up (${usd(budget.spentMicroUsd)} of ${usd(budget.limitMicroUsd)}); a turn waits.${keys}`;
}

const limitName = ({ kind }: WallQuestion): string => (kind === 'plan' ? 'plan limit' : 'rate limit');

/** The clock time of the reset, with the day when it is not today. */
function untilText({ until }: WallQuestion, now: number): string {
  if (until === undefined) return '';
  const end = new Date(until);
  const time = end.toLocaleTimeString('en-GB').slice(0, 5);
  const isToday = end.toDateString() === new Date(now).toDateString();
  const day = isToday ? '' : `${end.toLocaleDateString('en-GB', { weekday: 'short' })} `;
  return ` until ${day}${time}, in ${countdown(until - now)}`;
}

/** The arithmetic of the choice: wait, or one of the models that can take the requests. */
function wallLines(wall: WallQuestion, { choices, prefixLabel, now }: QuestionProps, width: number): string[] {
  const waiting = wall.waiting === 1 ? '1 request waits' : `${wall.waiting} requests wait`;
  const head = wrapText(`${wall.route}: ${limitName(wall)}${untilText(wall, now)}. ${waiting}.`, width, 3);
  if (prefixLabel === '') return head;
  if (wall.isDecided) return [...head, ...wrapText(`${prefixLabel} 1, 2, 3 or s: another model`, width, 2)];
  const offers = wallOffers(wall, choices);
  return [
    ...head,
    `${prefixLabel} w  wait (so without an answer)`,
    ...offers.flatMap((offer, at) => offerLines(offer, `${prefixLabel} ${at + 1}  `, width)),
    `${prefixLabel} s  another model`,
  ];
}

const offerLines = ({ model, cost, facts }: WallOffer, key: string, width: number): string[] => [
  key + model,
  ...wrapText([cost, ...facts].join(separator), Math.max(8, width - 2), 3).map((text) => `  ${text}`),
];
