/** Tool definitions and names. Responses allows 64 characters of `[A-Za-z0-9_-]`; MCP names are longer. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { Hash } from '../../ports/randomness.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asObject, asString, isObject, type JsonObject } from '../../wire/json.ts';
import type { FunctionTool, ResponsesRequest } from '../../wire/responses.ts';

const nameLimit = 64;
const legalName = /^[A-Za-z0-9_-]{1,64}$/;

/** A legal name or id for any text: kept when legal, else cleaned and made unique by a hash of the whole. */
export function legalId(text: string, hash: Hash): string {
  if (legalName.test(text)) return text;
  const suffix = `_${hash(text).slice(0, 12)}`;
  return text.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, nameLimit - suffix.length) + suffix;
}

/** The tools of one request, in the order Claude Code gave them, with names mapped both ways. */
export class ToolTable {
  readonly #hash: Hash;
  readonly #schemas = new Map<string, JsonObject>();
  readonly #clientNames = new Map<string, string>();
  readonly definitions: readonly FunctionTool[];

  constructor(tools: readonly JsonObject[], hash: Hash) {
    this.#hash = hash;
    this.definitions = tools.filter(isCallable).map((tool) => this.#define(tool));
  }

  upstreamName(clientName: string): string {
    return legalId(clientName, this.#hash);
  }

  clientName(upstreamName: string): string {
    return this.#clientNames.get(upstreamName) ?? upstreamName;
  }

  /** Schema by Claude Code's name; an unknown tool has no schema and nothing to repair. */
  schema(clientName: string): JsonObject {
    return this.#schemas.get(clientName) ?? {};
  }

  #define(tool: JsonObject): FunctionTool {
    const clientName = asString(tool.name) ?? '';
    const name = this.upstreamName(clientName);
    const schema = asObject(tool.input_schema);
    this.#schemas.set(clientName, schema);
    this.#clientNames.set(name, clientName);
    return {
      type: 'function',
      name,
      description: asString(tool.description) ?? '',
      strict: false,
      parameters: parametersOf(schema),
    };
  }
}

/** `DeferredToolPlaceholder` is a marker of newer clients that no model may call. */
const isCallable = (tool: JsonObject): boolean => {
  if (tool.name === 'DeferredToolPlaceholder') return false;
  if (tool.type === undefined || tool.type === null || tool.type === 'custom') return true;
  throw new CcpError('cannot_carry', `The server tool "${String(tool.type)}" cannot run on this upstream.`);
};

/** Responses wants an object schema with `properties` and knows no `$schema`. */
function parametersOf(schema: JsonObject): JsonObject {
  const { $schema: _dialect, ...rest } = schema;
  return { ...rest, type: 'object', properties: asObject(rest.properties) };
}

export function toolChoiceOf(request: MessagesRequest, tools: ToolTable): NonNullable<ResponsesRequest['tool_choice']> {
  const choice = request.raw.tool_choice;
  if (!isObject(choice)) return 'auto';
  if (choice.type === 'any') return 'required';
  if (choice.type === 'none') return 'none';
  if (choice.type === 'tool') return { type: 'function', name: tools.upstreamName(asString(choice.name) ?? '') };
  return 'auto';
}
