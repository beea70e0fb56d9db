/** The Responses dialect behind the proxy's interface. */
import { windowOf } from '../../models/find.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { asObject } from '../../wire/json.ts';
import type { Prepared, PrepareOptions, Upstream } from '../dialect.ts';
import { estimateInputTokens } from '../messages/count.ts';
import { type FailureContext, httpFailure } from './errors.ts';
import type { ResponsesProfile } from './profile.ts';
import { translateRequest } from './request.ts';
import { ResponsesStream } from './stream.ts';

export const responsesUpstream = (profile: ResponsesProfile): Upstream => ({
  name: profile.upstream,
  baseUrl: profile.baseUrl,
  costKind: profile.costKind,
  anonymous: profile.anonymous,
  headers: profile.headers,
  prepare: (request, options) => prepare(request, options, profile),
});

function prepare(request: MessagesRequest, options: PrepareOptions, profile: ResponsesProfile): Prepared {
  const { body, tools, stopSequences } = translateRequest(request, { ...options, profile });
  const maker = { upstream: profile.upstream, model: options.model, account: options.account };
  const failure: FailureContext = {
    upstream: profile.upstream,
    model: options.model,
    credentialHint: profile.credentialHint,
    contextWindow: windowOf({ upstream: profile.upstream, model: options.model, row: options.row }),
    estimateTokens: () => estimateInputTokens(request),
    clockTime: options.clockTime,
    now: options.now,
  };
  const thinkingType = asObject(request.raw.thinking).type;
  return {
    path: '/responses',
    body: JSON.stringify(body),
    open: (io) =>
      new ResponsesStream({
        ...io,
        tools,
        stopSequences,
        maker,
        failure,
        thinkingWanted: thinkingType === 'adaptive' || thinkingType === 'enabled',
      }),
    failure: (status, headers, text) => httpFailure(status, headers, text, failure),
  };
}
