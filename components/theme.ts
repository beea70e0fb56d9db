/** Colours by meaning. Every meaning is also a word or a sign, so that none is needed. */
export interface Theme {
  readonly accent: string | undefined;
  readonly good: string | undefined;
  readonly warn: string | undefined;
  readonly bad: string | undefined;
}

const colored: Theme = { accent: 'cyan', good: 'green', warn: 'yellow', bad: 'red' };
const bare: Theme = { accent: undefined, good: undefined, warn: undefined, bad: undefined };

export const themeFor = (color: boolean): Theme => (color ? colored : bare);

export const toned = (color: string | undefined): { color?: string } => (color === undefined ? {} : { color });
