/** Tool fields of a Responses request. */
import type { Hash } from '../../../ports/randomness.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import { asObject } from '../../../wire/json.ts';
import type { FunctionTool, ResponsesRequest, ResponsesTool } from '../../../wire/responses.ts';
import { type ToolFunction, ToolTable } from '../../anthropic/tool-table.ts';
import type { ResponsesProfile } from './profile.ts';
import { type WebSearch, webSearchOf } from './web-search.ts';

/** The functions of a request, plus its hosted search in the upstream's format. */
export class ResponsesTools extends ToolTable {
  readonly search: WebSearch | undefined;

  constructor(request: Pick<MessagesRequest, 'tools' | 'messages' | 'raw'>, profile: ResponsesProfile, hash: Hash) {
    super(request, hash);
    this.search = this.searchTool && webSearchOf(this.searchTool, profile);
  }
}

type ToolFields = Pick<ResponsesRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls' | 'max_tool_calls'>;

/** @returns no fields when there are no tools. */
export function toolFields(request: MessagesRequest, table: ResponsesTools, profile: ResponsesProfile): ToolFields {
  const search = profile.capabilities.webSearch === 'none' ? undefined : table.search;
  const isSearchForced = search !== undefined && asObject(request.raw.tool_choice).name === search.name;
  const functions = isSearchForced ? [] : wrapFunctions(table.functions.map(functionTool), profile);
  const tools: ResponsesTool[] = [...functions, ...(search ? [search.tool] : [])];
  if (tools.length === 0) return {};
  const isSearchOnly = search !== undefined && functions.length === 0;
  return {
    tools,
    tool_choice: isSearchOnly ? searchChoice(request) : toolChoiceOf(request, table),
    parallel_tool_calls: asObject(request.raw.tool_choice).disable_parallel_tool_use !== true,
    ...(isSearchOnly && search.maxUses !== undefined && profile.fields.maxToolCalls
      ? { max_tool_calls: search.maxUses }
      : {}),
  };
}

const functionTool = ({ name, description, strict, parameters }: ToolFunction): FunctionTool => ({
  type: 'function',
  name,
  description,
  strict,
  parameters,
});

/** Token sharing requires functions inside a namespace; its calls then contain the namespace's name. */
function wrapFunctions(functions: readonly FunctionTool[], { toolsForm }: ResponsesProfile): ResponsesTool[] {
  if (toolsForm === 'flat' || functions.length === 0) return [...functions];
  return [{ type: 'namespace', name: 'functions', description: 'Tools of the client.', tools: functions }];
}

/** A request with only the search tool requires a search: with `auto` the model often answers from memory. */
const searchChoice = (request: MessagesRequest): 'required' | 'none' =>
  asObject(request.raw.tool_choice).type === 'none' ? 'none' : 'required';

function toolChoiceOf(request: MessagesRequest, tools: ResponsesTools): NonNullable<ResponsesRequest['tool_choice']> {
  const requested = tools.choice(request);
  if (typeof requested !== 'string') return { type: 'function', name: requested.name };
  // `tool_choice` cannot name a hosted tool.
  const isSearchForced = tools.search !== undefined && asObject(request.raw.tool_choice).name === tools.search.name;
  return isSearchForced ? 'required' : requested;
}
