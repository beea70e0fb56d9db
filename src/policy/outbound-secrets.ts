/**
 * Finds the shapes of secrets in a request that leaves this machine. What is found is never repeated: only its kind and
 * its place are told.
 */
import type { MessagesRequest } from '../wire/anthropic.ts';
import { asString, isObject } from '../wire/json.ts';

export interface FoundSecret {
  /** Such as `private key`. */
  readonly kind: string;
  /** Such as `messages[3], the result of Read`. */
  readonly place: string;
  /** The text itself, for the hash of an answer: it must not be shown, logged or stored. */
  readonly text: string;
}

/** Formats that are secrets and hardly anything else. Every expression is linear in the text. */
const shapes: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['private key', /-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY-----/],
  ['API key of Anthropic', /\bsk-ant-[\w-]{20,200}/],
  ['API key', /\bsk-[\w-]{20,200}/],
  ['AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['Google API key', /\bAIza[\w-]{35}\b/],
  ['GitHub token', /\bgh[pousr]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_\w{22,255}/],
  ['GitLab token', /\bglpat-[\w-]{20,255}/],
  ['Slack token', /\bxox[abprs]-[\w-]{10,255}/],
  ['JSON Web Token', /\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,1000}/],
];

/** One group for each shape: a long text is read once. */
const anyShape = new RegExp(shapes.map(([, { source }]) => `(${source})`).join('|'), 'g');

const maxFound = 20;

/** @returns at most 20, the newest messages first: what was asked about before stands further back. */
export function outboundSecrets({ system, messages }: MessagesRequest): FoundSecret[] {
  const found: FoundSecret[] = [];
  const tools = toolNames(messages);
  for (let index = messages.length - 1; index >= 0 && found.length < maxFound; index -= 1)
    for (const [text, what] of textsOf(messages[index]?.content, tools))
      collect(text, `messages[${index}]${what}`, found);
  for (const [text] of textsOf(system, tools)) collect(text, 'the system prompt', found);
  return found.slice(0, maxFound);
}

function collect(text: string, place: string, found: FoundSecret[]): void {
  for (const [match, ...groups] of text.matchAll(anyShape)) {
    if (found.length >= maxFound) return;
    const kind = shapes[groups.findIndex((group) => group !== undefined)]?.[0];
    if (kind !== undefined && !found.some((one) => one.text === match)) found.push({ kind, place, text: match });
  }
}

/** Names of tools by the id of their call. */
function toolNames(messages: MessagesRequest['messages']): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { content } of messages)
    for (const block of typeof content === 'string' ? [] : content)
      if (block.type === 'tool_use') names.set(asString(block.id) ?? '', asString(block.name) ?? '');
  return names;
}

/** The texts of a message with a description of each; images and other binary content have none. */
function* textsOf(content: unknown, tools: ReadonlyMap<string, string>): Generator<readonly [string, string]> {
  if (typeof content === 'string') yield [content, ''];
  for (const block of Array.isArray(content) ? content : []) {
    if (!isObject(block)) continue;
    if (typeof block.text === 'string') yield [block.text, ''];
    if (block.type === 'tool_use')
      yield [JSON.stringify(block.input ?? {}), `, a call of ${asString(block.name) ?? ''}`];
    if (block.type === 'tool_result') {
      const name = tools.get(asString(block.tool_use_id) ?? '') ?? 'a tool';
      for (const [text] of textsOf(block.content, tools)) yield [text, `, the result of ${name}`];
    }
  }
}
