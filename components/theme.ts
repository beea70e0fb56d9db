/** Colours by meaning. Each meaning is also shown as a word, a sign or a glyph, so colours are optional. */
import type { ThemeName } from '../src/session/theme-names.ts';

const tones = [
  'accent',
  'good',
  'warn',
  'bad',
  // Tokens: read from the cache, sent uncached, written by the model.
  'cached',
  'uncached',
  'output',
  // Parts of a context.
  'system',
  'tools',
  'history',
  'newest',
] as const;

export type Tone = (typeof tones)[number];

/** Colours are names of terminal colours, or `#rrggbb`. */
export type Theme = Readonly<Record<Tone, string | undefined>> & {
  /** Less important text may be dim. */
  readonly dims: boolean;
};

const darkTheme: Theme = {
  accent: 'cyan',
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  cached: 'blue',
  uncached: 'yellow',
  output: 'magenta',
  system: 'blue',
  tools: 'cyan',
  history: 'white',
  newest: 'green',
  dims: true,
};

/** Cyan, yellow and white are not readable on a light background. */
const lightTheme: Theme = {
  accent: 'blue',
  good: 'green',
  warn: 'magenta',
  bad: 'red',
  cached: 'blue',
  uncached: 'magenta',
  output: 'black',
  system: 'blue',
  tools: 'magenta',
  history: 'gray',
  newest: 'green',
  dims: true,
};

const contrastTheme: Theme = {
  accent: 'whiteBright',
  good: 'greenBright',
  warn: 'yellowBright',
  bad: 'redBright',
  cached: 'cyanBright',
  uncached: 'yellowBright',
  output: 'magentaBright',
  system: 'cyanBright',
  tools: 'magentaBright',
  history: 'whiteBright',
  newest: 'greenBright',
  dims: false,
};

/** The colours of Okabe and Ito, which differ for all common forms of colour blindness. */
const colorblindTheme: Theme = {
  accent: '#56B4E9',
  good: '#009E73',
  warn: '#E69F00',
  bad: '#D55E00',
  cached: '#0072B2',
  uncached: '#E69F00',
  output: '#CC79A7',
  system: '#0072B2',
  tools: '#56B4E9',
  history: '#999999',
  newest: '#009E73',
  dims: true,
};

const plainTheme: Theme = {
  ...(Object.fromEntries(tones.map((tone) => [tone, undefined])) as Record<Tone, undefined>),
  dims: true,
};

const themes: Readonly<Record<Exclude<ThemeName, 'auto'>, Theme>> = {
  dark: darkTheme,
  light: lightTheme,
  contrast: contrastTheme,
  colorblind: colorblindTheme,
};

/** @param name `auto` follows the terminal's background. */
export function themeFor(color: boolean, background: 'light' | 'dark' = 'dark', name: ThemeName = 'auto'): Theme {
  if (!color) return plainTheme;
  return themes[name === 'auto' ? background : name];
}

export const colorProps = (color: string | undefined): { color?: string } => (color === undefined ? {} : { color });
