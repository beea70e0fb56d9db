/**
 * Adds a trailer to the `git commit` commands of a shell command, so that a commit names the model that wrote it. Only a
 * command word is changed, never text in quotes or in a heredoc; what is not understood is left as it is.
 */

/** @returns the command with the trailer; `undefined` when it has no `git commit`. */
export function withCommitTrailer(command: string, trailer: string): string | undefined {
  const ends = commitWordEnds(command);
  if (ends.length === 0) return undefined;
  const option = ` --trailer ${quoted(trailer)}`;
  return ends.reduceRight((text, end) => text.slice(0, end) + option + text.slice(end), command);
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The trailer of a model. @param template with `{model}` and `{upstream}`. */
export const trailerOf = (template: string, writer: { readonly upstream: string; readonly model: string }): string =>
  template
    .replaceAll('{model}', writer.model)
    .replaceAll('{upstream}', writer.upstream)
    .replace(/[\x00-\x1f\x7f]/g, ' ');

export const defaultTrailer = 'Assisted-by: Claude Code:{model}';

/** Where the word `commit` of each `git commit` ends. */
function commitWordEnds(command: string): number[] {
  const ends: number[] = [];
  let state: 'command' | 'git' | 'option value' | 'other' = 'command';
  for (const token of tokens(command)) {
    if (token.kind === 'separator') state = 'command';
    else if (state === 'command') {
      if (/^\w+=/.test(token.text) || /^(?:sudo|command|exec|env|time|then|do|else|!|\{|\()$/.test(token.text))
        continue;
      state = /^(?:.*\/)?git$/.test(token.text) ? 'git' : 'other';
    } else if (state === 'option value') state = 'git';
    else if (state === 'git') {
      // Options of git itself before the subcommand; these take a value.
      if (/^(?:-C|-c|--git-dir|--work-tree|--namespace|--exec-path)$/.test(token.text)) state = 'option value';
      else if (!token.text.startsWith('-')) {
        if (token.text === 'commit') ends.push(token.end);
        state = 'other';
      }
    }
  }
  return ends;
}

interface Token {
  readonly kind: 'word' | 'separator';
  readonly text: string;
  readonly end: number;
}

/** Words and separators of a shell command. A word in quotes is one word; the body of a heredoc has none. */
function* tokens(command: string): Generator<Token> {
  let at = 0;
  const heredocs: { readonly word: string; readonly isIndented: boolean }[] = [];
  while (at < command.length) {
    const rest = command.slice(at);
    const space = /^(?:[ \t]|\\\n)+/.exec(rest);
    const heredoc = /^<<(-?)\s*(['"]?)([\w.-]+)\2/.exec(rest);
    const separator = /^(?:\n|;;?|&&?|\|\|?|\(|\)|#[^\n]*)/.exec(rest);
    if (space) at += space[0].length;
    else if (heredoc) {
      heredocs.push({ word: heredoc[3] ?? '', isIndented: heredoc[1] === '-' });
      at += heredoc[0].length;
    } else if (separator) {
      at += separator[0].length;
      yield { kind: 'separator', text: separator[0], end: at };
      if (separator[0] === '\n') for (const one of heredocs.splice(0)) at = endOfHeredoc(command, at, one);
    } else {
      const end = endOfWord(command, at);
      yield { kind: 'word', text: command.slice(at, end), end };
      at = end;
    }
  }
}

function endOfHeredoc(
  command: string,
  from: number,
  { word, isIndented }: { word: string; isIndented: boolean },
): number {
  for (let at = from; at < command.length; ) {
    const lineEnd = command.indexOf('\n', at);
    const end = lineEnd < 0 ? command.length : lineEnd;
    const line = command.slice(at, end);
    at = end + 1;
    if ((isIndented ? line.replace(/^\t+/, '') : line) === word) return Math.min(at, command.length);
  }
  return command.length;
}

/** The end of a word: quotes and `$(…)` in it belong to it. */
function endOfWord(command: string, from: number): number {
  let at = from;
  while (at < command.length) {
    const character = command[at];
    if (character === '\\') at += 2;
    else if (character === "'") at = after(command.indexOf("'", at + 1), command);
    else if (character === '"') at = endOfDoubleQuotes(command, at);
    else if (command.startsWith('$(', at)) at = endOfSubstitution(command, at);
    else if (character === '`') at = after(command.indexOf('`', at + 1), command);
    else if (/[\s;&|()<>]/.test(character ?? '')) return at === from ? at + 1 : at;
    else at += 1;
  }
  return command.length;
}

const after = (index: number, command: string): number => (index < 0 ? command.length : index + 1);

function endOfDoubleQuotes(command: string, from: number): number {
  let at = from + 1;
  while (at < command.length && command[at] !== '"') {
    if (command[at] === '\\') at += 2;
    else if (command.startsWith('$(', at)) at = endOfSubstitution(command, at);
    else at += 1;
  }
  return Math.min(at + 1, command.length);
}

function endOfSubstitution(command: string, from: number): number {
  let depth = 0;
  let at = from + 1;
  while (at < command.length) {
    const character = command[at];
    if (character === '\\') at += 1;
    else if (character === "'") at = after(command.indexOf("'", at + 1), command) - 1;
    else if (character === '"') at = endOfDoubleQuotes(command, at) - 1;
    else if (character === '(') depth += 1;
    else if (character === ')') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
    at += 1;
  }
  return command.length;
}
