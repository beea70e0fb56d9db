/** The demo model. A turn depends only on the conversation, so equal conversations give equal turns. */
import type { JsonObject } from '../../wire/json.ts';
import type { Conversation, ToolAnswer } from './conversation.ts';

export interface DemoTurn {
  readonly thinking: string;
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly arguments: JsonObject }[];
}

const listCommand = 'pwd && ls -p | head -40';
/** Claude Code treats this as arbitrary code and asks for permission. */
const harmlessCommand = 'node -p process.version';
const noteName = 'ccp-demo-note.md';

export function demoTurn(conversation: Conversation): DemoTurn {
  const { prompt, tools, wantsJson } = conversation;
  if (wantsJson) return textTurn('', JSON.stringify({ title: titleOf(prompt) }));
  if (/Respond with TEXT ONLY/.test(prompt)) return summary(conversation);
  if (/\b(?:long|essay|stream|count)\b/i.test(prompt)) return longAnswer();
  const listing = conversation.answers.find((answer) => answer.arguments.includes(listCommand));
  if (listing === undefined) return tools.includes('Bash') ? listFolder(prompt) : textTurn('', greeting(prompt));
  return continueAfterListing(conversation, listing);
}

const textTurn = (thinking: string, text: string): DemoTurn => ({ thinking, text, calls: [] });

const toolTurn = (thinking: string, text: string, name: string, args: JsonObject): DemoTurn => ({
  thinking,
  text,
  calls: [{ name, arguments: args }],
});

const listFolder = (prompt: string): DemoTurn =>
  toolTurn(
    `The user said “${shorten(prompt)}”. I know nothing of this folder yet, so I look before I answer.`,
    'I will look at this folder first.',
    'Bash',
    { command: listCommand, description: 'List this folder' },
  );

function continueAfterListing(conversation: Conversation, listing: ToolAnswer): DemoTurn {
  const { prompt, answers } = conversation;
  const [folder = '', ...names] = listing.output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const file = chooseFile(prompt, names);
  const readAnswer = conversation.everything.find((answer) => isReadOf(answer, file));
  if (readAnswer === undefined && file !== undefined) {
    return toolTurn(`${names.length} entries. ${file} says most about it.`, `Now I read \`${file}\`.`, 'Read', {
      file_path: `${folder.replace(/\/$/, '')}/${file}`,
    });
  }
  const commandAnswer = answers.find((answer) => answer.arguments.includes(harmlessCommand));
  if (commandAnswer === undefined && /\b(?:run|command|execute|version|shell)\b/i.test(prompt)) {
    return toolTurn('The user wants to see a command run.', `I run \`${harmlessCommand}\`.`, 'Bash', {
      command: harmlessCommand,
      description: 'Show the Node.js version',
    });
  }
  const writeAnswer = answers.find((answer) => answer.name === 'Write');
  if (writeAnswer === undefined && /\b(?:write|create|note)\b/i.test(prompt)) {
    return toolTurn('The user wants a file written.', `I write \`${noteName}\`.`, 'Write', {
      file_path: `${folder.replace(/\/$/, '')}/${noteName}`,
      content: `# A note from the ccp demo\n\nYou asked: ${shorten(prompt)}\n\nThis folder holds ${names.length} entries.\n`,
    });
  }
  return textTurn('I have what I need.', report(prompt, names, file, readAnswer, commandAnswer, writeAnswer));
}

/** Requires numbered lines: a second read of an unchanged file returns only a notice that it is unchanged. */
const isReadOf = (answer: ToolAnswer, file: string | undefined): boolean =>
  answer.name === 'Read' && file !== undefined && answer.arguments.includes(file) && numberedLine.test(answer.output);

/** Claude Code's Read tool numbers the lines. */
const numberedLine = /^[ \t]*\d+[\t→]/m;

/** Returns an existing file that the prompt names, else the file most likely to describe the folder. */
function chooseFile(prompt: string, names: readonly string[]): string | undefined {
  const files = names.filter((name) => !name.endsWith('/'));
  const named = files.find((name) => prompt.includes(name));
  const introductoryFile = ['README.md', 'readme.md', 'README', 'package.json'].find((name) => files.includes(name));
  return (
    named ??
    introductoryFile ??
    files.find((name) => /\.(?:md|txt|json|ts|js|py|go|rs|c|toml|ya?ml)$/.test(name)) ??
    files[0]
  );
}

function report(
  prompt: string,
  names: readonly string[],
  file: string | undefined,
  readAnswer: ToolAnswer | undefined,
  commandAnswer: ToolAnswer | undefined,
  writeAnswer: ToolAnswer | undefined,
): string {
  const lines = [`You said “${shorten(prompt)}”. Here is what I found, by real tool calls in your folder:`, ''];
  const folders = names.filter((name) => name.endsWith('/')).length;
  lines.push(`- ${names.length} entries, ${folders} of them folders.`);
  if (file !== undefined && readAnswer !== undefined) {
    const content = readAnswer.output
      .split('\n')
      .filter((line) => numberedLine.test(line))
      .map((line) => line.replace(numberedLine, ''));
    const last = content.findLastIndex((line) => line.trim() !== '');
    const first = content.find((line) => line.trim() !== '')?.trim() ?? '(empty)';
    lines.push(`- \`${file}\` has ${last + 1} line${last === 0 ? '' : 's'} and begins with: \`${shorten(first)}\``);
  }
  if (commandAnswer !== undefined)
    lines.push(`- \`${harmlessCommand}\` answered \`${shorten(commandAnswer.output)}\`.`);
  if (writeAnswer !== undefined) lines.push(`- \`${noteName}\`: ${shorten(writeAnswer.output)}`);
  lines.push(
    '',
    'I am the **demo model**: no account, no network, the same proxy path as a real one.',
    'Try “run a command”, “write a note”, “a long answer”, or name a file. Switch models with `Ctrl+\\` and then `s`.',
  );
  return lines.join('\n');
}

const greeting = (prompt: string): string =>
  `You said “${shorten(prompt) || 'nothing'}”. I am the demo model of ccp; without tools I can only talk.`;

const longAnswer = (): DemoTurn =>
  textTurn(
    'A long answer shows how streaming looks.',
    Array.from(
      { length: 60 },
      (_, index) =>
        `${index + 1}. Line ${index + 1} of a long answer, streamed word by word so that the meter has something to show.`,
    ).join('\n'),
  );

const summary = ({ prompt }: Conversation): DemoTurn =>
  textTurn(
    '',
    `<analysis>The conversation used the demo model.</analysis>\n<summary>The user tried the ccp demo (${prompt.length} characters of instructions followed). Nothing is left to do.</summary>`,
  );

const titleOf = (prompt: string): string => shorten(prompt.replace(/<[^<>]*>/g, ' ')).slice(0, 40) || 'Demo session';

const shorten = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 77)}…` : line;
};
