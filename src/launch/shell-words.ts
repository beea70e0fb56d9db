/**
 * The words of a shell command, as far as bash and zsh agree about them. Anything rarer ends the reading: the caller
 * leaves such a command as it is.
 */

export interface ShellWord {
  /** As written, with its quotes. */
  readonly text: string;
  /** Offset after its last character. */
  readonly end: number;
}

/** Words before the first redirection, without what follows it. */
export type SimpleCommand = readonly ShellWord[];

/** @returns the commands outside of quotes, substitutions and heredocs; `undefined` when a part is not understood. */
export function simpleCommands(command: string): readonly SimpleCommand[] | undefined {
  const commands: ShellWord[][] = [[]];
  try {
    readList(command, 0, 0, commands);
    return commands;
  } catch (thrown) {
    if (thrown instanceof NotUnderstood) return undefined;
    throw thrown;
  }
}

class NotUnderstood extends Error {}

const maxDepth = 20;

interface Heredoc {
  readonly word: string;
  readonly isIndented: boolean;
}

const blank = /(?:[ \t]|\\\n)+/y;
const heredocStart = /<<(-?)[ \t]*(?:'([\w.-]+)'|"([\w.-]+)"|([\w.-]+))(?=[\s;&|)]|$)/y;
const redirection = /(?:\d{0,3}(?:<<<|>>|>\||[<>]&|<>|>|<)|&>>?)[ \t]*/y;
const separator = /(?:\n|;;?&?|&&?|\|[|&]?|#[^\n]*)/y;
/** In these, a parenthesis, `<` or `&` has another meaning. */
const otherSyntax = /(?:\[\[|\(\(|[<>]\(|case(?![\w-])|select(?![\w-])|coproc(?![\w-]))/y;

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/** Reads to the end, or within a substitution past its `)`. @returns the offset there. */
function readList(command: string, from: number, depth: number, commands?: ShellWord[][]): number {
  if (depth > maxDepth) throw new NotUnderstood();
  const heredocs: Heredoc[] = [];
  let openSubshells = 0;
  let isRedirected = false;
  let at = from;
  const begin = () => {
    isRedirected = false;
    commands?.push([]);
  };
  while (at < command.length) {
    if (matchAt(otherSyntax, command, at)) throw new NotUnderstood();
    const space = matchAt(blank, command, at);
    const heredoc = matchAt(heredocStart, command, at);
    const redirected = matchAt(redirection, command, at);
    const separated = matchAt(separator, command, at);
    if (space) at += space[0].length;
    else if (heredoc) {
      heredocs.push({ word: heredoc[2] ?? heredoc[3] ?? heredoc[4] ?? '', isIndented: heredoc[1] === '-' });
      isRedirected = true;
      at += heredoc[0].length;
    } else if (redirected) {
      if (/^<<(?!<)/.test(command.slice(at, at + 3))) throw new NotUnderstood();
      isRedirected = true;
      at = endOfWord(command, at + redirected[0].length, depth);
    } else if (separated) {
      at += separated[0].length;
      if (separated[0] === '\n') for (const one of heredocs.splice(0)) at = endOfHeredoc(command, at, one);
      begin();
    } else if (command[at] === '(') {
      openSubshells += 1;
      at += 1;
      begin();
    } else if (command[at] === ')') {
      at += 1;
      if (openSubshells === 0 && depth > 0 && heredocs.length === 0) return at;
      openSubshells -= 1;
      if (openSubshells < 0) throw new NotUnderstood();
      begin();
    } else {
      const end = endOfWord(command, at, depth);
      if (!isRedirected) commands?.at(-1)?.push({ text: command.slice(at, end), end });
      at = end;
    }
  }
  if (depth > 0 || openSubshells > 0 || heredocs.length > 0) throw new NotUnderstood();
  return at;
}

function endOfHeredoc(command: string, from: number, { word, isIndented }: Heredoc): number {
  for (let at = from; at < command.length; ) {
    const lineEnd = command.indexOf('\n', at);
    const end = lineEnd < 0 ? command.length : lineEnd;
    const line = command.slice(at, end);
    at = end + 1;
    if ((isIndented ? line.replace(/^\t+/, '') : line) === word) return Math.min(at, command.length);
  }
  throw new NotUnderstood();
}

/** The end of a word: quotes and `$(…)` in it belong to it. */
function endOfWord(command: string, from: number, depth: number): number {
  let at = from;
  while (at < command.length) {
    const character = command[at] ?? '';
    if (/[\s;&|)<>]/.test(character)) break;
    if (character === '(') throw new NotUnderstood();
    if (character === "'") at = afterQuote(command, at);
    else if (character === '"') at = endOfDoubleQuotes(command, at, depth);
    else at = endOfPart(command, at, depth);
  }
  if (at === from) throw new NotUnderstood();
  return at;
}

function afterQuote(command: string, from: number): number {
  const end = command.indexOf("'", from + 1);
  if (end < 0) throw new NotUnderstood();
  return end + 1;
}

function endOfDoubleQuotes(command: string, from: number, depth: number): number {
  let at = from + 1;
  while (at < command.length) {
    if (command[at] === '"') return at + 1;
    at = endOfPart(command, at, depth);
  }
  throw new NotUnderstood();
}

/** A character, an escaped one or a substitution, in a word or in double quotes. */
function endOfPart(command: string, at: number, depth: number): number {
  if (command[at] === '\\') return at + 2;
  if (command[at] === '`') throw new NotUnderstood();
  if (command[at] !== '$') return at + 1;
  if (command.startsWith('$((', at)) throw new NotUnderstood();
  if (command.startsWith('$(', at)) return readList(command, at + 2, depth + 1);
  const braces = matchAt(/\$\{\w+\}/y, command, at);
  if (braces) return at + braces[0].length;
  // In double quotes, `$'` and `$"` are plain; outside, they begin another kind of quotes.
  if (/^\$[{['"]/.test(command.slice(at, at + 2))) throw new NotUnderstood();
  return at + 1;
}
