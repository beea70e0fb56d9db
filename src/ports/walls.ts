/** Limits of plans that the sessions of this machine have met. All of a user's sessions use the same login. */
export interface SharedWalls {
  /** @param model `UPSTREAM/MODEL`. @returns `undefined`: no limit is known. */
  get(model: string): Wall | undefined;
  set(model: string, wall: Wall): void;
  clear(model: string): void;
}

/** Epoch milliseconds. */
export interface Wall {
  /** Until then the model is not asked. */
  readonly until: number;
  /** When the limit was met. */
  readonly since: number;
}
