import { constants } from 'node:os';

/** The exit code that a shell reports for a program ended by a signal: 128 plus the signal's number. */
export const signalExit = (signal: string): number =>
  128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0);
