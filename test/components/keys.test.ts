import { expect, it } from 'vitest';
import { keysNow } from '../../components/keys.ts';
import type { SessionState } from '../../src/session/state.ts';
import { initialState } from '../../src/session/state.ts';
import { sampleRoute } from '../support/samples.ts';

const empty = initialState(0, [sampleRoute]);
const wall = { id: 'w', isDecided: false } as never;
const spending = { budgets: [{}], asking: undefined } as never;
const confirmation = { id: 'q', text: 'Switch', isFromProgram: true };

const answers = (state: Partial<SessionState>) =>
  keysNow({ ...empty, ...state })
    .filter(({ isAnswer }) => isAnswer)
    .map(({ key }) => key);

it.each<[string, Partial<SessionState>, string[]]>([
  ['nothing is asked', {}, []],
  ['a budget can be raised', { spending }, ['y/n']],
  ['a question waits', { confirmation }, ['y/n']],
  ['requests wait at a limit', { wall }, ['w', '1–3']],
  ['requests wait at a limit, in a session with a budget', { wall, spending }, ['w', '1–3']],
  ['the user let them wait', { wall: { id: 'w', isDecided: true } as never }, ['1–3']],
  ['a question comes before a limit', { wall, confirmation }, ['y/n']],
])('the keys that answer when %s', (_name, state, keys) => {
  expect(answers(state)).toEqual(keys);
});
