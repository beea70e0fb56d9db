/** The Responses dialect behind the proxy's interface. */
import { windowOf } from '../../models/find.ts';
import { type MessagesRequest, noUsage } from '../../wire/anthropic.ts';
import { asNumber, asObject, asString, type JsonObject } from '../../wire/json.ts';
import type { Prepared, PrepareOptions, Upstream } from '../dialect.ts';
import { type FailureContext, httpFailure } from './errors.ts';
import type { ResponsesProfile } from './profile.ts';
import { quotaOfHeaders, quotaOfUsage } from './quota.ts';
import { translateRequest } from './request.ts';
import { ResponsesStream } from './stream.ts';
import type { ToolTable } from './tools.ts';

export const responsesUpstream = (profile: ResponsesProfile): Upstream => ({
  name: profile.upstream,
  baseUrl: profile.baseUrl,
  costKind: profile.costKind,
  anonymous: profile.anonymous,
  headers: profile.headers,
  counts: profile.countPath !== undefined,
  quotaEndpoint: quotaEndpointOf(profile),
  prepare: (request, options) => prepare(request, options, profile),
});

/** Beside the back end's own path; another base URL has no such neighbour. */
function quotaEndpointOf({ quota, baseUrl }: ResponsesProfile): Upstream['quotaEndpoint'] {
  const root = /^(.*)\/codex$/.exec(baseUrl)?.[1];
  return quota === 'codex' && root !== undefined ? { url: `${root}/wham/usage`, read: quotaOfUsage } : undefined;
}

function prepare(request: MessagesRequest, options: PrepareOptions, profile: ResponsesProfile): Prepared {
  const { body, tools, stopSequences } = translateRequest(request, { ...options, profile });
  const maker = { upstream: profile.upstream, model: options.model, account: options.account };
  const failure: FailureContext = {
    upstream: profile.upstream,
    model: options.model,
    credentialHint: profile.credentialHint,
    failures: profile.failures,
    quota: profile.quota,
    contextWindow: windowOf({ upstream: profile.upstream, model: options.model, row: options.row }),
    clockTime: options.clockTime,
    now: options.now,
  };
  const thinkingType = asObject(request.raw.thinking).type;
  return {
    path: '/responses',
    body: JSON.stringify(body),
    count: countOf(body, profile),
    local: searchRefusal(request, tools, profile),
    open: (io) =>
      new ResponsesStream({
        ...io,
        tools,
        stopSequences,
        maker,
        failure,
        tiny: !profile.fields.maxOutputTokens && (request.maxTokens ?? tinyTokens) < tinyTokens,
        thinkingWanted: thinkingType === 'adaptive' || thinkingType === 'enabled',
      }),
    read: (headers) => ({
      quota: quotaOfHeaders(headers, profile.quota, options.now()),
      askedModel: options.model,
      servedModel: headers['openai-model'],
    }),
    failure: (status, headers, text) => httpFailure(status, headers, text, failure),
  };
}

/** The same request without what only an answer needs. */
function countOf(body: JsonObject, { countPath }: ResponsesProfile): Prepared['count'] {
  if (countPath === undefined) return undefined;
  const { stream: _stream, store: _store, include: _include, max_output_tokens: _limit, ...counted } = body;
  const read = (answer: unknown) => asNumber(asObject(answer).input_tokens);
  return { path: countPath, body: JSON.stringify(counted), read };
}

/** Below this nothing can be said: Claude Code asks whether a model is there. */
const tinyTokens = 16;

/** A request for nothing but a search that the upstream does not have is answered so, and never hangs. */
function searchRefusal(request: MessagesRequest, tools: ToolTable, profile: ResponsesProfile): Prepared['local'] {
  const { search } = tools;
  if (search === undefined || tools.functions.length > 0 || profile.capabilities.webSearch !== 'none') return undefined;
  return (writer) => {
    const id = 'srvtoolu_unavailable';
    writer.serverTool(id, search.name, { query: lastWords(request) });
    writer.searchResult(id, { type: 'web_search_tool_result_error', error_code: 'unavailable' });
    writer.text(`${profile.upstream} cannot search the web. Switch the model, or search another way.`);
    return { end: { stopReason: 'end_turn', stopSequence: null, usage: noUsage }, abort: false, measured: true };
  };
}

function lastWords({ messages }: MessagesRequest): string {
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  return typeof content === 'string' ? content : content.map((block) => asString(block.text) ?? '').join(' ');
}
