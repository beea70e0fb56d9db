/** Upstreams that speak Messages themselves, behind the proxy's interface. */
import type { CcpError } from '../../errors/ccp-error.ts';
import type { Abilities } from '../../models/abilities.ts';
import type { ModelRow } from '../../models/types.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asNumber, asObject, type JsonObject } from '../../wire/json.ts';
import type { Prepared, PrepareOptions, Upstream } from '../dialect.ts';
import { failureContext, inLightOfBody } from '../failures/context.ts';
import { httpFailure } from '../failures/errors.ts';
import { usedIds } from '../messages/call-id.ts';
import { searchlessAnswer } from '../messages/no-search.ts';
import { forwardedHeaders, returnedHeaders } from './headers.ts';
import { optionalFields } from './optional-fields.ts';
import type { PassthroughProfile, PassthroughQuirks } from './profile.ts';
import { quotaOfHeaders } from './quota.ts';
import { cacheMarks, forwardedRequest } from './request.ts';
import { PassthroughStream } from './stream.ts';
import { wholeMessage } from './whole.ts';

export const passthroughUpstream = (
  profile: PassthroughProfile,
  quotaEndpoint?: Upstream['quotaEndpoint'],
): Upstream => ({
  name: profile.upstream,
  baseUrl: profile.baseUrl,
  costKind: profile.costKind,
  anonymous: profile.auth === 'none' ? 'always' : profile.credentialOptional ? 'allowed' : 'never',
  clientLogin: profile.clientLogin,
  auth: profile.auth === 'x-api-key' ? 'x-api-key' : 'bearer',
  headers: 'plain',
  counts: profile.quirks.counts,
  startHint: profile.startHint,
  quotaEndpoint,
  abilities: (row) => abilitiesOf(profile.quirks, row),
  prepare: (request, options) => prepare(request, options, profile),
});

function abilitiesOf({ native, images, files, counts }: PassthroughQuirks, row: ModelRow | undefined): Abilities {
  const seen = images && row?.vision !== false ? 'yes' : 'noted';
  return {
    images: seen,
    imagesInResults: seen,
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

function prepare(request: MessagesRequest, options: PrepareOptions, profile: PassthroughProfile): Prepared {
  const { native } = profile.quirks;
  const { body, tools, replayed } = forwardedRequest(request, { ...options, profile });
  const failure = failureContext(profile, options, { optionalFields, quotaOf: quotaOfHeaders });
  const judged = (error: CcpError) => inLightOf(error, body);
  const query = native ? '?beta=true' : '';
  return {
    path: path + query,
    body: JSON.stringify(body),
    headers: forwardedHeaders(options.client, profile.quirks),
    whole: wholeMessage,
    count: countOf(body, query, profile),
    searchless: !native,
    replayed,
    withoutSearch: native ? undefined : searchlessAnswer(request, tools, options.hash),
    open: (io) =>
      new PassthroughStream({
        ...io,
        tools,
        native,
        maker: { upstream: profile.upstream, model: options.model, account: options.account },
        usedIds: usedIds(request),
        failure,
        judged,
      }),
    read: (headers) => ({
      quota: quotaOfHeaders(headers),
      askedModel: options.model,
      servedModel: undefined,
      ...(native ? { forClient: returnedHeaders(headers) } : {}),
    }),
    failure: (status, headers, text) => judged(httpFailure(status, headers, text, failure)),
  };
}

const refusedMarks = /cache_control['"`]?(?:\.\w+)*['"`]?: (?:extra inputs|unexpected|unknown)/i;

/** A refusal of a field is believed only where the field was sent. */
function inLightOf(error: CcpError, body: JsonObject): CcpError {
  const invalid = error.code === 'upstream_invalid' || error.code === 'field_refused';
  if (invalid && refusedMarks.test(error.message)) return error.as('field_refused', cacheMarks);
  return inLightOfBody(error, body);
}

const countedFields: readonly string[] = ['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking'];

function countOf(body: JsonObject, query: string, { quirks }: PassthroughProfile): Prepared['count'] {
  if (!quirks.counts) return undefined;
  const counted = Object.fromEntries(Object.entries(body).filter(([key]) => countedFields.includes(key)));
  const read = (answer: unknown) => asNumber(asObject(answer).input_tokens);
  return { path: `${path}/count_tokens${query}`, body: JSON.stringify(counted), read };
}
