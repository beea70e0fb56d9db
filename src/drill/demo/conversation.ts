/** Extracts what the demo model needs from a Responses request: the user's prompt, the tools and their results. */
import { asArray, asObject, asString, type JsonObject, objectsOf } from '../../wire/json.ts';

export interface ToolAnswer {
  readonly name: string;
  readonly arguments: string;
  readonly output: string;
}

export interface Conversation {
  /** Text of the newest user message, without the client's reminders. */
  readonly prompt: string;
  /** Tool calls with a result since the prompt, oldest first. */
  readonly answers: readonly ToolAnswer[];
  /** All tool calls with a result, oldest first, so that a file is read only once per conversation. */
  readonly everything: readonly ToolAnswer[];
  readonly tools: readonly string[];
  readonly wantsJson: boolean;
  /** The complete request as text, in the order used by a prompt cache. */
  readonly prefix: string;
  /** Key of the prompt cache: session and model. */
  readonly cacheKey: string;
}

export function readConversation(body: JsonObject): Conversation {
  const items = objectsOf(body.input);
  const promptAt = items.findLastIndex((item) => item.role === 'user' && messageText(item) !== '');
  return {
    prompt: messageText(items[promptAt] ?? {}),
    answers: toolAnswersIn(items.slice(promptAt + 1)),
    everything: toolAnswersIn(items),
    tools: objectsOf(body.tools).map((tool) => asString(tool.name) ?? ''),
    wantsJson: asObject(asObject(body.text).format).type === 'json_schema',
    prefix: JSON.stringify([body.instructions, body.tools, items]),
    cacheKey: `${asString(body.prompt_cache_key) ?? ''} ${asString(body.model) ?? ''}`,
  };
}

const interruption = /^\[Request interrupted by user[^\]]*\]$/gm;
const reminder = /<system-reminder>[\s\S]*?<\/system-reminder>/g;

function messageText(item: JsonObject): string {
  const texts = asArray(item.content).map((part) => asString(asObject(part).text) ?? '');
  return texts.join('\n').replace(reminder, '').replace(interruption, '').trim();
}

function toolAnswersIn(items: readonly JsonObject[]): ToolAnswer[] {
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
