/**
 * Claude Code's hook before a shell command: adds the trailer of the model that wrote it to `git commit`. Runs as
 * `node commit-hook.js FILE TEMPLATE`; FILE names the model of each tool call. Anything unexpected changes nothing.
 */
import { readFileSync } from 'node:fs';
import { trailerOf, withCommitTrailer } from '../launch/commit-trailer.ts';
import { writerOf } from '../storage/call-writers-file.ts';
import { asObject, asString, parseJson } from '../wire/json.ts';

const [file = '', template = ''] = process.argv.slice(2);
const call = asObject(parseJson(readFileSync(0, 'utf8')));
const input = asObject(call.tool_input);
const writer = writerOf(file, asString(call.tool_use_id) ?? '');
const command = writer && withCommitTrailer(asString(input.command) ?? '', trailerOf(template, writer));
if (command !== undefined)
  process.stdout.write(
    JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', updatedInput: { ...input, command } } }),
  );
