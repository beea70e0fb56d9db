/** Limits of plans that the sessions of this machine have met. All of a user's sessions use the same login. */
export interface SharedWalls {
  /** @param model `UPSTREAM/MODEL`. @returns the epoch milliseconds until which it is not asked; `undefined`: no limit is known. */
  until(model: string): number | undefined;
  /** @param until epoch milliseconds. */
  set(model: string, until: number): void;
  clear(model: string): void;
}
