/** One Anthropic Messages request → one chat-completions request. The same input yields the same bytes. */
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import type { ChatRequest } from '../../../wire/chat.ts';
import { asArray, asNumber, asObject, asString, type JsonObject } from '../../../wire/json.ts';
import { countable, roughTokens } from '../../anthropic/count.ts';
import { legalId } from '../../anthropic/legal-id.ts';
import { isStrict } from '../../anthropic/strict-schema.ts';
import { assertNoMcpServers, systemBlocks } from '../../anthropic/system.ts';
import { ToolTable } from '../../anthropic/tool-table.ts';
import type { PrepareOptions } from '../../dialect.ts';
import { withoutFields } from '../../failures/optional-fields.ts';
import { chatMessages } from './history.ts';
import type { ChatProfile } from './profile.ts';
import { thinkingFields } from './thinking.ts';
import { toolFields } from './tools.ts';

interface Translation {
  readonly upstream: string;
  readonly profile: ChatProfile;
  readonly options: PrepareOptions;
  readonly warn: (message: string) => void;
}

export interface TranslatedRequest {
  readonly warnings: readonly string[];
  readonly body: JsonObject;
  readonly tools: ToolTable;
  readonly stopSequences: readonly string[];
}

/** Key of rejected images in `Rejected.fields`. They are then sent as notes. */
export const rejectedImages = 'image_url';

const anthropicModel = /^anthropic\/|claude/i;

/**
 * @param upstream the upstream's name, used in notes; only thinking from this upstream is replayed.
 * @throws CcpError `cannot_carry` if the request contains `mcp_servers`.
 */
export function translateRequest(
  request: MessagesRequest,
  upstream: string,
  profile: ChatProfile,
  options: PrepareOptions,
): TranslatedRequest {
  assertNoMcpServers(request);
  const { rejected, sessionId } = options;
  const { hash } = options.ports;
  const warnings: string[] = [];
  const translation: Translation = { upstream, profile, options, warn: (message) => warnings.push(message) };
  const tools = new ToolTable(request, hash);
  const instructions = extraInstructions(request, tools, translation).map((text) => ({ type: 'text', text }));
  const system = [...systemBlocks(request.system), ...instructions];
  const session = sessionId === undefined ? undefined : legalId(sessionId, hash);
  const body: ChatRequest = {
    model: options.model,
    messages: chatMessages(system, request.messages, {
      upstream,
      profile,
      marks: profile.cacheMarks && anthropicModel.test(options.model),
      vision: rejected.fields.has(rejectedImages) ? false : options.row?.vision,
      warn: translation.warn,
      legalId: (id) => legalId(id, hash),
      toolName: (name) => tools.upstreamName(name),
      origin: { upstream, model: options.model, account: options.account },
    }),
    ...toolFields(request, tools, profile, rejected.fields),
    ...limitsOf(request, translation),
    ...thinkingFields(request, profile, options),
    ...formatOf(request, translation),
    ...(session === undefined || profile.sessionField === 'none' ? {} : { [profile.sessionField]: session }),
    ...profile.extra,
    stream: true,
    stream_options: { include_usage: true },
  };
  const stopSequences = asArray(request.raw.stop_sequences).filter((entry) => typeof entry === 'string');
  return { body: withoutFields(body, rejected.fields), tools, stopSequences, warnings };
}

/** Instructions for features the host has no field for. */
function extraInstructions(request: MessagesRequest, { searchTool }: ToolTable, translation: Translation): string[] {
  const { upstream, warn } = translation;
  const instructions: string[] = [];
  if (searchTool !== undefined) {
    const note = `[${asString(searchTool.name) ?? 'web_search'} omitted: ${upstream} cannot search the web]`;
    warn(note);
    instructions.push(note);
  }
  const schema = schemaOf(request);
  if (schema !== undefined && needsSchemaInPrompt(translation))
    instructions.push(
      `Answer with one JSON object that follows this schema, and nothing else: ${JSON.stringify(schema)}`,
    );
  return instructions;
}

function schemaOf(request: MessagesRequest): JsonObject | undefined {
  const format = asObject(asObject(request.raw.output_config).format);
  if (format.type !== 'json_schema') return undefined;
  const { $schema: _dialect, ...schema } = asObject(format.schema);
  return schema;
}

/** The host does not support JSON schemas, or rejected this one. */
const needsSchemaInPrompt = ({ profile, options }: Translation): boolean =>
  profile.structured === 'json_object' ||
  [...options.rejected.fields].some((field) => field.startsWith('response_format'));

function formatOf(request: MessagesRequest, { profile, options }: Translation): JsonObject {
  const { hash } = options.ports;
  const schema = schemaOf(request);
  if (schema === undefined) return {};
  if (profile.structured === 'json_object') return { response_format: { type: 'json_object' } };
  const name = legalId(asString(asObject(asObject(request.raw.output_config).format).name) ?? 'output', hash);
  return { response_format: { type: 'json_schema', json_schema: { name, schema, strict: isStrict(schema) } } };
}

/** Minimum tokens reserved for the response, whatever the prompt size. */
const minResponseTokens = 1_024;
/** Factor that covers the error of the token estimate. */
const estimateMargin = 1.15;

/** Hosts reject a request whose prompt plus requested response exceed the context window. */
function limitsOf(request: MessagesRequest, { profile, options: { row } }: Translation): JsonObject {
  const temperature = asNumber(request.raw.temperature);
  const topP = asNumber(request.raw.top_p);
  const { texts, fixed } = countable(request);
  const promptTokens = Math.ceil((roughTokens(texts) + fixed) * estimateMargin);
  const availableTokens =
    row === undefined ? Number.POSITIVE_INFINITY : Math.max(minResponseTokens, row.contextWindow - promptTokens);
  const limit = Math.min(
    request.maxTokens ?? Number.POSITIVE_INFINITY,
    row?.maxOutputTokens || availableTokens,
    availableTokens,
  );
  return {
    ...(Number.isFinite(limit) && request.maxTokens !== undefined ? { [profile.tokenField]: limit } : {}),
    ...(profile.sampling && temperature !== undefined ? { temperature } : {}),
    ...(profile.sampling && topP !== undefined ? { top_p: topP } : {}),
  };
}
