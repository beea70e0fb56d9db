/** A snapshot of `process.env`. Entry points read it; other code receives it as a parameter. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const readEnvironment = (): Environment => ({ ...process.env });
