/** Claude Code's request as forwarded: unchanged except for members that the host must not or cannot receive. */
import { effortsIn } from '../../../models/merge.ts';
import type { Effort } from '../../../models/types.ts';
import type { Hash } from '../../../ports/randomness.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, objectsOf } from '../../../wire/json.ts';
import { asClientTool } from '../../anthropic/client-tools.ts';
import { clampEffort, wantsThinking } from '../../anthropic/effort.ts';
import { legalId } from '../../anthropic/legal-id.ts';
import { assertNoMcpServers, systemBlocks } from '../../anthropic/system.ts';
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
  /** Keys of the thinking that the request replays. */
  readonly replayed: readonly string[];
}

/** The key under which rejected `cache_control` members are remembered. */
export const rejectedCacheControl = 'cache_control marks';

function withoutCacheControl(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCacheControl);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      key === 'cache_control' ? [] : [[key, withoutCacheControl(member)]],
    ),
  );
}

/** Members of a tool that hosts support. */
const toolMembers = ['description', 'input_schema', 'cache_control'] as const;
const legalToolId = /^[A-Za-z0-9_-]+$/;

/** @param upstream the upstream's name, used in notes. Only its own thinking is replayed. */
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
  if (!native) assertNoMcpServers(request);
  const tools = native ? emptyToolTable(hash) : new ToolTable(request, hash);
  const context: BlockContext = {
    upstream,
    profile,
    vision: row?.vision,
    origin: { upstream, model: options.model, account: options.account },
    rejectedReasoning: rejected.reasoning,
    toolName: (name) => (native ? name : tools.upstreamName(name)),
    toolId: (id) => (legalToolId.test(id) ? id : legalId(id, hash)),
    localSearchIds: ourSearches(request.messages),
    warn,
  };
  const messages = forwardedMessages(request.messages, context);
  const { model: _model, stream: _stream, ...rest } = request.raw;
  const body: JsonObject = {
    model: options.model,
    ...rest,
    messages,
    ...(native ? {} : otherHostFields(request, tools, translation)),
    ...limitOf(request, translation),
    ...thinkingOf(request, messages, translation),
    ...effortOf(request, translation),
    stream: true,
  };
  const acceptedFields = withoutFields(body, rejected.fields);
  const unmarkedFields = rejected.fields.has(rejectedCacheControl)
    ? withoutCacheControl(acceptedFields)
    : acceptedFields;
  return {
    body: dropUndefined(isObject(unmarkedFields) ? unmarkedFields : acceptedFields),
    tools,
    replayed: thinkingKeys(messages),
    warnings,
  };
}

/** These fields require a beta header, which is not sent to other hosts. `metadata` identifies the user's device. */
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

/** For Anthropic itself, tools keep their names and schemas. */
const emptyToolTable = (hash: Hash): ToolTable => new ToolTable({ tools: [], messages: [], raw: {} }, hash);

function otherHostFields(request: MessagesRequest, table: ToolTable, { upstream, warn }: Translation): JsonObject {
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
  const acceptedFields = systemBlocks(system);
  return note === undefined ? acceptedFields : [...acceptedFields, { type: 'text', text: note }];
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

/** Hosts reject a limit above the model's maximum output. */
function limitOf(request: MessagesRequest, { profile, options: { row } }: Translation): JsonObject {
  if (request.maxTokens === undefined) return { max_tokens: row?.maxOutputTokens || 8_192 };
  if (profile.native) return {};
  return row?.maxOutputTokens ? { max_tokens: Math.min(request.maxTokens, row.maxOutputTokens) } : {};
}

type Sent = readonly { readonly role: string; readonly content: unknown }[];

/**
 * With thinking enabled, Anthropic requires that the response to which tool results are sent starts with thinking.
 * After a model switch it does not, so thinking is disabled. The effort `none` also disables it. A budget is reduced to
 * fit the limit.
 */
function thinkingOf(request: MessagesRequest, messages: Sent, translation: Translation): JsonObject {
  const { profile, options, warn } = translation;
  const thinking = asObject(request.raw.thinking);
  if (options.effort === 'none') return { thinking: { type: 'disabled' } };
  if (thinking.type !== 'enabled') return {};
  if (profile.native && beginsWithoutThinking(messages)) {
    warn('[thinking disabled for this response: another model wrote its first part]');
    // Editing the thinking of a conversation requires thinking to be enabled.
    return { thinking: { type: 'disabled' }, context_management: undefined };
  }
  const maxTokens = asNumber(limitOf(request, translation).max_tokens) ?? request.maxTokens;
  const budget = asNumber(thinking.budget_tokens);
  if (maxTokens === undefined || budget === undefined || budget < maxTokens) return {};
  return maxTokens > minThinkingBudget
    ? { thinking: { ...thinking, budget_tokens: maxTokens - 1 } }
    : { thinking: { type: 'disabled' } };
}

/** Hosts reject a smaller budget. */
const minThinkingBudget = 1_024;

function beginsWithoutThinking(messages: Sent): boolean {
  const lastPromptIndex = messages.findLastIndex(
    ({ role, content }) =>
      role === 'user' && (typeof content === 'string' || objectsOf(content).some(({ type }) => type !== 'tool_result')),
  );
  const firstResponse = messages.slice(lastPromptIndex + 1).find(({ role }) => role === 'assistant');
  const [firstBlock] = objectsOf(firstResponse?.content);
  return firstBlock !== undefined && firstBlock.type !== 'thinking' && firstBlock.type !== 'redacted_thinking';
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

/** The nearest effort that the host and the model support. Omitted if the model supports none. */
function effortOf(request: MessagesRequest, { profile, options: { effort, row } }: Translation): JsonObject {
  const { efforts } = profile;
  const { effort: clientEffort, ...config } = asObject(request.raw.output_config);
  const isAsked = profile.native || wantsThinking(request);
  const requested = effort ?? (isAsked ? effortIn(clientEffort) : undefined);
  const withoutEffort = clientEffort === undefined ? {} : { output_config: isEmpty(config) ? undefined : config };
  if (requested === undefined) return isAsked ? {} : withoutEffort;
  if (requested === 'none' || row?.efforts.length === 0) return withoutEffort;
  const sentEffort =
    efforts === 'low-high-max'
      ? lowHighMax[requested]
      : efforts === 'high-max'
        ? highMax[requested]
        : clampEffort(requested, row);
  return sentEffort === clientEffort ? {} : { output_config: { ...config, effort: sentEffort } };
}

const effortIn = (value: unknown): Effort | undefined => effortsIn([value])[0];
const isEmpty = (value: JsonObject): boolean => Object.keys(value).length === 0;

const thinkingKeys = (messages: readonly { content: unknown }[]): string[] =>
  messages.flatMap(({ content }) =>
    objectsOf(content).flatMap((block) => (block.type === 'thinking' ? [thinkingKey(block)] : [])),
  );

const dropUndefined = (body: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
