/** One Anthropic Messages request → one Responses request. Same input, same bytes. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { Effort, ModelRow } from '../../models/types.ts';
import type { Hash } from '../../ports/randomness.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asArray, asNumber, asObject, asString, type JsonObject } from '../../wire/json.ts';
import type { ResponsesRequest } from '../../wire/responses.ts';
import type { PrepareOptions } from '../dialect.ts';
import { isStrict } from '../messages/strict-schema.ts';
import { inputItems, modelFamily } from './history.ts';
import { withoutFields } from './optional-fields.ts';
import type { ResponsesProfile } from './profile.ts';
import { legalId, ToolTable, toolFields } from './tools.ts';
import { searchRules } from './web-search.ts';

export interface RequestOptions extends PrepareOptions {
  readonly profile: ResponsesProfile;
}

export interface TranslatedRequest {
  readonly body: JsonObject;
  readonly tools: ToolTable;
  readonly stopSequences: readonly string[];
}

const attribution = 'x-anthropic-billing-header:';

/** Servers that Anthropic would connect to itself. */
const refuseServers = ({ raw }: MessagesRequest): void => {
  if (asArray(raw.mcp_servers).length > 0)
    throw new CcpError(
      'cannot_carry',
      'MCP servers given in the request (`mcp_servers`) cannot be reached by this upstream.',
    );
};

export function translateRequest(request: MessagesRequest, options: RequestOptions): TranslatedRequest {
  refuseServers(request);
  const { profile, hash, without } = options;
  const tools = new ToolTable(request, profile, hash);
  const reasoning = reasoningOf(request, options);
  const text = textOf(request, hash);
  const body: ResponsesRequest = {
    model: options.model,
    instructions: instructionsOf(request.system, rulesOf(tools, options)),
    input: inputItems(request.messages, {
      profile,
      warn: options.warn,
      withoutFiles: without.has('input_file'),
      legalId: (id) => legalId(id, hash),
      toolName: (name) => tools.upstreamName(name),
      maker: { upstream: profile.upstream, family: modelFamily(options.model), account: options.account },
      withoutReasoning: options.withoutReasoning,
    }),
    ...toolFields(request, tools, profile),
    ...(reasoning ? { reasoning } : {}),
    ...(text ? { text } : {}),
    ...limitsOf(request, options),
    ...(wantsPriority(request, options) && profile.fields.serviceTier ? { service_tier: 'priority' } : {}),
    include: ['reasoning.encrypted_content', ...(tools.search ? ['web_search_call.action.sources'] : [])],
    ...(options.sessionId === undefined ? {} : { prompt_cache_key: legalId(options.sessionId, hash) }),
    store: false,
    stream: true,
  };
  const stopSequences = asArray(request.raw.stop_sequences).filter((entry) => typeof entry === 'string');
  return { body: withoutFields(body, without), tools, stopSequences };
}

const wantsPriority = (request: MessagesRequest, { priority }: PrepareOptions): boolean =>
  priority || request.raw.speed === 'fast';

/** The attribution block changes from conversation to conversation and would break the prompt cache. */
function instructionsOf(system: MessagesRequest['system'], rules: readonly string[]): string {
  const blocks = typeof system === 'string' ? [system] : (system ?? []).map((block) => asString(block.text) ?? '');
  const kept = blocks.filter((text) => text !== '' && !text.startsWith(attribution));
  return [...kept, ...rules].join('\n\n') || 'You are a helpful assistant.';
}

function rulesOf({ search, functions }: ToolTable, { profile, warn }: RequestOptions): string[] {
  if (search === undefined) return [];
  if (profile.capabilities.webSearch !== 'none') {
    // The field counts every call, so it stands only where there are no others.
    return searchRules(search, profile.fields.maxToolCalls && functions.length === 0);
  }
  const note = `[${search.name} omitted: ${profile.upstream} cannot search the web]`;
  warn(note);
  return [note];
}

/** The API refuses less. */
const leastOutputTokens = 16;

function limitsOf(request: MessagesRequest, { profile, row }: RequestOptions): Partial<ResponsesRequest> {
  const { maxOutputTokens, sampling } = profile.fields;
  const most = row?.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const limit = request.maxTokens === undefined ? undefined : Math.min(request.maxTokens, most);
  const reasons = row !== undefined && row.efforts.length > 0;
  const temperature = asNumber(request.raw.temperature);
  const topP = asNumber(request.raw.top_p);
  return {
    ...(maxOutputTokens && limit !== undefined ? { max_output_tokens: Math.max(leastOutputTokens, limit) } : {}),
    ...(sampling && !reasons && temperature !== undefined ? { temperature } : {}),
    ...(sampling && !reasons && topP !== undefined ? { top_p: topP } : {}),
  };
}

const byBudget = (tokens: number): Effort =>
  tokens < 4_000 ? 'low' : tokens < 16_000 ? 'medium' : tokens < 32_000 ? 'high' : 'xhigh';

const effortOrder: readonly Effort[] = ['none', 'low', 'medium', 'high', 'xhigh', 'max'];

const isEffort = (value: unknown): value is Effort => effortOrder.some((effort) => effort === value);

/** The nearest effort the model has: the highest that is not above the wish, else its lowest. */
export function clampEffort(wish: Effort, row: ModelRow | undefined): Effort {
  const available = row?.efforts ?? effortOrder.slice(1, 5);
  if (available.length === 0 || available.includes(wish)) return wish;
  const rank = effortOrder.indexOf(wish);
  const below = available.filter((effort) => effortOrder.indexOf(effort) <= rank);
  return below.at(-1) ?? available[0] ?? wish;
}

/** Claude Code shows thinking and keeps it, so reasoning may be signed into a block. */
export const wantsThinking = (request: MessagesRequest): boolean => {
  const { type } = asObject(request.raw.thinking);
  return type === 'adaptive' || type === 'enabled' || type === 'between_tools';
};

function reasoningOf(request: MessagesRequest, options: RequestOptions): ResponsesRequest['reasoning'] {
  const thinking = asObject(request.raw.thinking);
  const asked = asObject(request.raw.output_config).effort;
  const effort = ((): Effort | undefined => {
    if (options.effort !== undefined) return options.effort;
    if (thinking.type === 'disabled') return 'none';
    if (isEffort(asked)) return asked;
    if (thinking.type === 'enabled' && typeof thinking.budget_tokens === 'number')
      return byBudget(thinking.budget_tokens);
    return undefined;
  })();
  const shown = wantsThinking(request) && thinking.display !== 'omitted';
  if (effort === undefined && !shown) return undefined;
  return {
    ...(effort === undefined ? {} : { effort: clampEffort(effort, options.row) }),
    ...(shown ? { summary: 'auto' } : {}),
  };
}

function textOf(request: MessagesRequest, hash: Hash): JsonObject | undefined {
  const format = asObject(asObject(request.raw.output_config).format);
  if (format.type !== 'json_schema') return undefined;
  const { $schema: _dialect, ...schema } = asObject(format.schema);
  const name = legalId(asString(format.name) ?? 'output', hash);
  return { format: { type: 'json_schema', name, schema, strict: isStrict(schema) } };
}
