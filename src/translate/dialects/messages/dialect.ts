/** The dialect of upstreams that speak Messages, as the proxy's `Dialect` interface. */
import type { CcpError } from '../../../errors/ccp-error.ts';
import type { Abilities } from '../../../models/abilities.ts';
import type { ModelRow } from '../../../models/types.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import { asNumber, asObject, type JsonObject, LazyJson } from '../../../wire/json.ts';
import { answerStream } from '../../answer-stream.ts';
import { usedIds } from '../../anthropic/call-id.ts';
import { forwardedHeaders } from '../../anthropic/client-headers.ts';
import { answerWithoutSearch } from '../../anthropic/no-search.ts';
import type { Dialect, Host, Prepared, PrepareOptions } from '../../dialect.ts';
import { checkAgainstBody, failureContext } from '../../failures/context.ts';
import { httpFailure } from '../../failures/errors.ts';
import { Outputs } from '../../output.ts';
import { fromJson } from './from-json.ts';
import { returnedHeaders, versionHeader } from './headers.ts';
import { optionalFields } from './optional-fields.ts';
import { type MessagesProfile, plainMessages } from './profile.ts';
import { quotaOfHeaders } from './quota.ts';
import { rejectedCacheControl, translateRequest } from './request.ts';
import { MessagesStream } from './stream.ts';

export const messagesDialect: Dialect<MessagesProfile> = {
  plain: plainMessages,
  translator: (host, profile) => ({
    countsTokens: profile.counts,
    abilities: (row) => abilitiesOf(profile, row),
    prepare: (request, options) => prepare(request, options, host, profile),
  }),
};

function abilitiesOf({ native, images, files, counts }: MessagesProfile, row: ModelRow | undefined): Abilities {
  const imageSupport = images && row?.vision !== false ? 'yes' : 'noted';
  return {
    images: imageSupport,
    imagesInResults: imageSupport,
    pdf: files ? 'yes' : 'noted',
    parallelTools: 'yes',
    stopSequences: 'yes',
    structuredOutput: 'yes',
    webSearch: native ? 'yes' : 'noted',
    thinking: 'yes',
    countTokens: counts ? 'yes' : 'emulated',
  };
}

const path = '/v1/messages';

function prepare(request: MessagesRequest, options: PrepareOptions, host: Host, profile: MessagesProfile): Prepared {
  const { native } = profile;
  const { body, tools, replayed, warnings } = translateRequest(request, host.name, profile, options);
  const failure = failureContext(host, options, { optionalFields, quotaOf: quotaOfHeaders });
  const refineError = (error: CcpError) => refine(error, body);
  const query = native ? '?beta=true' : '';
  return {
    path: path + query,
    body: new LazyJson(body),
    headers: { ...versionHeader, ...forwardedHeaders(options.client, host.forwardedHeaders) },
    warnings,
    fromJson,
    count: countOf(body, query, profile),
    replayedReasoning: replayed,
    hasNoSearch: !native,
    answerWithoutSearch: native ? undefined : answerWithoutSearch(request, tools, options.ports.hash),
    open: (newId) => {
      const outputs = new Outputs();
      const machine = new MessagesStream({
        outputs,
        newId,
        tools,
        native,
        origin: { upstream: host.name, model: options.model, account: options.account },
        usedIds: usedIds(request),
        failure,
        refineError,
      });
      return answerStream(machine, outputs);
    },
    readHeaders: (headers) => ({
      quota: quotaOfHeaders(headers),
      requestedModel: options.model,
      servedModel: undefined,
      ...(native ? { forClient: returnedHeaders(headers) } : {}),
    }),
    failure: (status, headers, text) => refineError(httpFailure(status, headers, text, failure)),
  };
}

const refusedCacheControl = /cache_control['"`]?(?:\.\w+)*['"`]?: (?:extra inputs|unexpected|unknown)/i;

/** An error that rejects a field counts as such only if the field was sent. */
function refine(error: CcpError, body: JsonObject): CcpError {
  const isInvalid = error.code === 'upstream_invalid' || error.code === 'field_refused';
  if (isInvalid && refusedCacheControl.test(error.message)) return error.as('field_refused', rejectedCacheControl);
  return checkAgainstBody(error, body);
}

const countedFields: readonly string[] = ['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking'];

function countOf(body: JsonObject, query: string, { counts }: MessagesProfile): Prepared['count'] {
  if (!counts) return undefined;
  const countedBody = Object.fromEntries(Object.entries(body).filter(([key]) => countedFields.includes(key)));
  const read = (answer: unknown) => asNumber(asObject(answer).input_tokens);
  return { path: `${path}/count_tokens${query}`, body: new LazyJson(countedBody), read };
}
