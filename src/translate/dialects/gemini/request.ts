/** One Anthropic Messages request → one Gemini request. The same input produces the same bytes. */
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import type { GeminiRequest } from '../../../wire/gemini.ts';
import { asArray, asNumber, asObject, asString, type JsonObject } from '../../../wire/json.ts';
import { legalId } from '../../anthropic/legal-id.ts';
import { assertNoMcpServers, systemTexts } from '../../anthropic/system.ts';
import type { PrepareOptions } from '../../dialect.ts';
import { withoutFields } from '../../failures/optional-fields.ts';
import { generation } from './generation.ts';
import { contentsOf } from './history.ts';
import { thinkingConfig } from './thinking.ts';
import { GeminiTools, toolFields, withEnums } from './tools.ts';

export interface TranslatedRequest {
  readonly body: JsonObject;
  readonly tools: GeminiTools;
  readonly stopSequences: readonly string[];
  readonly warnings: readonly string[];
}

/** @param upstream the upstream's name, used in notes. Only its own signatures are replayed. */
export function translateRequest(
  request: MessagesRequest,
  upstream: string,
  options: PrepareOptions,
): TranslatedRequest {
  assertNoMcpServers(request);
  const { model, row, rejected } = options;
  const { hash } = options.ports;
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const tools = new GeminiTools(request, hash);
  const system = [...systemTexts(request.system), ...rulesOf(request, tools, upstream, warn)];
  const body: GeminiRequest = {
    ...(system.length === 0 ? {} : { systemInstruction: { parts: [{ text: system.join('\n\n') }] } }),
    contents: contentsOf(request.messages, {
      upstream,
      vision: row?.vision,
      warn,
      generation: generation(model),
      legalId: (id) => legalId(id, hash),
      toolName: (name) => tools.upstreamName(name),
      origin: { upstream, model, account: options.account },
      rejectedReasoning: rejected.reasoning,
    }),
    ...toolFields(request, tools),
    generationConfig: {
      ...limitsOf(request, options),
      ...formatOf(request, tools),
      ...thinkingConfig(request, options),
    },
  };
  const stopSequences = asArray(request.raw.stop_sequences).filter((entry) => typeof entry === 'string');
  return { body: withoutFields(body, rejected.fields), tools, stopSequences, warnings };
}

/** Instructions added to the system prompt. */
function rulesOf(
  request: MessagesRequest,
  { searchTool, functions }: GeminiTools,
  upstream: string,
  warn: (message: string) => void,
): string[] {
  const rules: string[] = [];
  if (searchTool !== undefined) {
    const note = `[${asString(searchTool.name) ?? 'web_search'} omitted: ${upstream} cannot search the web]`;
    warn(note);
    rules.push(note);
  }
  const schema = schemaOf(request);
  if (schema !== undefined && functions.length > 0)
    rules.push(`Answer with one JSON object that follows this schema, and nothing else: ${JSON.stringify(schema)}`);
  return rules;
}

function schemaOf(request: MessagesRequest): JsonObject | undefined {
  const format = asObject(asObject(request.raw.output_config).format);
  return format.type === 'json_schema' ? withEnums(asObject(format.schema)) : undefined;
}

/** Older models support either a JSON response or functions. With functions, the system prompt contains the schema. */
function formatOf(request: MessagesRequest, { functions }: GeminiTools): JsonObject {
  const schema = schemaOf(request);
  if (schema === undefined || functions.length > 0) return {};
  return { responseMimeType: 'application/json', responseJsonSchema: schema };
}

/** Above this limit a response may be split across several requests, which ccp does not join. */
const maxOutputTokens = 65_536;

function limitsOf(request: MessagesRequest, { model, row }: PrepareOptions): JsonObject {
  const limit = Math.min(request.maxTokens ?? maxOutputTokens, row?.maxOutputTokens || maxOutputTokens);
  const temperature = asNumber(request.raw.temperature);
  const topP = asNumber(request.raw.top_p);
  const { hasSampling } = generation(model);
  return {
    ...(request.maxTokens === undefined ? {} : { maxOutputTokens: limit }),
    ...(hasSampling && temperature !== undefined ? { temperature } : {}),
    ...(hasSampling && topP !== undefined ? { topP } : {}),
  };
}
