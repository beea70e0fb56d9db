/** Work that can block for ever, done by a process that can be killed. */

/** JSON in, JSON out; neither is ever in an argument list. `undefined` when it did not answer in time, and was killed. */
export type RunHelper = (request: Readonly<Record<string, unknown>>, timeoutMs: number) => Promise<unknown>;
