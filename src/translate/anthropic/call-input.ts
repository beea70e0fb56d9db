/** The arguments of a call of the history, as an object. */
import { asString, isObject, type JsonObject, parseJson } from '../../wire/json.ts';

/**
 * The input of a `tool_use` block. Text that contains an object is that object. Any other value is sent as the member
 * `value` of one, with a warning: the call and its result would not fit together otherwise.
 */
export function callInput(block: JsonObject, warn: (message: string) => void): JsonObject {
  const { input } = block;
  if (isObject(input)) return input;
  if (input === undefined || input === null) return {};
  const parsed = typeof input === 'string' ? parseJson(input) : undefined;
  if (isObject(parsed)) return parsed;
  warn(
    `[the input of an earlier call of ${asString(block.name) ?? 'a tool'} is not an object; sent as its member value]`,
  );
  return { value: input };
}
