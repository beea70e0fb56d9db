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
  readonly tools: readonly string[];
  readonly wantsJson: boolean;
  /** Characters of the whole request, and of the part that came before the newest message. */
  readonly chars: number;
  readonly knownChars: number;
}

export function readConversation(body: JsonObject): Conversation {
  const items = objectsOf(body.input);
  const promptAt = items.findLastIndex((item) => item.role === 'user' && wordsOf(item) !== '');
  const head = JSON.stringify([body.instructions, body.tools]).length;
  return {
    prompt: wordsOf(items[promptAt] ?? {}),
    answers: answersIn(items.slice(promptAt + 1)),
    tools: objectsOf(body.tools).map((tool) => asString(tool.name) ?? ''),
    wantsJson: asObject(asObject(body.text).format).type === 'json_schema',
    chars: head + JSON.stringify(items).length,
    knownChars: items.length > 2 ? head + JSON.stringify(items.slice(0, -2)).length : 0,
  };
}

const reminder = /<system-reminder>[\s\S]*?<\/system-reminder>/g;

function wordsOf(item: JsonObject): string {
  const texts = asArray(item.content).map((part) => asString(asObject(part).text) ?? '');
  return texts.join('\n').replace(reminder, '').trim();
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
