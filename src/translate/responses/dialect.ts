/** The Responses dialect behind the proxy's interface. */
import type { CcpError } from '../../errors/ccp-error.ts';
import type { Abilities } from '../../models/abilities.ts';
import type { ModelRow } from '../../models/types.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asNumber, asObject, asString, type JsonObject, objectsOf } from '../../wire/json.ts';
import type { Prepared, PrepareOptions, Upstream } from '../dialect.ts';
import { failureContext, inLightOfBody } from '../failures/context.ts';
import { httpFailure } from '../failures/errors.ts';
import { usedIds } from '../messages/call-id.ts';
import { wantsThinking } from '../messages/effort.ts';
import { searchlessAnswer } from '../messages/no-search.ts';
import { optionalFields } from './optional-fields.ts';
import type { ResponsesProfile } from './profile.ts';
import { quotaOfHeaders, quotaOfUsage } from './quota.ts';
import { translateRequest } from './request.ts';
import { ResponsesStream } from './stream.ts';
import type { ResponsesTools } from './tools.ts';

export const responsesUpstream = (profile: ResponsesProfile): Upstream => ({
  name: profile.upstream,
  baseUrl: profile.baseUrl,
  costKind: profile.costKind,
  anonymous: profile.anonymous ? 'always' : 'never',
  clientLogin: false,
  auth: 'bearer',
  startHint: undefined,
  headers: profile.headers,
  counts: profile.countPath !== undefined,
  quotaEndpoint: quotaEndpointOf(profile),
  abilities: (row) => abilitiesOf(profile, row),
  prepare: (request, options) => prepare(request, options, profile),
});

function abilitiesOf({ capabilities, countPath }: ResponsesProfile, row: ModelRow | undefined): Abilities {
  return {
    images: row?.vision === false ? 'noted' : 'yes',
    imagesInResults: row?.vision === false ? 'noted' : 'yes',
    pdf: capabilities.files ? 'yes' : 'noted',
    parallelTools: 'yes',
    stopSequences: 'emulated',
    structuredOutput: 'yes',
    webSearch: capabilities.webSearch === 'none' ? 'noted' : 'yes',
    thinking: 'yes',
    countTokens: countPath === undefined ? 'emulated' : 'yes',
  };
}

/** Beside the back end's own path; another base URL has no such neighbour. */
function quotaEndpointOf({ quota, baseUrl }: ResponsesProfile): Upstream['quotaEndpoint'] {
  const root = /^(.*)\/codex$/.exec(baseUrl)?.[1];
  return quota === 'codex' && root !== undefined ? { url: `${root}/wham/usage`, read: quotaOfUsage } : undefined;
}

function prepare(request: MessagesRequest, options: PrepareOptions, profile: ResponsesProfile): Prepared {
  const { body, tools, stopSequences } = translateRequest(request, { ...options, profile });
  const maker = { upstream: profile.upstream, model: options.model, account: options.account };
  const failure = failureContext(profile, options, {
    optionalFields,
    quotaOf: (headers) => quotaOfHeaders(headers, profile.quota, options.now()),
  });
  const judged = (error: CcpError) => inLightOf(error, body, tools);
  return {
    path: '/responses',
    body: JSON.stringify(body),
    headers: {},
    whole: undefined,
    count: countOf(body, profile),
    searchless: profile.capabilities.webSearch === 'none',
    replayed: objectsOf(body.input).flatMap((item) => (item.type === 'reasoning' ? (asString(item.id) ?? []) : [])),
    withoutSearch: searchlessAnswer(request, tools, options.hash),
    open: (io) =>
      new ResponsesStream({
        ...io,
        tools,
        stopSequences,
        maker,
        failure,
        tiny: !profile.fields.maxOutputTokens && (request.maxTokens ?? tinyTokens) < tinyTokens,
        judged,
        usedIds: usedIds(request),
        thinkingWanted: wantsThinking(request),
      }),
    read: (headers) => ({
      quota: quotaOfHeaders(headers, profile.quota, options.now()),
      askedModel: options.model,
      servedModel: headers['openai-model'],
    }),
    failure: (status, headers, text) => judged(httpFailure(status, headers, text, failure)),
  };
}

/** What the count endpoint takes of the request. */
const countedFields: readonly string[] = [
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning',
  'text',
];

function countOf(body: JsonObject, { countPath }: ResponsesProfile): Prepared['count'] {
  if (countPath === undefined) return undefined;
  const counted = Object.fromEntries(Object.entries(body).filter(([key]) => countedFields.includes(key)));
  const read = (answer: unknown) => asNumber(asObject(answer).input_tokens);
  return { path: countPath, body: JSON.stringify(counted), read };
}

/** A refusal of a field is believed only where the field was sent; of a search, where there was nothing else. */
function inLightOf(error: CcpError, body: JsonObject, tools: ResponsesTools): CcpError {
  const onlySearch = tools.search !== undefined && tools.functions.length === 0;
  const invalid = error.code === 'upstream_invalid' || error.code === 'field_refused';
  if (onlySearch && invalid && /web_search|tools?\b/i.test(error.message)) return error.as('search_refused');
  return inLightOfBody(error, body);
}

/** Below this nothing can be said: Claude Code asks whether a model is there. */
const tinyTokens = 16;
