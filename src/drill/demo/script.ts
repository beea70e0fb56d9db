/** The demo model: decides one turn from the conversation alone, so the same words give the same turn. */
import type { JsonObject } from '../../wire/json.ts';
import type { Conversation, ToolAnswer } from './conversation.ts';

export interface DemoTurn {
  readonly thinking: string;
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly arguments: JsonObject }[];
}

const lookCommand = 'pwd && ls -p | head -40';
/** Arbitrary code to Claude Code, which therefore asks first. */
const harmlessCommand = 'node -p process.version';
const noteName = 'ccp-demo-note.md';

export function demoTurn(conversation: Conversation): DemoTurn {
  const { prompt, tools, wantsJson } = conversation;
  if (wantsJson) return say('', JSON.stringify({ title: titleOf(prompt) }));
  if (/Respond with TEXT ONLY/.test(prompt)) return summary(conversation);
  if (/\b(?:long|essay|stream|count)\b/i.test(prompt)) return longAnswer();
  const listing = conversation.answers.find((answer) => answer.arguments.includes(lookCommand));
  if (listing === undefined) return tools.includes('Bash') ? look(prompt) : say('', greeting(prompt));
  return afterLook(conversation, listing);
}

const say = (thinking: string, text: string): DemoTurn => ({ thinking, text, calls: [] });

const call = (thinking: string, text: string, name: string, args: JsonObject): DemoTurn => ({
  thinking,
  text,
  calls: [{ name, arguments: args }],
});

const look = (prompt: string): DemoTurn =>
  call(
    `The user said “${short(prompt)}”. I know nothing of this folder yet, so I look before I answer.`,
    'I will look at this folder first.',
    'Bash',
    { command: lookCommand, description: 'List this folder' },
  );

function afterLook(conversation: Conversation, listing: ToolAnswer): DemoTurn {
  const { prompt, answers } = conversation;
  const [folder = '', ...names] = listing.output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const file = chooseFile(prompt, names);
  const read = conversation.everything.find((answer) => isReadOf(answer, file));
  if (read === undefined && file !== undefined) {
    return call(`${names.length} entries. ${file} says most about it.`, `Now I read \`${file}\`.`, 'Read', {
      file_path: `${folder.replace(/\/$/, '')}/${file}`,
    });
  }
  const ran = answers.find((answer) => answer.arguments.includes(harmlessCommand));
  if (ran === undefined && /\b(?:run|command|execute|version|shell)\b/i.test(prompt)) {
    return call('The user wants to see a command run.', `I run \`${harmlessCommand}\`.`, 'Bash', {
      command: harmlessCommand,
      description: 'Show the Node.js version',
    });
  }
  const wrote = answers.find((answer) => answer.name === 'Write');
  if (wrote === undefined && /\b(?:write|create|note)\b/i.test(prompt)) {
    return call('The user wants a file written.', `I write \`${noteName}\`.`, 'Write', {
      file_path: `${folder.replace(/\/$/, '')}/${noteName}`,
      content: `# A note from the ccp demo\n\nYou asked: ${short(prompt)}\n\nThis folder holds ${names.length} entries.\n`,
    });
  }
  return say('I have what I need.', report(prompt, names, file, read, ran, wrote));
}

/** A second read of an unchanged file answers only that it is unchanged. */
const isReadOf = (answer: ToolAnswer, file: string | undefined): boolean =>
  answer.name === 'Read' && file !== undefined && answer.arguments.includes(file) && numberedLine.test(answer.output);

/** Claude Code numbers the lines it reads. */
const numberedLine = /^\s*\d+[\t→]/m;

/** A file the user named and that exists, else the one that introduces a folder best. */
function chooseFile(prompt: string, names: readonly string[]): string | undefined {
  const files = names.filter((name) => !name.endsWith('/'));
  const named = files.find((name) => prompt.includes(name));
  const usual = ['README.md', 'readme.md', 'README', 'package.json'].find((name) => files.includes(name));
  return (
    named ?? usual ?? files.find((name) => /\.(?:md|txt|json|ts|js|py|go|rs|c|toml|ya?ml)$/.test(name)) ?? files[0]
  );
}

function report(
  prompt: string,
  names: readonly string[],
  file: string | undefined,
  read: ToolAnswer | undefined,
  ran: ToolAnswer | undefined,
  wrote: ToolAnswer | undefined,
): string {
  const lines = [`You said “${short(prompt)}”. Here is what I found, by real tool calls in your folder:`, ''];
  const folders = names.filter((name) => name.endsWith('/')).length;
  lines.push(`- ${names.length} entries, ${folders} of them folders.`);
  if (file !== undefined && read !== undefined) {
    const content = read.output
      .split('\n')
      .filter((line) => numberedLine.test(line))
      .map((line) => line.replace(numberedLine, ''));
    const last = content.findLastIndex((line) => line.trim() !== '');
    const first = content.find((line) => line.trim() !== '')?.trim() ?? '(empty)';
    lines.push(`- \`${file}\` has ${last + 1} line${last === 0 ? '' : 's'} and begins with: \`${short(first)}\``);
  }
  if (ran !== undefined) lines.push(`- \`${harmlessCommand}\` answered \`${short(ran.output)}\`.`);
  if (wrote !== undefined) lines.push(`- \`${noteName}\`: ${short(wrote.output)}`);
  lines.push(
    '',
    'I am the **demo model**: no account, no network, the same proxy path as a real one.',
    'Try “run a command”, “write a note”, “a long answer”, or name a file. Switch models with `Ctrl+\\` and then `s`.',
  );
  return lines.join('\n');
}

const greeting = (prompt: string): string =>
  `You said “${short(prompt) || 'nothing'}”. I am the demo model of ccp; without tools I can only talk.`;

const longAnswer = (): DemoTurn =>
  say(
    'A long answer shows how streaming looks.',
    Array.from(
      { length: 60 },
      (_, index) =>
        `${index + 1}. Line ${index + 1} of a long answer, streamed word by word so that the meter has something to show.`,
    ).join('\n'),
  );

const summary = ({ prompt }: Conversation): DemoTurn =>
  say(
    '',
    `<analysis>The conversation used the demo model.</analysis>\n<summary>The user tried the ccp demo (${prompt.length} characters of instructions followed). Nothing is left to do.</summary>`,
  );

const titleOf = (prompt: string): string => short(prompt.replace(/<[^>]*>/g, ' ')).slice(0, 40) || 'Demo session';

const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 77)}…` : line;
};
