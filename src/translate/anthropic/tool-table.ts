/** The functions of one request, with names mapped in both directions. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { Hash } from '../../ports/randomness.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asObject, asString, type JsonObject } from '../../wire/json.ts';
import { asClientTool } from './client-tools.ts';
import { legalId } from './legal-id.ts';
import { dereference, objectRoot } from './schema.ts';
import { isStrict } from './strict-schema.ts';
import { callableTools } from './tool-search.ts';

export interface ToolFunction {
  /** The tool's name at the upstream. */
  readonly name: string;
  readonly description: string;
  readonly strict: boolean;
  readonly parameters: JsonObject;
}

/** `name` is the tool's name at the upstream. */
export type ToolChoice = 'auto' | 'required' | 'none' | { readonly name: string };

export const isSearchTool = (tool: JsonObject): boolean => asString(tool.type)?.startsWith('web_search_') ?? false;

/** The tools of a request, in the order in which Claude Code sent them. */
export class ToolTable {
  readonly #hash: Hash;
  readonly #schemas = new Map<string, JsonObject>();
  readonly #clientNames = new Map<string, string>();
  readonly functions: readonly ToolFunction[];
  /** Anthropic's hosted search tool, as requested. */
  readonly searchTool: JsonObject | undefined;

  constructor(request: Pick<MessagesRequest, 'tools' | 'messages' | 'raw'>, hash: Hash) {
    this.#hash = hash;
    const tools = callableTools(request);
    this.searchTool = tools.find(isSearchTool);
    this.functions = tools
      .map(asClientTool)
      .filter(isFunction)
      .map((tool) => this.#define(tool));
  }

  upstreamName(clientName: string): string {
    return legalId(clientName, this.#hash);
  }

  clientName(upstreamName: string): string {
    return this.#clientNames.get(upstreamName) ?? upstreamName;
  }

  isKnown(upstreamName: string): boolean {
    return this.#clientNames.has(upstreamName);
  }

  /** The request's tool choice; `auto` if it names a missing tool. */
  choice({ raw }: Pick<MessagesRequest, 'raw'>): ToolChoice {
    const choice = asObject(raw.tool_choice);
    if (choice.type === 'any') return 'required';
    if (choice.type === 'none') return 'none';
    if (choice.type !== 'tool') return 'auto';
    const name = this.upstreamName(asString(choice.name) ?? '');
    return this.functions.some((tool) => tool.name === name) ? { name } : 'auto';
  }

  /** The schema by Claude Code's name. An unknown tool has an empty schema, so there is nothing to repair. */
  schema(clientName: string): JsonObject {
    return this.#schemas.get(clientName) ?? {};
  }

  #define(tool: JsonObject): ToolFunction {
    const clientName = asString(tool.name) ?? '';
    const name = this.upstreamName(clientName);
    const schema = dereference(asObject(tool.input_schema));
    const parameters = objectRoot(schema);
    this.#schemas.set(clientName, schema);
    this.#clientNames.set(name, clientName);
    const strict = tool.strict === true && isStrict(parameters);
    return { name, description: asString(tool.description) ?? '', strict, parameters };
  }
}

const isFunction = (tool: JsonObject): boolean => {
  if (tool.type === undefined || tool.type === null || tool.type === 'custom') return true;
  if (isSearchTool(tool)) return false;
  throw new CcpError('cannot_carry', `The server tool "${String(tool.type)}" cannot run on this upstream.`);
};
