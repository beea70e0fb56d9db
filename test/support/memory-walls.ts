import type { SharedWalls, Wall } from '../../src/ports/walls.ts';

/** What the sessions of one machine know of each other's limits, without files. */
export function memoryWalls(): SharedWalls {
  const walls = new Map<string, Wall>();
  return {
    get: (model) => walls.get(model),
    set: (model, wall) => walls.set(model, wall),
    clear: (model) => walls.delete(model),
  };
}
