/** Keys, sizes, colour detection and texts of a screen session. */
import type { AppContext } from '../app/context.ts';
import type { Environment } from '../platform/environment.ts';
import { type ThemeName, themeNames } from '../session/theme-names.ts';
import type { OverlayName } from '../session/ui.ts';
import { type PrefixKey, prefixKey } from '../terminal/input.ts';
import { alertKinds, alertSequence } from '../terminal/notification.ts';

export const overlaySizes: Readonly<Record<OverlayName, { cols: number; rows: number }>> = {
  help: { cols: 76, rows: 24 },
  details: { cols: 130, rows: 38 },
  incidents: { cols: 110, rows: 30 },
  switch: { cols: 108, rows: 20 },
  quit: { cols: 60, rows: 7 },
};

export const arrows: Readonly<Record<string, 'up' | 'down' | 'left' | 'right'>> = {
  '\x1b[A': 'up',
  '\x1b[B': 'down',
  '\x1b[C': 'right',
  '\x1b[D': 'left',
};

export const wantsColor = (env: Environment): boolean => !env.NO_COLOR && env.TERM !== 'dumb';

/** Calls the user's attention; empty if the terminal has it. */
export function alertFor(
  text: string,
  { isFocused, outerName = '' }: { readonly isFocused: boolean | undefined; readonly outerName: string | undefined },
  { settings, env }: Pick<AppContext, 'settings' | 'env'>,
): string {
  const kind = alertKinds.find((name) => name === settings.text('alerts')) ?? 'on';
  return isFocused === true
    ? ''
    : alertSequence(kind, text, `${outerName} ${env.TERM_PROGRAM ?? ''} ${env.TERM ?? ''}`);
}

/** The setting `prefix`. */
export const prefixOf = ({ settings }: Pick<AppContext, 'settings'>): PrefixKey =>
  prefixKey(settings.text('prefix') ?? 'ctrl+\\');

/** The setting `theme`. */
export const themeOf = ({ settings }: Pick<AppContext, 'settings'>): ThemeName =>
  themeNames.find((name) => name === settings.text('theme')) ?? 'auto';

/** Copies a text to the clipboard of the terminal (OSC 52). */
export const clipboardSequence = (text: string): string => `\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`;

export const printable = (key: string): string => key.replace(/[\x00-\x1f\x7f]/g, '·');

/** How long to wait for a stop to take effect; a stop is effective immediately or not at all. */
export const resumeTimeoutMs = 250;

/** What the user reads after an error of the screen itself. */
export const crashText = (thrown: unknown, { paths, self }: Pick<AppContext, 'paths' | 'self'>): string =>
  `ccp: the screen failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}\nThe log is ${paths.proxyLog}. The conversation is kept: \`${self} launch -- -c\` continues it.\n`;
