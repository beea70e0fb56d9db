/**
 * Anthropic's tool search for upstreams without it. A tool with `defer_loading` is not in the model's context until a
 * `tool_reference` names it; Claude Code's own `ToolSearch` tool finds such tools. Tools loaded later are appended in
 * the order in which they were loaded, so that the list of tools only grows.
 */
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asObject, asString, type JsonObject, objectsOf } from '../../wire/json.ts';

/** A marker tool of newer clients, which models must not call. */
const placeholder = 'DeferredToolPlaceholder';
/** Claude Code's search tool, which it runs itself. */
const clientSearch = 'ToolSearch';

const isHostedSearch = (tool: JsonObject): boolean => asString(tool.type)?.startsWith('tool_search_tool_') ?? false;

/**
 * The tools a model can call now. A hosted search tool is omitted: without a client search tool all tools are listed.
 */
export function callableTools({
  tools,
  messages,
  raw,
}: Pick<MessagesRequest, 'tools' | 'messages' | 'raw'>): JsonObject[] {
  const availableTools = tools.filter((tool) => tool.name !== placeholder && !isHostedSearch(tool));
  const deferred = availableTools.filter((tool) => tool.defer_loading === true);
  const others = availableTools.filter((tool) => tool.defer_loading !== true);
  if (deferred.length === 0) return availableTools;
  if (!others.some((tool) => tool.name === clientSearch)) return [...others, ...deferred];
  const chosenName = asString(asObject(raw.tool_choice).name);
  const loaded = [...loadedNames(messages).add(chosenName ?? '')];
  return [...others, ...loaded.flatMap((name) => deferred.filter((tool) => tool.name === name))];
}

/** Tools named by a reference or called before. After a compaction the reference may be missing. */
function loadedNames(messages: MessagesRequest['messages']): Set<string> {
  const names = new Set<string>();
  const visit = (block: JsonObject): void => {
    const name = block.type === 'tool_reference' ? block.tool_name : block.type === 'tool_use' ? block.name : undefined;
    if (typeof name === 'string') names.add(name);
    if (block.type === 'tool_result') objectsOf(block.content).forEach(visit);
  };
  for (const { content } of messages) if (typeof content !== 'string') content.forEach(visit);
  return names;
}
