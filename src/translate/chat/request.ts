/** One Anthropic Messages request → one chat-completions request. Same input, same bytes. */
import type { MessagesRequest } from '../../wire/anthropic.ts';
import type { ChatRequest } from '../../wire/chat.ts';
import { asArray, asNumber, asObject, asString, type JsonObject } from '../../wire/json.ts';
import type { PrepareOptions } from '../dialect.ts';
import { withoutFields } from '../failures/optional-fields.ts';
import { countable, roughTokens } from '../messages/count.ts';
import { modelFamily } from '../messages/envelope.ts';
import { legalId } from '../messages/legal-id.ts';
import { isStrict } from '../messages/strict-schema.ts';
import { refuseServers, systemBlocks } from '../messages/system.ts';
import { ToolTable } from '../messages/tool-table.ts';
import { chatMessages } from './history.ts';
import type { ChatProfile } from './profile.ts';
import { thinkingFields } from './thinking.ts';
import { toolFields } from './tools.ts';

export interface RequestOptions extends PrepareOptions {
  readonly profile: ChatProfile;
}

export interface TranslatedRequest {
  readonly body: JsonObject;
  readonly tools: ToolTable;
  readonly stopSequences: readonly string[];
}

/** The upstream refused images of this model: they become notes. */
export const imageLesson = 'image_url';

const anthropicModel = /^anthropic\/|claude/i;

export function translateRequest(request: MessagesRequest, options: RequestOptions): TranslatedRequest {
  refuseServers(request);
  const { profile, hash, without, sessionId } = options;
  const { quirks } = profile;
  const tools = new ToolTable(request, hash);
  const rules = rulesOf(request, tools, options).map((text) => ({ type: 'text', text }));
  const system = [...systemBlocks(request.system), ...rules];
  const session = sessionId === undefined ? undefined : legalId(sessionId, hash);
  const body: ChatRequest = {
    model: options.model,
    messages: chatMessages(system, request.messages, {
      profile,
      marks: quirks.cacheMarks && anthropicModel.test(options.model),
      vision: without.has(imageLesson) ? false : options.row?.vision,
      warn: options.warn,
      legalId: (id) => legalId(id, hash),
      toolName: (name) => tools.upstreamName(name),
      maker: { upstream: profile.upstream, family: modelFamily(options.model), account: options.account },
    }),
    ...toolFields(request, tools, options),
    ...limitsOf(request, options),
    ...thinkingFields(request, quirks, options),
    ...formatOf(request, options),
    ...(session === undefined || quirks.sessionField === 'none' ? {} : { [quirks.sessionField]: session }),
    ...quirks.extra,
    stream: true,
    stream_options: { include_usage: true },
  };
  const stopSequences = asArray(request.raw.stop_sequences).filter((entry) => typeof entry === 'string');
  return { body: withoutFields(body, without), tools, stopSequences };
}

/** What the model must be told in words. */
function rulesOf(request: MessagesRequest, { searchTool }: ToolTable, options: RequestOptions): string[] {
  const { profile, warn } = options;
  const rules: string[] = [];
  if (searchTool !== undefined) {
    const words = `[${asString(searchTool.name) ?? 'web_search'} omitted: ${profile.upstream} cannot search the web]`;
    warn(words);
    rules.push(words);
  }
  const schema = schemaOf(request);
  if (schema !== undefined && inWords(options))
    rules.push(`Answer with one JSON object that follows this schema, and nothing else: ${JSON.stringify(schema)}`);
  return rules;
}

function schemaOf(request: MessagesRequest): JsonObject | undefined {
  const format = asObject(asObject(request.raw.output_config).format);
  if (format.type !== 'json_schema') return undefined;
  const { $schema: _dialect, ...schema } = asObject(format.schema);
  return schema;
}

/** The host has no schemas, or refused this one. */
const inWords = ({ profile, without }: RequestOptions): boolean =>
  profile.quirks.structured === 'json_object' || [...without].some((lesson) => lesson.startsWith('response_format'));

function formatOf(request: MessagesRequest, options: RequestOptions): JsonObject {
  const { profile, hash } = options;
  const schema = schemaOf(request);
  if (schema === undefined) return {};
  if (profile.quirks.structured === 'json_object') return { response_format: { type: 'json_object' } };
  const name = legalId(asString(asObject(asObject(request.raw.output_config).format).name) ?? 'output', hash);
  return { response_format: { type: 'json_schema', json_schema: { name, schema, strict: isStrict(schema) } } };
}

/** Left for an answer at the least, whatever the prompt takes. */
const leastRoom = 1_024;
/** Estimates are off by so much. */
const estimateMargin = 1.15;

/** Hosts refuse a request whose prompt and wished answer together exceed the window. */
function limitsOf(request: MessagesRequest, { profile: { quirks }, row }: RequestOptions): JsonObject {
  const temperature = asNumber(request.raw.temperature);
  const topP = asNumber(request.raw.top_p);
  const { texts, fixed } = countable(request);
  const prompt = Math.ceil((roughTokens(texts) + fixed) * estimateMargin);
  const room = row === undefined ? Number.POSITIVE_INFINITY : Math.max(leastRoom, row.contextWindow - prompt);
  const limit = Math.min(request.maxTokens ?? Number.POSITIVE_INFINITY, row?.maxOutputTokens || room, room);
  return {
    ...(Number.isFinite(limit) && request.maxTokens !== undefined ? { [quirks.tokenField]: limit } : {}),
    ...(quirks.sampling && temperature !== undefined ? { temperature } : {}),
    ...(quirks.sampling && topP !== undefined ? { top_p: topP } : {}),
  };
}
