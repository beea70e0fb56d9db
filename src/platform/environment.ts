/** `process.env` as a value: read here and in `main`, handed down from there. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const readEnvironment = (): Environment => ({ ...process.env });
