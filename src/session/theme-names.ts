export const themeNames = ['auto', 'dark', 'light', 'contrast', 'colorblind'] as const;

/** Name of a set of colours; `auto` follows the terminal's background. */
export type ThemeName = (typeof themeNames)[number];
