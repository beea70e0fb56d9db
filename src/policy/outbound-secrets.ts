/**
 * Finds the shapes of secrets in a request that leaves this machine. What is found is never repeated: only its kind and
 * its place are told.
 */
import type { MessagesRequest } from '../wire/anthropic.ts';
import { cleanText } from '../wire/clean-text.ts';
import { asString, isObject } from '../wire/json.ts';

export interface FoundSecret {
  /** Such as `private key`. */
  readonly kind: string;
  /** Such as `messages[3], the result of Read`. */
  readonly place: string;
  /** The text itself, for the hash of an answer: it must not be shown, logged or stored. */
  readonly text: string;
}

/** Not within a word; `\n` of a text in JSON may stand before. */
const boundary = String.raw`(?:(?<![\w-])|(?<=\\[nrt]))`;

/** Formats that are secrets and hardly anything else. Every expression is linear in the text. */
const shapes: readonly (readonly [kind: string, pattern: RegExp])[] = [
  // With the beginning of the key itself: an answer about one key is none about another.
  ['private key', /-----BEGIN (?:[A-Z0-9]{2,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,400}/],
  ['API key of Anthropic', /sk-ant-[\w-]{20,200}/],
  ['API key', /sk-(?=[\w-]{0,200}?\d)[\w-]{20,200}/],
  ['Stripe key', /[sr]k_live_[A-Za-z0-9]{16,200}/],
  ['AWS access key', /(?:AKIA|ASIA)[0-9A-Z]{16}(?![\w-])/],
  ['Azure storage key', /AccountKey=[A-Za-z0-9+/]{60,100}={0,2}/],
  ['Google API key', /AIza[\w-]{35}(?![\w-])/],
  ['Google access token', /ya29\.[\w-]{20,2000}/],
  ['GitHub token', /gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}/],
  ['GitLab token', /gl(?:pat|rt|dt)-[\w-]{20,255}/],
  ['Slack token', /xox[abeprs]-[\w-]{10,255}|xapp-\d-[\w-]{10,255}/],
  ['npm token', /npm_[A-Za-z0-9]{36}(?!\w)/],
  ['Hugging Face token', /hf_[A-Za-z0-9]{30,100}/],
  ['Groq key', /gsk_[A-Za-z0-9]{40,100}/],
  ['xAI key', /xai-[A-Za-z0-9]{40,200}/],
  ['JSON Web Token', /eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,1000}/],
];

/** One group for each shape: a long text is read once. */
const anyShape = new RegExp(`${boundary}(?:${shapes.map(([, { source }]) => `(${source})`).join('|')})`, 'g');

const maxFound = 20;

/**
 * @param isAllowed whether the user allowed this one before.
 * @returns at most 20 that are not allowed, the newest messages first.
 */
export function outboundSecrets(
  { system, messages, tools }: MessagesRequest,
  isAllowed: (text: string) => boolean = () => false,
): FoundSecret[] {
  const found = new Map<string, FoundSecret>();
  const seen = new Set<string>();
  const names = toolNames(messages);
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const content = messages[index]?.content;
    for (const block of Array.isArray(content) ? content : [content])
      search(block, `messages[${index}]${partOf(block, names)}`);
  }
  search(system, 'the system prompt');
  for (const tool of tools) search(tool, `the tool ${cleanText(asString(tool.name) ?? '', 60)}`);
  return [...found.values()];

  function search(value: unknown, place: string): void {
    for (const text of textsIn(value))
      for (const [match, ...groups] of text.matchAll(anyShape)) {
        const secret = match.split('-----END')[0] ?? match;
        const kind = shapes[groups.findIndex((group) => group !== undefined)]?.[0];
        if (found.size >= maxFound || kind === undefined || seen.has(secret)) continue;
        seen.add(secret);
        if (!isAllowed(secret)) found.set(secret, { kind, place, text: secret });
      }
  }
}

/** Names of tools by the id of their call. */
function toolNames(messages: MessagesRequest['messages']): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { content } of messages)
    for (const block of typeof content === 'string' ? [] : content)
      if (block.type === 'tool_use') names.set(asString(block.id) ?? '', cleanText(asString(block.name) ?? '', 60));
  return names;
}

/** What a block is, to find it. */
function partOf(block: unknown, tools: ReadonlyMap<string, string>): string {
  if (!isObject(block)) return '';
  if (block.type === 'tool_use') return `, a call of ${tools.get(asString(block.id) ?? '') ?? 'a tool'}`;
  if (block.type === 'tool_result')
    return `, the result of ${tools.get(asString(block.tool_use_id) ?? '') ?? 'a tool'}`;
  return '';
}

/** Members whose text is binary, encrypted or made by the API. */
const notText = new Set([
  'signature',
  'encrypted_content',
  'encrypted_index',
  'id',
  'tool_use_id',
  'type',
  'cache_control',
]);

/** Every text in a value: of tool calls and results, documents, search results, thinking, descriptions. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const one of value) yield* textsIn(one);
  else if (isObject(value))
    for (const [name, member] of Object.entries(value))
      if (!notText.has(name) && !(name === 'data' && value.type === 'base64')) yield* textsIn(member);
}
