import { useRef, useState } from 'react';

/**
 * State that is current at once. Keys can arrive faster than the screen is drawn, and each must see what the one before
 * it changed.
 *
 * @returns a function that reads the state, and one that changes members of it.
 */
export function useLiveState<State extends object>(
  initial: State,
): readonly [() => State, (change: Partial<State>) => void] {
  const current = useRef(initial);
  const [, redraw] = useState(0);
  const change = (members: Partial<State>) => {
    current.current = { ...current.current, ...members };
    redraw((count) => count + 1);
  };
  return [() => current.current, change];
}
