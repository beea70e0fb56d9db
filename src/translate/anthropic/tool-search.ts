/**
 * Anthropic's tool search for upstreams without it. A tool with `defer_loading` is not in the model's context until a
 * `tool_reference` names it; Claude Code's own `ToolSearch` tool finds them. Tools that come in later go to the end, in
 * the order they were loaded, so that the list of tools only grows.
 */
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asObject, asString, type JsonObject, objectsOf } from '../../wire/json.ts';

/** A marker of newer clients that no model may call. */
const placeholder = 'DeferredToolPlaceholder';
/** Claude Code's search tool, which it runs itself. */
const clientSearch = 'ToolSearch';

const isHostedSearch = (tool: JsonObject): boolean => asString(tool.type)?.startsWith('tool_search_tool_') ?? false;

/** The tools a model may call now. A search that the upstream would run itself is not needed: everything is loaded. */
export function callableTools({
  tools,
  messages,
  raw,
}: Pick<MessagesRequest, 'tools' | 'messages' | 'raw'>): JsonObject[] {
  const real = tools.filter((tool) => tool.name !== placeholder && !isHostedSearch(tool));
  const deferred = real.filter((tool) => tool.defer_loading === true);
  const others = real.filter((tool) => tool.defer_loading !== true);
  if (deferred.length === 0) return real;
  if (!others.some((tool) => tool.name === clientSearch)) return [...others, ...deferred];
  const named = asString(asObject(raw.tool_choice).name);
  const loaded = [...loadedNames(messages).add(named ?? '')];
  return [...others, ...loaded.flatMap((name) => deferred.filter((tool) => tool.name === name))];
}

/** Named by a reference, or called before: after a compaction the reference may be gone. */
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
