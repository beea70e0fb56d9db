/** Every field of a Gemini request that speaks of tools. */
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import type { GeminiFunction, GeminiRequest } from '../../../wire/gemini.ts';
import { isObject, type JsonObject } from '../../../wire/json.ts';
import { type ToolFunction, ToolTable } from '../../anthropic/tool-table.ts';

/** Names begin with a letter or an underscore. */
export class GeminiTools extends ToolTable {
  override upstreamName(clientName: string): string {
    const name = super.upstreamName(clientName);
    return /^[A-Za-z_]/.test(name) ? name : `_${name}`.slice(0, maxNameLength);
  }
}

const maxNameLength = 64;

/** None when there is no tool: an empty list is refused. */
export function toolFields(request: MessagesRequest, table: ToolTable): Pick<GeminiRequest, 'tools' | 'toolConfig'> {
  if (table.functions.length === 0) return {};
  const wanted = table.choice(request);
  const tools = [{ functionDeclarations: table.functions.map(declaration) }];
  if (wanted === 'auto') return { tools };
  if (wanted === 'none') return { tools, toolConfig: { functionCallingConfig: { mode: 'NONE' } } };
  const only = wanted === 'required' ? {} : { allowedFunctionNames: [wanted.name] };
  return { tools, toolConfig: { functionCallingConfig: { mode: 'ANY', ...only } } };
}

const declaration = ({ name, description, parameters }: ToolFunction): GeminiFunction => ({
  name,
  description,
  ...(hasMembers(parameters) ? { parametersJsonSchema: withEnums(parameters) } : {}),
});

/** A tool without arguments has no schema. */
const hasMembers = ({ properties }: JsonObject): boolean => isObject(properties) && Object.keys(properties).length > 0;

/** `const` is ignored there; an `enum` of one says the same. */
export function withEnums(schema: JsonObject): JsonObject {
  const changed = Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      if (key === '$schema') return [];
      if (key === 'const') return [['enum', [value]]];
      return [[key, key === 'enum' || key === 'default' || key === 'examples' ? value : inside(value)]];
    }),
  );
  return changed;
}

function inside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inside);
  return isObject(value) ? withEnums(value) : value;
}
