/** Tool definitions and names. Responses allows 64 characters of `[A-Za-z0-9_-]`; MCP names are longer. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { Hash } from '../../ports/randomness.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asObject, asString, isObject, type JsonObject } from '../../wire/json.ts';
import type { FunctionTool, ResponsesRequest, ResponsesTool } from '../../wire/responses.ts';
import { asClientTool } from '../messages/client-tools.ts';
import { dereference, objectRoot } from '../messages/schema.ts';
import { isStrict } from '../messages/strict-schema.ts';
import { callableTools } from '../messages/tool-search.ts';
import type { ResponsesProfile } from './profile.ts';
import { isSearchTool, type WebSearch, webSearchOf } from './web-search.ts';

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
  readonly functions: readonly FunctionTool[];
  readonly search: WebSearch | undefined;

  constructor(request: Pick<MessagesRequest, 'tools' | 'messages' | 'raw'>, profile: ResponsesProfile, hash: Hash) {
    this.#hash = hash;
    const tools = callableTools(request);
    const search = tools.find(isSearchTool);
    this.search = search && webSearchOf(search, profile);
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

  /** Schema by Claude Code's name; an unknown tool has no schema and nothing to repair. */
  schema(clientName: string): JsonObject {
    return this.#schemas.get(clientName) ?? {};
  }

  #define(tool: JsonObject): FunctionTool {
    const clientName = asString(tool.name) ?? '';
    const name = this.upstreamName(clientName);
    const schema = dereference(asObject(tool.input_schema));
    const parameters = objectRoot(schema);
    this.#schemas.set(clientName, schema);
    this.#clientNames.set(name, clientName);
    return {
      type: 'function',
      name,
      description: asString(tool.description) ?? '',
      strict: tool.strict === true && isStrict(parameters),
      parameters,
    };
  }
}

const isFunction = (tool: JsonObject): boolean => {
  if (tool.type === undefined || tool.type === null || tool.type === 'custom') return true;
  if (isSearchTool(tool)) return false;
  throw new CcpError('cannot_carry', `The server tool "${String(tool.type)}" cannot run on this upstream.`);
};

type ToolFields = Pick<ResponsesRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls' | 'max_tool_calls'>;

/** Every field of the request that speaks of tools; none when there is none. */
export function toolFields(request: MessagesRequest, table: ToolTable, profile: ResponsesProfile): ToolFields {
  const search = profile.capabilities.webSearch === 'none' ? undefined : table.search;
  const forced = search !== undefined && asObject(request.raw.tool_choice).name === search.name;
  const functions = forced ? [] : inForm(table.functions, profile);
  const tools: ResponsesTool[] = [...functions, ...(search ? [search.tool] : [])];
  if (tools.length === 0) return {};
  const onlySearch = search !== undefined && functions.length === 0;
  return {
    tools,
    tool_choice: onlySearch ? searchChoice(request) : toolChoiceOf(request, table),
    parallel_tool_calls: asObject(request.raw.tool_choice).disable_parallel_tool_use !== true,
    ...(onlySearch && search.maxUses !== undefined && profile.fields.maxToolCalls
      ? { max_tool_calls: search.maxUses }
      : {}),
  };
}

/** Token sharing wants functions inside a namespace; its calls then carry the namespace's name. */
function inForm(functions: readonly FunctionTool[], { toolsForm }: ResponsesProfile): ResponsesTool[] {
  if (toolsForm === 'flat' || functions.length === 0) return [...functions];
  return [{ type: 'namespace', name: 'functions', description: 'Tools of the client.', tools: functions }];
}

/** Who brings only a search wants one; a model that may choose often answers from memory. */
const searchChoice = (request: MessagesRequest): 'required' | 'none' =>
  asObject(request.raw.tool_choice).type === 'none' ? 'none' : 'required';

function toolChoiceOf(request: MessagesRequest, tools: ToolTable): NonNullable<ResponsesRequest['tool_choice']> {
  const choice = request.raw.tool_choice;
  if (!isObject(choice)) return 'auto';
  if (choice.type === 'any') return 'required';
  if (choice.type === 'none') return 'none';
  if (choice.type !== 'tool') return 'auto';
  const name = tools.upstreamName(asString(choice.name) ?? '');
  if (tools.functions.some((tool) => tool.name === name)) return { type: 'function', name };
  // A hosted tool cannot be named here, and one that is not there cannot be called.
  return choice.name === tools.search?.name ? 'required' : 'auto';
}
