import { notAnswered } from './reduce.ts';
import { initialState, type RequestView, type SessionState } from './state.ts';

const newMembers: Partial<RequestView> = { ...notAnswered, isElsewhere: false };

const completeRequest = (request: RequestView): RequestView => ({ ...newMembers, ...request });

/** A state of a proxy of an older version, with the members that it lacks. */
export const completeState = (state: SessionState): SessionState => ({
  ...initialState(state.startedAt, state.routes),
  ...state,
  // JSON has no member for what is undefined.
  compactAt: 'compactAt' in state ? state.compactAt : undefined,
  recent: state.recent.map(completeRequest),
  running: state.running.map(completeRequest),
});
