/** Reads a Responses request the way the demo model needs it: the user's words, the folder, and what tools answered. */
import { asArray, asObject, asString, type JsonObject, objectsOf } from '../../wire/json.ts';

export interface ToolAnswer {
  readonly name: string;
  readonly arguments: string;
  readonly output: string;
}

export interface Conversation {
  /** The newest thing the user said, without the client's reminders. */
  readonly prompt: string;
  /** Tool calls answered since then, oldest first. */
  readonly answers: readonly ToolAnswer[];
  /** All answers of the conversation, oldest first: a file read once is known. */
  readonly everything: readonly ToolAnswer[];
  readonly tools: readonly string[];
  readonly wantsJson: boolean;
  /** The whole request as text, in the order a prompt cache sees it. */
  readonly prefix: string;
  /** Which cache: the session and the model. */
  readonly cacheKey: string;
}

export function readConversation(body: JsonObject): Conversation {
  const items = objectsOf(body.input);
  const promptAt = items.findLastIndex((item) => item.role === 'user' && wordsOf(item) !== '');
  return {
    prompt: wordsOf(items[promptAt] ?? {}),
    answers: answersIn(items.slice(promptAt + 1)),
    everything: answersIn(items),
    tools: objectsOf(body.tools).map((tool) => asString(tool.name) ?? ''),
    wantsJson: asObject(asObject(body.text).format).type === 'json_schema',
    prefix: JSON.stringify([body.instructions, body.tools, items]),
    cacheKey: `${asString(body.prompt_cache_key) ?? ''} ${asString(body.model) ?? ''}`,
  };
}

const interruption = /^\[Request interrupted by user[^\]]*\]$/gm;
const reminder = /<system-reminder>[\s\S]*?<\/system-reminder>/g;

function wordsOf(item: JsonObject): string {
  const texts = asArray(item.content).map((part) => asString(asObject(part).text) ?? '');
  return texts.join('\n').replace(reminder, '').replace(interruption, '').trim();
}

function answersIn(items: readonly JsonObject[]): ToolAnswer[] {
  const outputs = new Map(
    items.filter((item) => item.type === 'function_call_output').map((item) => [item.call_id, item]),
  );
  return items
    .filter((item) => item.type === 'function_call' && outputs.has(item.call_id))
    .map((item) => ({
      name: asString(item.name) ?? '',
      arguments: asString(item.arguments) ?? '',
      output: outputText(outputs.get(item.call_id)?.output),
    }));
}

const outputText = (output: unknown): string =>
  asString(output) ??
  objectsOf(output)
    .map((part) => asString(part.text) ?? '')
    .join('\n');
