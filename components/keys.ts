/** The keys after the prefix, and which of them do something now. */
import { hasKeyQuestion, type SessionState } from '../src/session/state.ts';

export interface KeyBinding {
  readonly key: string;
  /** One or two words, for the strip after the prefix. */
  readonly short: string;
  /** For the help. */
  readonly meaning: string;
  /** It answers a question of the meter. */
  readonly isAnswer?: boolean;
  /** Whether it does something now; always, if absent. */
  readonly applies?: (state: SessionState) => boolean;
}

const hasProxy = ({ routes }: SessionState): boolean => routes.length > 0;

/** The answers first: a question waits for them. */
export const keyBindings: readonly KeyBinding[] = [
  {
    key: 'y/n',
    short: 'allow/refuse',
    meaning: 'the question in the meter: allow, or refuse',
    isAnswer: true,
    applies: (state) =>
      hasKeyQuestion(state) || (state.wall === undefined && (state.spending?.budgets.length ?? 0) > 0),
  },
  {
    key: 'w',
    short: 'wait',
    meaning: 'at a limit: wait',
    isAnswer: true,
    applies: (state) => state.wall?.isDecided === false && !hasKeyQuestion(state),
  },
  {
    key: '1–3',
    short: 'other model',
    meaning: 'at a limit: the model that the meter offers',
    isAnswer: true,
    applies: (state) => state.wall !== undefined && !hasKeyQuestion(state),
  },
  { key: 's', short: 'switch', meaning: 'switch a model: main, or another class with Tab', applies: hasProxy },
  {
    key: 'b',
    short: 'back',
    meaning: 'back to the model before the last switch',
    applies: ({ switches, substitutes }) => switches.length > 0 || Object.keys(substitutes).length > 0,
  },
  { key: 'd', short: 'requests', meaning: 'the requests: sort, filter, times, costs', applies: hasProxy },
  {
    key: 'i',
    short: 'incidents',
    meaning: 'all incidents, in full',
    applies: ({ incidents }) => incidents.length > 0,
  },
  { key: 'l', short: 'layout', meaning: 'next layout: side, bottom, one row, auto' },
  { key: 'm', short: 'meter', meaning: 'meter on, or one row' },
  { key: 'z', short: 'zoom', meaning: 'zoom: the pane alone, and back' },
  { key: '←↑↓→', short: 'border', meaning: 'move the border of the meter; arrows repeat without the prefix' },
  { key: '[', short: 'history', meaning: 'look at the history: / search, v select, y copy, q leave' },
  { key: '?', short: 'help', meaning: 'this help' },
  { key: 'q', short: 'quit', meaning: 'quit (asks while a request runs)' },
];

export const keysNow = (state: SessionState): readonly KeyBinding[] =>
  keyBindings.filter(({ applies }) => applies?.(state) ?? true);
