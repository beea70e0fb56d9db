/** The fields of a Gemini request that concern tools. */
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import type { GeminiFunction, GeminiRequest } from '../../../wire/gemini.ts';
import { isObject, type JsonObject } from '../../../wire/json.ts';
import { type ToolFunction, ToolTable } from '../../anthropic/tool-table.ts';

/** Gemini requires tool names that start with a letter or an underscore. */
export class GeminiTools extends ToolTable {
  override upstreamName(clientName: string): string {
    const name = super.upstreamName(clientName);
    // The space makes the name illegal, so that its replacement contains a hash and cannot be that of another tool.
    return /^[A-Za-z_]/.test(name) ? name : super.upstreamName(`_ ${clientName}`);
  }
}

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
const hasMembers = ({
  type: _type,
  $schema: _schema,
  properties,
  required: _required,
  additionalProperties,
  ...rest
}: JsonObject): boolean =>
  (isObject(properties) && Object.keys(properties).length > 0) ||
  (additionalProperties !== undefined && additionalProperties !== false) ||
  Object.keys(rest).length > 0;

/** Keywords that contain values, not schemas. */
const valueKeywords: ReadonlySet<string> = new Set(['enum', 'default', 'examples']);
/** Keywords that contain schemas by name. The names may be those of keywords. */
const schemaMaps: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  'definitions',
  '$defs',
]);

/** Replaces `const`, which Gemini ignores, by an `enum` with one value. */
export function withEnums(schema: JsonObject): JsonObject {
  const converted = Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      if (key === '$schema') return [];
      if (key === 'const') return [['enum', [value]]];
      if (key === 'enum' && 'const' in schema) return [];
      if (valueKeywords.has(key)) return [[key, value]];
      return [[key, schemaMaps.has(key) && isObject(value) ? convertMembers(value) : convertValue(value)]];
    }),
  );
  return converted;
}

const convertMembers = (schemas: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, convertValue(schema)]));

function convertValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convertValue);
  return isObject(value) ? withEnums(value) : value;
}
