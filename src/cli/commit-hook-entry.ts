/**
 * Claude Code's hook before a shell command: adds the trailer of the model that wrote it to `git commit`. Runs as
 * `node commit-hook.js FILE TEMPLATE`; FILE names the model of each tool call. Anything unexpected changes nothing.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { trailerOf, withCommitTrailer } from '../launch/commit-trailer.ts';
import { writerOf } from '../storage/call-writers-file.ts';
import { asObject, asString, parseJson } from '../wire/json.ts';

const [file = '', template = ''] = process.argv.slice(2);
const call = asObject(parseJson(readFileSync(0, 'utf8')));
const input = asObject(call.tool_input);
const writer = writerOf(file, asString(call.tool_use_id) ?? '');
const command = writer && withCommitTrailer(asString(input.command) ?? '', trailerOf(template, writer));
if (command !== undefined && knowsTrailers())
  process.stdout.write(
    JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', updatedInput: { ...input, command } } }),
  );

/** `git commit --trailer` exists since git 2.32. */
function knowsTrailers(): boolean {
  const version = execFileSync('git', ['--version'], { encoding: 'utf8', timeout: 5000 });
  const [, major, minor] = /^git version (\d{1,3})\.(\d{1,3})/.exec(version) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 32);
}
