/**
 * Widths of characters for outer terminals that draw joined emoji as one glyph: several emoji with joiners between them,
 * and an emoji with a skin tone, take the two cells of the first one. All others are those of Unicode 11.
 */

import unicode11 from '@xterm/addon-unicode11';
import type { IUnicodeVersionProvider, Terminal } from '@xterm/headless';

export const joiningVersion = '11-joining';

const joiner = 0x200d;
const skinTones = { first: 0x1f3fb, last: 0x1f3ff } as const;
const pictograph = /^\p{Extended_Pictographic}$/u;
const toneBase = /^\p{Emoji_Modifier_Base}$/u;

/** What may be joined to the character, kept by xterm as a number beside its width. */
const states = { none: 0, afterJoiner: 1, toneBase: 2 } as const;

/** As xterm encodes them: the state from bit 3 on, the width in two bits, whether the character joins the one before. */
const encoded = (state: number, width: number, joins: boolean): number => (state << 3) | (width << 1) | (joins ? 1 : 0);
const widthOf = (properties: number): number => (properties >> 1) & 3;
const stateOf = (properties: number): number => properties >> 3;

const isSkinTone = (codepoint: number): boolean => codepoint >= skinTones.first && codepoint <= skinTones.last;

/** The provider that the addon registers. */
function unicode11Widths(): IUnicodeVersionProvider {
  let found: IUnicodeVersionProvider | undefined;
  const register = (provider: IUnicodeVersionProvider) => {
    found = provider;
  };
  new unicode11.Unicode11Addon().activate({ unicode: { register } } as unknown as Terminal);
  if (found === undefined) throw new Error('the addon registers no widths');
  return found;
}

/** How emoji are joined. */
export type EmojiJoint = 'joiner' | 'skin tone';

/** @param joints those that the terminal knows; others are glyphs of their own. */
export function joiningWidths(joints: ReadonlySet<EmojiJoint>): IUnicodeVersionProvider {
  const base = unicode11Widths();
  return {
    version: joiningVersion,
    wcwidth: (codepoint) => base.wcwidth(codepoint),
    charProperties(codepoint, preceding) {
      const properties = base.charProperties(codepoint, preceding);
      const width = widthOf(preceding);
      if (codepoint < joiner) return properties;
      if (codepoint === joiner && width === 2 && joints.has('joiner')) return encoded(states.afterJoiner, width, true);
      const state = stateOf(preceding);
      if (state === states.toneBase && isSkinTone(codepoint) && joints.has('skin tone'))
        return encoded(states.none, width, true);
      if (state === states.afterJoiner && pictograph.test(String.fromCodePoint(codepoint)))
        return encoded(startState(codepoint), width, true);
      return startOf(codepoint, properties);
    },
  };
}

const startState = (codepoint: number): number =>
  toneBase.test(String.fromCodePoint(codepoint)) ? states.toneBase : states.none;

/** A character that joins nothing before it, unless it is a combining one. */
const startOf = (codepoint: number, properties: number): number =>
  widthOf(properties) === 2 && (properties & 1) === 0 ? properties | (startState(codepoint) << 3) : properties;
