/** Claude Code's request as it goes on: untouched but for what another host must not or cannot get. */
import { effortsIn } from '../../../models/merge.ts';
import type { Effort } from '../../../models/types.ts';
import type { Hash } from '../../../ports/randomness.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, objectsOf } from '../../../wire/json.ts';
import { asClientTool } from '../../anthropic/client-tools.ts';
import { clampEffort } from '../../anthropic/effort.ts';
import { modelFamily } from '../../anthropic/envelope.ts';
import { legalId } from '../../anthropic/legal-id.ts';
import { refuseServers, systemBlocks } from '../../anthropic/system.ts';
import { callableTools } from '../../anthropic/tool-search.ts';
import { ToolTable } from '../../anthropic/tool-table.ts';
import type { PrepareOptions } from '../../dialect.ts';
import { withoutFields } from '../../failures/optional-fields.ts';
import { type BlockContext, ourSearches, thinkingKey } from './content.ts';
import { forwardedMessages } from './history.ts';
import type { MessagesProfile } from './profile.ts';

interface Translation {
  readonly upstream: string;
  readonly profile: MessagesProfile;
  readonly options: PrepareOptions;
  readonly warn: (message: string) => void;
}

export interface TranslatedRequest {
  readonly warnings: readonly string[];
  readonly body: JsonObject;
  readonly tools: ToolTable;
  /** Keys of the thinking it replays. */
  readonly replayed: readonly string[];
}

/** The key under which refused `cache_control` members are remembered. */
export const rejectedCacheControl = 'cache_control marks';

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

/** @param upstream its name: notes name it, and thinking is replayed to it alone. */
export function translateRequest(
  request: MessagesRequest,
  upstream: string,
  profile: MessagesProfile,
  options: PrepareOptions,
): TranslatedRequest {
  const { row, rejected } = options;
  const { hash } = options.ports;
  const { native } = profile;
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const translation: Translation = { upstream, profile, options, warn };
  if (!native) refuseServers(request);
  const tools = native ? emptyTable(hash) : new ToolTable(request, hash);
  const context: BlockContext = {
    upstream,
    profile,
    vision: row?.vision,
    maker: { upstream, family: modelFamily(options.model), account: options.account },
    rejectedReasoning: rejected.reasoning,
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
    ...(native ? {} : forOthers(request, tools, translation)),
    ...limitOf(request, translation),
    ...thinkingOf(request, messages, translation),
    ...effortOf(request, translation),
    stream: true,
  };
  const kept = withoutFields(body, rejected.fields);
  const unmarked = rejected.fields.has(rejectedCacheControl) ? withoutMarks(kept) : kept;
  return { body: dropUndefined(isObject(unmarked) ? unmarked : kept), tools, replayed: signatures(messages), warnings };
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
const emptyTable = (hash: Hash): ToolTable => new ToolTable({ tools: [], messages: [], raw: {} }, hash);

function forOthers(request: MessagesRequest, table: ToolTable, { upstream, warn }: Translation): JsonObject {
  const note =
    table.searchTool === undefined
      ? undefined
      : `[${asString(table.searchTool.name) ?? 'web_search'} omitted: ${upstream} cannot search the web]`;
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
function limitOf(request: MessagesRequest, { profile, options: { row } }: Translation): JsonObject {
  if (request.maxTokens === undefined) return { max_tokens: row?.maxOutputTokens || 8_192 };
  if (profile.native) return {};
  return row?.maxOutputTokens ? { max_tokens: Math.min(request.maxTokens, row.maxOutputTokens) } : {};
}

type Sent = readonly { readonly role: string; readonly content: unknown }[];

/**
 * Anthropic wants the answer whose calls are still being answered to begin with thinking, if thinking is on. After a
 * switch it does not: it was another model's. Elsewhere `none` turns thinking off, and a budget fits the limit.
 */
function thinkingOf(request: MessagesRequest, messages: Sent, translation: Translation): JsonObject {
  const { profile, options, warn } = translation;
  const thinking = asObject(request.raw.thinking);
  if (options.effort === 'none') return { thinking: { type: 'disabled' } };
  if (thinking.type !== 'enabled') return {};
  if (profile.native && beginsWithoutThinking(messages)) {
    warn('[thinking off for this answer: its first part was written by another model]');
    // Editing the thinking of a conversation needs thinking on.
    return { thinking: { type: 'disabled' }, context_management: undefined };
  }
  const most = asNumber(limitOf(request, translation).max_tokens) ?? request.maxTokens;
  const budget = asNumber(thinking.budget_tokens);
  if (most === undefined || budget === undefined || budget < most) return {};
  return most > minThinkingBudget
    ? { thinking: { ...thinking, budget_tokens: most - 1 } }
    : { thinking: { type: 'disabled' } };
}

/** The host refuses less. */
const minThinkingBudget = 1_024;

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
function effortOf(request: MessagesRequest, { profile, options: { effort, row } }: Translation): JsonObject {
  const { efforts } = profile;
  const { effort: given, ...config } = asObject(request.raw.output_config);
  const requested = effort ?? effortIn(given);
  const without = given === undefined ? {} : { output_config: isEmpty(config) ? undefined : config };
  if (requested === undefined) return {};
  if (requested === 'none' || row?.efforts.length === 0) return without;
  const sent =
    efforts === 'low-high-max'
      ? lowHighMax[requested]
      : efforts === 'high-max'
        ? highMax[requested]
        : clampEffort(requested, row);
  return sent === given ? {} : { output_config: { ...config, effort: sent } };
}

const effortIn = (value: unknown): Effort | undefined => effortsIn([value])[0];
const isEmpty = (value: JsonObject): boolean => Object.keys(value).length === 0;

const signatures = (messages: readonly { content: unknown }[]): string[] =>
  messages.flatMap(({ content }) =>
    objectsOf(content).flatMap((block) => (block.type === 'thinking' ? [thinkingKey(block)] : [])),
  );

const dropUndefined = (body: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
