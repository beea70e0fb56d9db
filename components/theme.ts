/** Colours by meaning. Every meaning is also a word or a sign, so that none is needed. */
export interface Theme {
  readonly accent: string | undefined;
  readonly good: string | undefined;
  readonly warn: string | undefined;
  readonly bad: string | undefined;
}

const onDark: Theme = { accent: 'cyan', good: 'green', warn: 'yellow', bad: 'red' };
/** Cyan and yellow cannot be read on white. */
const onLight: Theme = { accent: 'blue', good: 'green', warn: 'magenta', bad: 'red' };
const bare: Theme = { accent: undefined, good: undefined, warn: undefined, bad: undefined };

export const themeFor = (color: boolean, background: 'light' | 'dark' = 'dark'): Theme =>
  color ? (background === 'light' ? onLight : onDark) : bare;

export const toned = (color: string | undefined): { color?: string } => (color === undefined ? {} : { color });
