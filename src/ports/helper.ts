/** Runs work that can block indefinitely in a process that can be killed. */

/** Takes and returns JSON, never through an argument list. `undefined` when the process was killed on timeout. */
export type RunHelper = (request: Readonly<Record<string, unknown>>, timeoutMs: number) => Promise<unknown>;
