import type { SessionEvent } from './events.ts';
import { maxTurns, type RequestView, type SessionState, type TurnView } from './state.ts';

/** Adds a turn of the main conversation to the list that the picture of the session shows. */
export function addTurn(
  { turns, switches, compactedAt = 0 }: Pick<SessionState, 'turns' | 'switches' | 'compactedAt'>,
  { at, tokens, measured }: Extract<SessionEvent, { type: 'completed' }>,
  { cacheMiss }: Pick<RequestView, 'cacheMiss'>,
): readonly TurnView[] {
  const since = turns.at(-1)?.at ?? 0;
  const turn: TurnView = {
    at,
    tokens,
    measured,
    missed: cacheMiss !== undefined,
    switched: switches.some((one) => one.routeClass === 'main' && one.at > since),
    compacted: compactedAt > since,
  };
  return [...turns, turn].slice(-maxTurns);
}
