/**
 * Text from outside (an upstream, a token, a repository, the client), made safe for a terminal, a log and a file. It is
 * cleaned where it enters, so that no later place has to think of it.
 */

declare const isClean: unique symbol;

/** Foreign text without control characters, on one line, and of limited length. Only this file makes it. */
export type CleanText = string & { readonly [isClean]: true };

/**
 * C0, DEL and C1 control characters (escape sequences begin with one of them), line and paragraph separators, and
 * characters that change the direction of the text around them.
 */
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/g;
const controlIn = new RegExp(controls.source);

export const hasControls = (text: string): boolean => controlIn.test(text);

/** Length of names and of words of an upstream that ccp repeats, in UTF-16 units. */
const defaultLength = 200;

/** Replaces control characters by blanks, and cuts the text to `maxLength`, marked with "…". */
export function cleanText(text: string, maxLength: number = defaultLength): CleanText {
  // The text is cut first: a body of many megabytes is not cleaned for the sake of its first line.
  const cleaned = text
    .slice(0, maxLength * 2)
    .replace(controls, ' ')
    .trim();
  if (cleaned.length <= maxLength && text.length <= maxLength * 2) return cleaned as CleanText;
  return `${cleaned.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')}…` as CleanText;
}

/** As `cleanText`; keeps `undefined`. */
export const cleanName = (text: string | undefined): CleanText | undefined =>
  text === undefined ? undefined : cleanText(text);

/** For messages of several lines that contain foreign text: each line is cleaned, the line breaks are kept. */
export const cleanLines = (text: string, maxLength: number): string =>
  text
    .split('\n')
    .map((line) => cleanText(line, maxLength))
    .join('\n');

/** Members of an object or elements of a list beyond this number are dropped, as are objects and lists deeper inside. */
const maxMembers = 200;
const maxDepth = 8;

/** Cleans every text in plain data, member names included. @param maxLength of each text. */
export function cleanData<T>(value: T, maxLength: number): T {
  return cleaned(value, maxLength, 0) as T;
}

function cleaned(value: unknown, maxLength: number, depth: number): unknown {
  if (typeof value === 'string')
    return value.length <= maxLength && !hasControls(value) ? value : cleanText(value, maxLength);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) return undefined;
  if (Array.isArray(value)) return value.slice(0, maxMembers).map((element) => cleaned(element, maxLength, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, maxMembers)
      .map(([name, member]) => [cleaned(name, maxLength, depth), cleaned(member, maxLength, depth + 1)]),
  );
}
