/** One Anthropic Messages request → one Responses request. Same input, same bytes. */
import type { Hash } from '../../ports/randomness.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asArray, asNumber, asObject, asString, type JsonObject } from '../../wire/json.ts';
import type { ResponsesRequest } from '../../wire/responses.ts';
import type { PrepareOptions } from '../dialect.ts';
import { withoutFields } from '../failures/optional-fields.ts';
import { clampEffort, wantsThinking, wishedEffort } from '../messages/effort.ts';
import { modelFamily } from '../messages/envelope.ts';
import { legalId } from '../messages/legal-id.ts';
import { isStrict } from '../messages/strict-schema.ts';
import { refuseServers, systemTexts } from '../messages/system.ts';
import { inputItems } from './history.ts';
import type { ResponsesProfile } from './profile.ts';
import { ResponsesTools, toolFields } from './tools.ts';
import { searchRules } from './web-search.ts';

export interface RequestOptions extends PrepareOptions {
  readonly profile: ResponsesProfile;
}

export interface TranslatedRequest {
  readonly body: JsonObject;
  readonly tools: ResponsesTools;
  readonly stopSequences: readonly string[];
}

export function translateRequest(request: MessagesRequest, options: RequestOptions): TranslatedRequest {
  refuseServers(request);
  const { profile, hash, without } = options;
  const tools = new ResponsesTools(request, profile, hash);
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

function instructionsOf(system: MessagesRequest['system'], rules: readonly string[]): string {
  return [...systemTexts(system), ...rules].join('\n\n') || 'You are a helpful assistant.';
}

function rulesOf({ search, functions }: ResponsesTools, { profile, warn }: RequestOptions): string[] {
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
  const most = row?.maxOutputTokens || Number.POSITIVE_INFINITY;
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

function reasoningOf(request: MessagesRequest, options: RequestOptions): ResponsesRequest['reasoning'] {
  const effort = wishedEffort(request, options.effort);
  const shown = wantsThinking(request) && asObject(request.raw.thinking).display !== 'omitted';
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
