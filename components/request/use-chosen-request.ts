import { useState } from 'react';
import type { RequestView } from '../../src/session/state.ts';

/** The chosen request, stored by id because the list grows above it; the newest by default. */
export function useChosenRequest(
  requests: readonly RequestView[],
): readonly [string | undefined, (towards: 'newer' | 'older') => void] {
  const [chosen, setChosen] = useState<string>();
  const at = Math.max(
    0,
    requests.findIndex(({ id }) => id === chosen),
  );
  const moveChoice = (towards: 'newer' | 'older') => {
    const next = requests[at + (towards === 'newer' ? -1 : 1)];
    if (next) setChosen(next.id);
  };
  return [requests[at]?.id, moveChoice];
}
