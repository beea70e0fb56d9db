import { useState } from 'react';
import type { RequestView } from '../../src/session/state.ts';

/** The chosen request by id: the list grows above it. Without a choice it is the newest. */
export function useChosenRequest(
  requests: readonly RequestView[],
): readonly [string | undefined, (towards: 'newer' | 'older') => void] {
  const [chosen, choose] = useState<string>();
  const at = Math.max(
    0,
    requests.findIndex(({ id }) => id === chosen),
  );
  const press = (towards: 'newer' | 'older') => {
    const next = requests[at + (towards === 'newer' ? -1 : 1)];
    if (next) choose(next.id);
  };
  return [requests[at]?.id, press];
}
