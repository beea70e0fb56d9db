/** One Anthropic Messages request → one Responses request. The same input yields the same bytes. */
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import { asArray, asNumber, asObject, asString, type JsonObject } from '../../../wire/json.ts';
import type { ResponsesRequest } from '../../../wire/responses.ts';
import { clampEffort, requestedEffort, wantsThinking } from '../../anthropic/effort.ts';
import { legalId } from '../../anthropic/legal-id.ts';
import { isStrict } from '../../anthropic/strict-schema.ts';
import { assertNoMcpServers, systemTexts } from '../../anthropic/system.ts';
import type { PrepareOptions } from '../../dialect.ts';
import { withoutFields } from '../../failures/optional-fields.ts';
import { inputItems } from './history.ts';
import type { ResponsesProfile } from './profile.ts';
import { ResponsesTools, toolFields } from './tools.ts';
import { searchRules } from './web-search.ts';

export interface TranslatedRequest {
  readonly warnings: readonly string[];
  readonly body: JsonObject;
  readonly tools: ResponsesTools;
  readonly stopSequences: readonly string[];
}

/**
 * @param upstream the upstream's name, used in notes; only reasoning from this upstream is replayed.
 * @throws CcpError `cannot_carry` if the request contains `mcp_servers`.
 */
export function translateRequest(
  request: MessagesRequest,
  upstream: string,
  profile: ResponsesProfile,
  options: PrepareOptions,
): TranslatedRequest {
  assertNoMcpServers(request);
  const { rejected } = options;
  const { hash } = options.ports;
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const tools = new ResponsesTools(request, profile, hash);
  const reasoning = reasoningOf(request, options);
  const text = textOf(request, options);
  const body: ResponsesRequest = {
    model: options.model,
    instructions: instructionsOf(request.system, extraInstructions(tools, upstream, profile, warn)),
    input: inputItems(request.messages, {
      upstream,
      profile,
      warn,
      withoutFiles: rejected.fields.has('input_file'),
      legalId: (id) => legalId(id, hash),
      toolName: (name) => tools.upstreamName(name),
      origin: { upstream, model: options.model, account: options.account },
      rejectedReasoning: rejected.reasoning,
    }),
    ...toolFields(request, tools, profile),
    ...(reasoning ? { reasoning } : {}),
    ...(text ? { text } : {}),
    ...limitsOf(request, profile, options),
    ...(wantsPriority(request, options) && profile.fields.serviceTier ? { service_tier: 'priority' } : {}),
    include: ['reasoning.encrypted_content', ...(tools.search ? ['web_search_call.action.sources'] : [])],
    ...(options.sessionId === undefined ? {} : { prompt_cache_key: legalId(options.sessionId, hash) }),
    store: false,
    stream: true,
  };
  const stopSequences = asArray(request.raw.stop_sequences).filter((entry) => typeof entry === 'string');
  return { body: withoutFields(body, rejected.fields), tools, stopSequences, warnings };
}

const wantsPriority = (request: MessagesRequest, { priority }: PrepareOptions): boolean =>
  priority || request.raw.speed === 'fast';

function instructionsOf(system: MessagesRequest['system'], extra: readonly string[]): string {
  return [...systemTexts(system), ...extra].join('\n\n') || 'You are a helpful assistant.';
}

function extraInstructions(
  { search, functions }: ResponsesTools,
  upstream: string,
  profile: ResponsesProfile,
  warn: (message: string) => void,
): string[] {
  if (search === undefined) return [];
  if (profile.capabilities.webSearch !== 'none') {
    // `max_tool_calls` counts all calls, so it limits searches only if there are no other tools.
    return searchRules(search, profile.fields.maxToolCalls && functions.length === 0);
  }
  const note = `[${search.name} omitted: ${upstream} cannot search the web]`;
  warn(note);
  return [note];
}

/** The API rejects a lower limit. */
const minOutputTokens = 16;

function limitsOf(
  request: MessagesRequest,
  { fields: { maxOutputTokens, sampling } }: ResponsesProfile,
  { row }: PrepareOptions,
): Partial<ResponsesRequest> {
  const maxTokens = row?.maxOutputTokens || Number.POSITIVE_INFINITY;
  const limit = request.maxTokens === undefined ? undefined : Math.min(request.maxTokens, maxTokens);
  const supportsReasoning = row !== undefined && row.efforts.length > 0;
  const temperature = asNumber(request.raw.temperature);
  const topP = asNumber(request.raw.top_p);
  return {
    ...(maxOutputTokens && limit !== undefined ? { max_output_tokens: Math.max(minOutputTokens, limit) } : {}),
    ...(sampling && !supportsReasoning && temperature !== undefined ? { temperature } : {}),
    ...(sampling && !supportsReasoning && topP !== undefined ? { top_p: topP } : {}),
  };
}

function reasoningOf(request: MessagesRequest, options: PrepareOptions): ResponsesRequest['reasoning'] {
  const effort = requestedEffort(request, options.effort);
  const wantsSummary = wantsThinking(request) && asObject(request.raw.thinking).display !== 'omitted';
  if (effort === undefined && !wantsSummary) return undefined;
  return {
    ...(effort === undefined ? {} : { effort: clampEffort(effort, options.row) }),
    ...(wantsSummary ? { summary: 'auto' } : {}),
  };
}

function textOf(request: MessagesRequest, { ports: { hash } }: PrepareOptions): JsonObject | undefined {
  const format = asObject(asObject(request.raw.output_config).format);
  if (format.type !== 'json_schema') return undefined;
  const { $schema: _dialect, ...schema } = asObject(format.schema);
  const name = legalId(asString(format.name) ?? 'output', hash);
  return { format: { type: 'json_schema', name, schema, strict: isStrict(schema) } };
}
