import type { SharedWalls } from '../../src/ports/walls.ts';

/** What the sessions of one machine know of each other's limits, without files. */
export function memoryWalls(): SharedWalls {
  const walls = new Map<string, number>();
  return {
    until: (model) => walls.get(model),
    set: (model, until) => walls.set(model, until),
    clear: (model) => walls.delete(model),
  };
}
