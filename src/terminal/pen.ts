/** The current text attributes of the outer terminal, and the SGR sequence that changes them. */
import { background, colorMask, colorMode, colorModeMask, foreground } from './cell.ts';
import type { Link } from './emulator.ts';

/** Attributes that the two colour words do not contain. */
export interface Extended {
  /** 0 none, 1 single … 5 dashed. */
  readonly underlineStyle: number;
  /** A colour word, 0 for none. */
  readonly underlineColor: number;
  readonly linkId: number;
  readonly link: Link | undefined;
}

export const plain: Extended = { underlineStyle: 0, underlineColor: 0, linkId: 0, link: undefined };

export class Pen {
  #fg = 0;
  #bg = 0;
  #style = 0;
  #color = 0;
  #linkId = 0;

  /** @returns the sequence that resets all attributes and closes the current link. */
  reset(): string {
    this.#fg = 0;
    this.#bg = 0;
    this.#style = 0;
    this.#color = 0;
    const link = this.#linkId === 0 ? '' : closeLink;
    this.#linkId = 0;
    return `\x1b[0m${link}`;
  }

  /** @returns the bytes that set these attributes; empty if they are already set. */
  set(fg: number, bg: number, extended: Extended): string {
    let out = '';
    const { underlineStyle, underlineColor, linkId } = extended;
    if (fg !== this.#fg || bg !== this.#bg || underlineStyle !== this.#style || underlineColor !== this.#color) {
      this.#fg = fg;
      this.#bg = bg;
      this.#style = underlineStyle;
      this.#color = underlineColor;
      out = sgr(fg, bg, extended);
    }
    if (linkId !== this.#linkId) {
      this.#linkId = linkId;
      out += openLink(extended);
    }
    return out;
  }
}

const closeLink = '\x1b]8;;\x1b\\';

/** The id marks cells as one link when they are written separately. */
const openLink = ({ linkId, link }: Extended): string =>
  link === undefined ? closeLink : `\x1b]8;id=${link.id ?? `ccp${linkId}`};${link.uri}\x1b\\`;

function sgr(fg: number, bg: number, { underlineStyle, underlineColor }: Extended): string {
  const codes: (number | string)[] = [0];
  if (fg & foreground.bold) codes.push(1);
  if (bg & background.dim) codes.push(2);
  if (bg & background.italic) codes.push(3);
  const style = underlineStyle || (fg & foreground.underline ? 1 : 0);
  if (style > 0) codes.push(style > 1 ? `4:${style}` : 4);
  if (fg & foreground.blink) codes.push(5);
  if (fg & foreground.inverse) codes.push(7);
  if (fg & foreground.invisible) codes.push(8);
  if (fg & foreground.strikethrough) codes.push(9);
  if (bg & background.overline) codes.push(53);
  pushColor(codes, fg, 30);
  pushColor(codes, bg, 40);
  if (style > 0) pushUnderlineColor(codes, underlineColor);
  return `\x1b[${codes.join(';')}m`;
}

function pushColor(codes: (number | string)[], word: number, base: 30 | 40): void {
  const value = word & colorMask;
  switch (word & colorModeMask) {
    case colorMode.palette16:
      codes.push((value & 0xff) < 8 ? base + (value & 0xff) : base + 52 + (value & 0xff));
      return;
    case colorMode.palette256:
      codes.push(base + 8, 5, value & 0xff);
      return;
    case colorMode.rgb:
      codes.push(base + 8, 2, value >> 16, (value >> 8) & 0xff, value & 0xff);
  }
}

function pushUnderlineColor(codes: (number | string)[], word: number): void {
  const value = word & colorMask;
  const mode = word & colorModeMask;
  if (mode === colorMode.rgb) codes.push(`58:2::${value >> 16}:${(value >> 8) & 0xff}:${value & 0xff}`);
  else if (mode !== 0) codes.push(`58:5:${value & 0xff}`);
}
