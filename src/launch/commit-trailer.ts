/**
 * Adds a trailer to the `git commit` commands of a shell command, so that a commit names the model that wrote it. The
 * option stands last, because Claude Code's rules for permissions compare the beginning of the changed command. A command
 * that is not understood in every part is left as it is.
 */
import { type SimpleCommand, simpleCommands } from './shell-words.ts';

/** @returns the command with the trailer; `undefined` when it has no `git commit` with a message. */
export function withCommitTrailer(command: string, trailer: string): string | undefined {
  const ends = (simpleCommands(command) ?? []).flatMap((words) => commitEnd(words) ?? []);
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

const prefix = /^(?:\w+=.*|sudo|command|exec|env|time|then|do|else|!|\{)$/s;
/** Options of git itself, before the subcommand, with a value as the next word. */
const gitValueOption = /^(?:-C|-c|--git-dir|--work-tree|--namespace|--exec-path)$/;
/** Options of `git commit` with a value as the next word. */
const valueOption =
  /^(?:-[a-bd-zA-BD-Z]*[mFCct]|--(?:message|file|reuse-message|reedit-message|author|date|cleanup|template|trailer|fixup|squash|pathspec-from-file))$/;
/** The message comes from here: git does not ask an editor, and refuses an empty one. */
const givesMessage = /^(?:-[a-zA-Z]*[mFC]|--(?:message|file|reuse-message)(?:=|$)|--no-edit$)/;
const isEmptyMessage = /^(?:(?:-m|--message=)?(?:""|''))$/;
const onlyInforms = /^(?:-h|--help|--version|--dry-run)$/;

/** Where the last argument of a `git commit` ends, before `--`. */
function commitEnd(words: SimpleCommand): number | undefined {
  let at = words.findIndex(({ text }) => !prefix.test(text));
  if (at < 0 || !/^(?:.*\/)?git$/.test(words[at]?.text ?? '')) return undefined;
  at += 1;
  while (words[at]?.text.startsWith('-')) at += gitValueOption.test(words[at]?.text ?? '') ? 2 : 1;
  if (words[at]?.text !== 'commit') return undefined;
  let end = words[at]?.end;
  let hasMessage = false;
  for (at += 1; at < words.length; at += 1) {
    const { text = '', end: wordEnd } = words[at] ?? {};
    if (text === '--') break;
    const value = valueOption.test(text) ? words[at + 1] : undefined;
    const isIncomplete = valueOption.test(text) && value === undefined;
    if (isIncomplete || onlyInforms.test(text) || isEmptyMessage.test(value?.text ?? text)) return undefined;
    hasMessage ||= givesMessage.test(text);
    end = value?.end ?? wordEnd;
    if (value) at += 1;
  }
  return hasMessage ? end : undefined;
}
