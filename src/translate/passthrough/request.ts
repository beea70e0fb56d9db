/** Claude Code's request as it goes on: untouched but for what another host must not or cannot get. */
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf } from '../../wire/json.ts';
import type { PrepareOptions } from '../dialect.ts';
import { withoutFields } from '../failures/optional-fields.ts';
import { asClientTool } from '../messages/client-tools.ts';
import { modelFamily } from '../messages/envelope.ts';
import { legalId } from '../messages/legal-id.ts';
import { isAttribution, refuseServers } from '../messages/system.ts';
import { callableTools } from '../messages/tool-search.ts';
import { ToolTable } from '../messages/tool-table.ts';
import { type BlockContext, ourSearches, thinkingKey } from './blocks.ts';
import { forwardedMessages } from './history.ts';
import type { PassthroughProfile } from './profile.ts';

export interface RequestOptions extends PrepareOptions {
  readonly profile: PassthroughProfile;
}

export interface ForwardedRequest {
  readonly body: JsonObject;
  readonly tools: ToolTable;
  /** Keys of the thinking it replays. */
  readonly replayed: readonly string[];
}

/** Members of a tool that hosts know. */
const toolMembers = ['description', 'input_schema', 'cache_control'] as const;
const legalToolId = /^[A-Za-z0-9_-]+$/;

export function forwardedRequest(request: MessagesRequest, options: RequestOptions): ForwardedRequest {
  const { profile, hash, warn, row, without } = options;
  const { native } = profile.quirks;
  if (!native) refuseServers(request);
  const tools = native ? emptyTable(options) : new ToolTable(request, hash);
  const context: BlockContext = {
    profile,
    vision: row?.vision,
    maker: { upstream: profile.upstream, family: modelFamily(options.model), account: options.account },
    withoutReasoning: options.withoutReasoning,
    toolName: (name) => (native ? name : tools.upstreamName(name)),
    toolId: (id) => (legalToolId.test(id) ? id : legalId(id, hash)),
    ourSearches: ourSearches(request.messages),
    warn,
  };
  const messages = forwardedMessages(request.messages, context);
  const { model: _model, stream: _stream, ...rest } = request.raw;
  const body: JsonObject = {
    model: options.model,
    ...rest,
    messages,
    ...(native ? {} : forOthers(request, tools, options)),
    ...limitOf(request, options),
    ...thinkingOf(request, messages),
    ...effortOf(request, options),
    stream: true,
  };
  return { body: dropUndefined(withoutFields(body, without)), tools, replayed: signatures(messages) };
}

/** They mean something only beside a beta header, and those do not go to other hosts. */
const betaFields = ['context_management', 'container', 'mcp_servers', 'diagnostics', 'speed', 'inference_geo', 'betas'];

/** Anthropic's own tools keep their names and schemas. */
const emptyTable = ({ hash }: PrepareOptions): ToolTable => new ToolTable({ tools: [], messages: [], raw: {} }, hash);

function forOthers(request: MessagesRequest, table: ToolTable, { profile, warn }: RequestOptions): JsonObject {
  const note =
    table.searchTool === undefined
      ? undefined
      : `[${asString(table.searchTool.name) ?? 'web_search'} omitted: ${profile.upstream} cannot search the web]`;
  if (note !== undefined) warn(note);
  const system = systemOf(request.system, note);
  const tools = callableTools(request)
    .map(asClientTool)
    .filter((tool) => tool !== table.searchTool && !(asString(tool.type) ?? '').startsWith('web_search_'))
    .map((tool) => forwardedTool(tool, table));
  return {
    system: system.length === 0 ? undefined : system,
    tools: tools.length === 0 ? undefined : tools,
    tool_choice: tools.length === 0 ? undefined : choiceOf(request, table),
    ...Object.fromEntries(betaFields.map((name) => [name, undefined])),
  };
}

function systemOf(system: MessagesRequest['system'], note: string | undefined): JsonObject[] {
  const blocks = typeof system === 'string' ? [{ type: 'text', text: system }] : [...(system ?? [])];
  const kept = blocks.filter((block) => asString(block.text) !== '' && !isAttribution(asString(block.text)));
  return note === undefined ? kept : [...kept, { type: 'text', text: note }];
}

function forwardedTool(tool: JsonObject, table: ToolTable): JsonObject {
  const members = toolMembers.flatMap((name) => (tool[name] === undefined ? [] : [[name, tool[name]]]));
  return { name: table.upstreamName(asString(tool.name) ?? ''), ...Object.fromEntries(members) };
}

function choiceOf({ raw }: MessagesRequest, table: ToolTable): unknown {
  const choice = raw.tool_choice;
  if (!isObject(choice) || choice.type !== 'tool') return choice ?? undefined;
  return { ...choice, name: table.upstreamName(asString(choice.name) ?? '') };
}

/** Hosts refuse more than the model can say. */
function limitOf(request: MessagesRequest, { row }: PrepareOptions): JsonObject {
  if (request.maxTokens === undefined) return { max_tokens: row?.maxOutputTokens || 8_192 };
  return row?.maxOutputTokens ? { max_tokens: Math.min(request.maxTokens, row.maxOutputTokens) } : {};
}

/**
 * With thinking on, the answer whose calls are still being answered must begin with thinking. After a switch it does
 * not: it was another model's.
 */
function thinkingOf(request: MessagesRequest, messages: readonly { role: string; content: unknown }[]): JsonObject {
  if (asObject(request.raw.thinking).type !== 'enabled') return {};
  const last = objectsOf(messages.findLast(({ role }) => role === 'assistant')?.content);
  const calls = last.some(({ type }) => type === 'tool_use');
  const begins = last[0]?.type === 'thinking' || last[0]?.type === 'redacted_thinking';
  return calls && !begins ? { thinking: { type: 'disabled' } } : {};
}

const known: Readonly<Record<string, string>> = { low: 'low', medium: 'low', high: 'high', xhigh: 'max', max: 'max' };

function effortOf(request: MessagesRequest, { effort, profile }: RequestOptions): JsonObject {
  const config = asObject(request.raw.output_config);
  const wished = effort ?? asString(config.effort);
  if (wished === undefined || wished === 'none') return {};
  const sent = profile.quirks.efforts === 'low-high-max' ? known[wished] : wished;
  return sent === config.effort ? {} : { output_config: { ...config, effort: sent } };
}

const signatures = (messages: readonly { content: unknown }[]): string[] =>
  messages.flatMap(({ content }) =>
    objectsOf(content).flatMap((block) =>
      block.type === 'thinking' ? [thinkingKey(asString(block.signature) ?? '')] : [],
    ),
  );

const dropUndefined = (body: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
