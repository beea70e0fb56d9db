/** The bits of xterm's cell words that the painter reads. */

export const contentMask = 0x1fffff;
export const combinedFlag = 0x200000;
const widthShift = 22;

export const widthOf = (content: number): number => content >>> widthShift;

/** Whether the cell is empty or a space. */
export const isBlank = (content: number): boolean => {
  const glyph = content & (contentMask | combinedFlag);
  return glyph === 0 || glyph === 32;
};

/** Whether the cell is the right half of a wide glyph. */
export const isRightHalf = (content: number): boolean => content >>> widthShift === 0 && (content & contentMask) === 0;

export const foreground = {
  inverse: 0x4000000,
  bold: 0x8000000,
  underline: 0x10000000,
  blink: 0x20000000,
  invisible: 0x40000000,
  strikethrough: 0x80000000,
} as const;

export const background = {
  italic: 0x4000000,
  dim: 0x8000000,
  extended: 0x10000000,
  overline: 0x40000000,
} as const;

export const colorModeMask = 0x3000000;
export const colorMode = { palette16: 0x1000000, palette256: 0x2000000, rgb: 0x3000000 } as const;
export const colorMask = 0xffffff;
