/** Every field of a Responses request that speaks of tools. */
import type { Hash } from '../../../ports/randomness.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import { asObject } from '../../../wire/json.ts';
import type { FunctionTool, ResponsesRequest, ResponsesTool } from '../../../wire/responses.ts';
import { type ToolFunction, ToolTable } from '../../anthropic/tool-table.ts';
import type { ResponsesProfile } from './profile.ts';
import { type WebSearch, webSearchOf } from './web-search.ts';

/** The functions of a request, and its hosted search in the upstream's own form. */
export class ResponsesTools extends ToolTable {
  readonly search: WebSearch | undefined;

  constructor(request: Pick<MessagesRequest, 'tools' | 'messages' | 'raw'>, profile: ResponsesProfile, hash: Hash) {
    super(request, hash);
    this.search = this.searchTool && webSearchOf(this.searchTool, profile);
  }
}

type ToolFields = Pick<ResponsesRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls' | 'max_tool_calls'>;

/** None when there is no tool. */
export function toolFields(request: MessagesRequest, table: ResponsesTools, profile: ResponsesProfile): ToolFields {
  const search = profile.capabilities.webSearch === 'none' ? undefined : table.search;
  const forced = search !== undefined && asObject(request.raw.tool_choice).name === search.name;
  const functions = forced ? [] : inForm(table.functions.map(functionTool), profile);
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

const functionTool = ({ name, description, strict, parameters }: ToolFunction): FunctionTool => ({
  type: 'function',
  name,
  description,
  strict,
  parameters,
});

/** Token sharing wants functions inside a namespace; its calls then carry the namespace's name. */
function inForm(functions: readonly FunctionTool[], { toolsForm }: ResponsesProfile): ResponsesTool[] {
  if (toolsForm === 'flat' || functions.length === 0) return [...functions];
  return [{ type: 'namespace', name: 'functions', description: 'Tools of the client.', tools: functions }];
}

/** Who brings only a search wants one; a model that may choose often answers from memory. */
const searchChoice = (request: MessagesRequest): 'required' | 'none' =>
  asObject(request.raw.tool_choice).type === 'none' ? 'none' : 'required';

function toolChoiceOf(request: MessagesRequest, tools: ResponsesTools): NonNullable<ResponsesRequest['tool_choice']> {
  const wanted = tools.choice(request);
  if (typeof wanted !== 'string') return { type: 'function', name: wanted.name };
  // A hosted tool cannot be named here.
  const search = tools.search !== undefined && asObject(request.raw.tool_choice).name === tools.search.name;
  return search ? 'required' : wanted;
}
