/** Globs that are matched in time linear in pattern and text: patterns and texts come from repositories. */

type Token = string | ((character: string) => boolean);

/** Longer patterns or texts match nothing. */
const maxLength = 1_000;

const any = (): boolean => true;
const notSlash = (character: string): boolean => character !== '/';

/** `*` stands for any characters. */
export const matchesAny = (glob: string, text: string): boolean => matches(tokensOf(glob, any, any), text);

/** `*` stands within a part of a path or name, `**` across parts. */
export const matchesPath = (glob: string, text: string): boolean => matches(tokensOf(glob, notSlash, any), text);

/** `*.` stands for any labels before a domain, another `*` for a part of one label. */
export function matchesHost(glob: string, text: string): boolean {
  const labels = (character: string): boolean => !'/:'.includes(character);
  const label = (character: string): boolean => !'./:'.includes(character);
  const tokens = [...glob.toLowerCase()].map((character, at): Token => {
    if (character !== '*') return character;
    return glob[at + 1] === '.' ? labels : label;
  });
  return matches(tokens, text);
}

/** @param one what `*` may contain. @param several what `**` may contain. */
function tokensOf(glob: string, one: Token, several: Token): Token[] {
  const tokens: Token[] = [];
  for (const [part] of glob.toLowerCase().matchAll(/\*+|[^*]/g))
    tokens.push(part === '*' ? one : part.startsWith('*') ? several : part);
  return tokens;
}

/** Case does not matter. */
function matches(tokens: readonly Token[], text: string): boolean {
  if (tokens.length > maxLength || text.length > maxLength) return false;
  const characters = [...text.toLowerCase()];
  // Whether the tokens so far match the first n characters, for every n.
  let reached = [true, ...characters.map(() => false)];
  for (const token of tokens) {
    const next = characters.map(() => false);
    let isOpen = false;
    const row = [...next, false];
    for (let at = 0; at <= characters.length; at += 1) {
      const character = characters[at - 1] ?? '';
      if (typeof token === 'string') row[at] = at > 0 && reached[at - 1] === true && character === token;
      else {
        isOpen = reached[at] === true || (isOpen && at > 0 && token(character));
        row[at] = isOpen;
      }
    }
    reached = row;
  }
  return reached[characters.length] === true;
}
