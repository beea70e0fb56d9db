/** Colours by meaning. Each meaning is also shown as a word or a sign, so colours are optional. */
export interface Theme {
  readonly accent: string | undefined;
  readonly good: string | undefined;
  readonly warn: string | undefined;
  readonly bad: string | undefined;
}

const darkTheme: Theme = { accent: 'cyan', good: 'green', warn: 'yellow', bad: 'red' };
/** Cyan and yellow are not readable on white. */
const lightTheme: Theme = { accent: 'blue', good: 'green', warn: 'magenta', bad: 'red' };
const plainTheme: Theme = { accent: undefined, good: undefined, warn: undefined, bad: undefined };

export const themeFor = (color: boolean, background: 'light' | 'dark' = 'dark'): Theme =>
  color ? (background === 'light' ? lightTheme : darkTheme) : plainTheme;

export const colorProps = (color: string | undefined): { color?: string } => (color === undefined ? {} : { color });
