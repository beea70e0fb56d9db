/** The Responses implementation of `Dialect`. */
import type { CcpError } from '../../../errors/ccp-error.ts';
import type { Abilities } from '../../../models/abilities.ts';
import type { ModelRow } from '../../../models/types.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import { asNumber, asObject, asString, type JsonObject, LazyJson, objectsOf } from '../../../wire/json.ts';
import { answerStream } from '../../answer-stream.ts';
import { usedIds } from '../../anthropic/call-id.ts';
import { wantsThinking } from '../../anthropic/effort.ts';
import { answerWithoutSearch } from '../../anthropic/no-search.ts';
import type { Dialect, Host, Prepared, PrepareOptions } from '../../dialect.ts';
import { checkAgainstBody, failureContext } from '../../failures/context.ts';
import { httpFailure } from '../../failures/errors.ts';
import { Outputs } from '../../output.ts';
import { optionalFields } from './optional-fields.ts';
import { plainResponses, type ResponsesProfile } from './profile.ts';
import { quotaOfHeaders } from './quota.ts';
import { translateRequest } from './request.ts';
import { ResponsesStream } from './stream.ts';
import type { ResponsesTools } from './tools.ts';

export const responsesDialect: Dialect<ResponsesProfile> = {
  plain: plainResponses,
  translator: (host, profile) => ({
    countsTokens: profile.countPath !== undefined,
    abilities: (row) => abilitiesOf(profile, row),
    prepare: (request, options) => prepare(request, options, host, profile),
  }),
};

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

function prepare(request: MessagesRequest, options: PrepareOptions, host: Host, profile: ResponsesProfile): Prepared {
  const { body, tools, stopSequences, warnings } = translateRequest(request, host.name, profile, options);
  const { hash, now } = options.ports;
  const quotaOf = (headers: Readonly<Record<string, string>>) => quotaOfHeaders(headers, profile.quota, now());
  const failure = failureContext(host, options, { optionalFields, quotaOf });
  const refineError = (error: CcpError) => refine(error, body, tools);
  return {
    path: '/responses',
    body: new LazyJson(body),
    headers: {},
    warnings,
    fromJson: undefined,
    count: countOf(body, profile),
    replayedReasoning: reasoningIds(body),
    hasNoSearch: profile.capabilities.webSearch === 'none',
    answerWithoutSearch: answerWithoutSearch(request, tools, hash),
    open: (newId) => {
      const outputs = new Outputs();
      const machine = new ResponsesStream({
        outputs,
        newId,
        tools,
        stopSequences,
        origin: { upstream: host.name, model: options.model, account: options.account },
        usedIds: usedIds(request),
        thinkingWanted: wantsThinking(request),
        isBelowMinTokens: !profile.fields.maxOutputTokens && (request.maxTokens ?? minOutputTokens) < minOutputTokens,
        failure,
        refineError,
      });
      return answerStream(machine, outputs);
    },
    readHeaders: (headers) => ({
      quota: quotaOf(headers),
      requestedModel: options.model,
      servedModel: headers['openai-model'],
    }),
    failure: (status, headers, text) => refineError(httpFailure(status, headers, text, failure)),
  };
}

const reasoningIds = (body: JsonObject): string[] =>
  objectsOf(body.input).flatMap((item) => (item.type === 'reasoning' ? (asString(item.id) ?? []) : []));

/** Request fields that the count endpoint accepts. */
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
  const countBody = Object.fromEntries(Object.entries(body).filter(([key]) => countedFields.includes(key)));
  const read = (response: unknown) => asNumber(asObject(response).input_tokens);
  return { path: countPath, body: new LazyJson(countBody), read };
}

/**
 * Treats an error as `field_refused` only if the request contains the field, and as `search_refused` only if search is
 * the request's only tool.
 */
function refine(error: CcpError, body: JsonObject, tools: ResponsesTools): CcpError {
  const isSearchOnly = tools.search !== undefined && tools.functions.length === 0;
  const isInvalid = error.code === 'upstream_invalid' || error.code === 'field_refused';
  if (isSearchOnly && isInvalid && /web_search|tools?\b/i.test(error.message)) return error.as('search_refused');
  return checkAgainstBody(error, body);
}

/** With a lower limit Claude Code only checks whether the model exists. */
const minOutputTokens = 16;
