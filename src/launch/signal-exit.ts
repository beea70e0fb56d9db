import { constants } from 'node:os';

/** What a shell says of a program that a signal ended. */
export const signalExit = (signal: string): number =>
  128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0);
