/** Claude Code's request as it goes on: untouched but for what another host must not or cannot get. */
import { effortsIn } from '../../models/merge.ts';
import type { Effort } from '../../models/types.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, objectsOf } from '../../wire/json.ts';
import type { PrepareOptions } from '../dialect.ts';
import { withoutFields } from '../failures/optional-fields.ts';
import { asClientTool } from '../messages/client-tools.ts';
import { clampEffort } from '../messages/effort.ts';
import { modelFamily } from '../messages/envelope.ts';
import { legalId } from '../messages/legal-id.ts';
import { refuseServers, systemBlocks } from '../messages/system.ts';
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

/** The host takes `cache_control` nowhere. */
export const cacheMarks = 'cache_control marks';

function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (key === 'cache_control' ? [] : [[key, withoutMarks(member)]])),
  );
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
    ...thinkingOf(request, messages, options),
    ...effortOf(request, options),
    stream: true,
  };
  const kept = withoutFields(body, without);
  const unmarked = without.has(cacheMarks) ? withoutMarks(kept) : kept;
  return { body: dropUndefined(isObject(unmarked) ? unmarked : kept), tools, replayed: signatures(messages) };
}

/** They mean something only beside a beta header, which does not go to other hosts; `metadata` names the user's device. */
const betaFields = [
  'metadata',
  'context_management',
  'container',
  'mcp_servers',
  'diagnostics',
  'speed',
  'inference_geo',
  'betas',
];

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
  const kept = systemBlocks(system);
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
function limitOf(request: MessagesRequest, { row, profile }: RequestOptions): JsonObject {
  if (request.maxTokens === undefined) return { max_tokens: row?.maxOutputTokens || 8_192 };
  if (profile.quirks.native) return {};
  return row?.maxOutputTokens ? { max_tokens: Math.min(request.maxTokens, row.maxOutputTokens) } : {};
}

type Sent = readonly { readonly role: string; readonly content: unknown }[];

/**
 * Anthropic wants the answer whose calls are still being answered to begin with thinking, if thinking is on. After a
 * switch it does not: it was another model's. Elsewhere `none` turns thinking off, and a budget fits the limit.
 */
function thinkingOf(request: MessagesRequest, messages: Sent, options: RequestOptions): JsonObject {
  const thinking = asObject(request.raw.thinking);
  if (options.effort === 'none') return { thinking: { type: 'disabled' } };
  if (thinking.type !== 'enabled') return {};
  if (options.profile.quirks.native && beginsWithoutThinking(messages)) {
    options.warn('[thinking off for this answer: its first part was written by another model]');
    // Editing the thinking of a conversation needs thinking on.
    return { thinking: { type: 'disabled' }, context_management: undefined };
  }
  const most = asNumber(limitOf(request, options).max_tokens) ?? request.maxTokens;
  const budget = asNumber(thinking.budget_tokens);
  if (most === undefined || budget === undefined || budget < most) return {};
  return most > leastBudget
    ? { thinking: { ...thinking, budget_tokens: most - 1 } }
    : { thinking: { type: 'disabled' } };
}

/** The host refuses less. */
const leastBudget = 1_024;

function beginsWithoutThinking(messages: Sent): boolean {
  const words = messages.findLastIndex(
    ({ role, content }) =>
      role === 'user' && (typeof content === 'string' || objectsOf(content).some(({ type }) => type !== 'tool_result')),
  );
  const first = messages.slice(words + 1).find(({ role }) => role === 'assistant');
  const [begin] = objectsOf(first?.content);
  return begin !== undefined && begin.type !== 'thinking' && begin.type !== 'redacted_thinking';
}

const lowHighMax: Readonly<Record<string, string>> = {
  low: 'low',
  medium: 'low',
  high: 'high',
  xhigh: 'max',
  max: 'max',
};
const highMax: Readonly<Record<string, string>> = {
  low: 'high',
  medium: 'high',
  high: 'high',
  xhigh: 'max',
  max: 'max',
};

/** The nearest effort that the host and the model have; nothing where the model has none. */
function effortOf(request: MessagesRequest, { effort, profile, row }: RequestOptions): JsonObject {
  const { efforts } = profile.quirks;
  const { effort: asked, ...config } = asObject(request.raw.output_config);
  const wished = effort ?? effortIn(asked);
  const without = asked === undefined ? {} : { output_config: isEmpty(config) ? undefined : config };
  if (wished === undefined) return {};
  if (wished === 'none' || row?.efforts.length === 0) return without;
  const sent =
    efforts === 'low-high-max'
      ? lowHighMax[wished]
      : efforts === 'high-max'
        ? highMax[wished]
        : clampEffort(wished, row);
  return sent === asked ? {} : { output_config: { ...config, effort: sent } };
}

const effortIn = (value: unknown): Effort | undefined => effortsIn([value])[0];
const isEmpty = (value: JsonObject): boolean => Object.keys(value).length === 0;

const signatures = (messages: readonly { content: unknown }[]): string[] =>
  messages.flatMap(({ content }) =>
    objectsOf(content).flatMap((block) => (block.type === 'thinking' ? [thinkingKey(block)] : [])),
  );

const dropUndefined = (body: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
