/** Random answers of a model, independent of a dialect. */
import type { Random } from './random.ts';

export interface CallPart {
  readonly type: 'call';
  readonly name: string;
  readonly id: string;
  /** JSON text. */
  readonly args: string;
}

export type Part =
  | { readonly type: 'thinking'; readonly text: string }
  | { readonly type: 'text'; readonly text: string }
  | CallPart;

export interface Answer {
  readonly parts: readonly Part[];
  readonly end: 'stop' | 'length' | 'filter';
  /** The call that the limit or the filter cut. */
  readonly cutCall: CallPart | undefined;
}

/** `Read` has optional members, so its calls are held back. Every member of `Write` is required. */
export const tools = [
  {
    name: 'Read',
    description: 'Reads a file',
    input_schema: {
      type: 'object',
      properties: { file_path: { type: 'string' }, limit: { type: 'number' }, pages: { type: 'string' } },
      required: ['file_path'],
    },
  },
  {
    name: 'Write',
    description: 'Writes a file',
    input_schema: {
      type: 'object',
      properties: { file_path: { type: 'string' }, content: { type: 'string' } },
      required: ['file_path', 'content'],
    },
  },
];

const words = [
  'deploy',
  'now',
  'naïve',
  '漢字',
  '👩‍💻',
  'a"b',
  'c\\d',
  '{"x":',
  '}',
  '[1,2',
  '\n',
  '\t',
  '<think>',
  'data: x',
];

const textOf = (random: Random): string => {
  const text = random.many(1, 12, () => random.pick(words)).join(' ');
  return random.chance(0.03) ? text.repeat(40) : text;
};

/** Visible text that no host and no dialect treats as something else. */
const plainText = (random: Random, at: number): string => `${at}:${textOf(random).replaceAll('<think>', 'think')}.`;

function argsOf(name: string, random: Random): string {
  const path = `/project/${random.below(1e6)}/${random.pick(words)}`;
  if (name === 'Write') return JSON.stringify({ file_path: path, content: textOf(random) });
  const args: Record<string, unknown> = { file_path: path };
  if (random.chance(0.5)) args.limit = random.pick([1, 0, -5, 2.5, 9_007_199_254_740_991]);
  if (random.chance(0.3)) args.pages = random.pick(['', '1-5', 'x']);
  return JSON.stringify(args);
}

export function randomAnswer(random: Random): Answer {
  const thinking: Part[] = random.chance(0.4) ? [{ type: 'thinking', text: plainText(random, 0) }] : [];
  const content = random.many<Part>(1, 5, (at) => {
    if (random.chance(0.5)) return { type: 'text', text: plainText(random, at + 1) };
    const name = random.pick(['Read', 'Write']);
    return { type: 'call', name, id: `call_${at}_${random.below(1e9)}`, args: argsOf(name, random) };
  });
  // Two texts in a row are one text in some dialects.
  const parts = content.filter((part, at) => part.type !== 'text' || content[at - 1]?.type !== 'text');
  const end = random.pick(['stop', 'stop', 'stop', 'length', 'filter'] as const);
  const lastCall = parts.findLastIndex(({ type }) => type === 'call');
  if (end === 'stop' || lastCall < 0 || random.chance(0.3))
    return { parts: [...thinking, ...parts], end, cutCall: undefined };
  // Nothing follows the call in which the answer was cut.
  const cutCall = parts[lastCall];
  return {
    parts: [...thinking, ...parts.slice(0, lastCall + 1)],
    end,
    cutCall: cutCall?.type === 'call' ? cutCall : undefined,
  };
}

export const callsOf = ({ parts }: Answer): CallPart[] => parts.filter((part) => part.type === 'call');

/** The calls that the answer contains in full. */
export const wholeCalls = (answer: Answer): CallPart[] => callsOf(answer).filter((call) => call !== answer.cutCall);
