/** The fields of a Gemini request that concern tools. */
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import type { GeminiFunction, GeminiRequest } from '../../../wire/gemini.ts';
import { isObject, type JsonObject } from '../../../wire/json.ts';
import { type ToolFunction, ToolTable } from '../../anthropic/tool-table.ts';

/** Gemini requires tool names that start with a letter or an underscore. */
export class GeminiTools extends ToolTable {
  override upstreamName(clientName: string): string {
    const name = super.upstreamName(clientName);
    return /^[A-Za-z_]/.test(name) ? name : `_${name}`.slice(0, maxNameLength);
  }
}

const maxNameLength = 64;

/** Empty if there is no tool, because an empty list is rejected. */
export function toolFields(request: MessagesRequest, table: ToolTable): Pick<GeminiRequest, 'tools' | 'toolConfig'> {
  if (table.functions.length === 0) return {};
  const choice = table.choice(request);
  const tools = [{ functionDeclarations: table.functions.map(declaration) }];
  if (choice === 'auto') return { tools };
  if (choice === 'none') return { tools, toolConfig: { functionCallingConfig: { mode: 'NONE' } } };
  const allowedNames = choice === 'required' ? {} : { allowedFunctionNames: [choice.name] };
  return { tools, toolConfig: { functionCallingConfig: { mode: 'ANY', ...allowedNames } } };
}

const declaration = ({ name, description, parameters }: ToolFunction): GeminiFunction => ({
  name,
  description,
  ...(hasMembers(parameters) ? { parametersJsonSchema: withEnums(parameters) } : {}),
});

/** A tool without arguments is sent without a schema. */
const hasMembers = ({ properties }: JsonObject): boolean => isObject(properties) && Object.keys(properties).length > 0;

/** Replaces `const`, which Gemini ignores, by an `enum` with one value. */
export function withEnums(schema: JsonObject): JsonObject {
  const converted = Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      if (key === '$schema') return [];
      if (key === 'const') return [['enum', [value]]];
      return [[key, key === 'enum' || key === 'default' || key === 'examples' ? value : convertValue(value)]];
    }),
  );
  return converted;
}

function convertValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convertValue);
  return isObject(value) ? withEnums(value) : value;
}
