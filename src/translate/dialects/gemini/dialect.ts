/** Google's native Gemini dialect, as the proxy's `Dialect` interface. */
import type { CcpError } from '../../../errors/ccp-error.ts';
import type { Abilities } from '../../../models/abilities.ts';
import type { ModelRow } from '../../../models/types.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import { asArray, asNumber, asObject, asString, type JsonObject, LazyJson, objectsOf } from '../../../wire/json.ts';
import { answerStream } from '../../answer-stream.ts';
import { usedIds } from '../../anthropic/call-id.ts';
import { forwardedHeaders } from '../../anthropic/client-headers.ts';
import { wantsThinking } from '../../anthropic/effort.ts';
import { answerWithoutSearch } from '../../anthropic/no-search.ts';
import type { Dialect, Host, Prepared, PrepareOptions } from '../../dialect.ts';
import { checkAgainstBody, failureContext } from '../../failures/context.ts';
import { httpFailure } from '../../failures/errors.ts';
import { Outputs } from '../../output.ts';
import { geminiFailures, normalizeFailure } from './failures.ts';
import { signatureKey } from './history.ts';
import { optionalFields } from './optional-fields.ts';
import { type GeminiProfile, plainGemini } from './profile.ts';
import { translateRequest } from './request.ts';
import { GeminiStream } from './stream.ts';

export const geminiDialect: Dialect<GeminiProfile> = {
  plain: plainGemini,
  translator: (host, profile) => ({
    countsTokens: profile.counts,
    abilities: (row) => abilitiesOf(profile, row),
    prepare: (request, options) => prepare(request, options, host, profile),
  }),
};

function abilitiesOf({ counts }: GeminiProfile, row: ModelRow | undefined): Abilities {
  const imageSupport = row?.vision === false ? 'noted' : 'yes';
  return {
    images: imageSupport,
    imagesInResults: imageSupport,
    pdf: 'yes',
    parallelTools: 'yes',
    stopSequences: 'emulated',
    structuredOutput: 'yes',
    webSearch: 'noted',
    thinking: 'yes',
    countTokens: counts ? 'yes' : 'emulated',
  };
}

function prepare(request: MessagesRequest, options: PrepareOptions, host: Host, profile: GeminiProfile): Prepared {
  const { body, tools, stopSequences, warnings } = translateRequest(request, host.name, options);
  const failures = { ...geminiFailures, ...host.failures };
  const failure = failureContext({ ...host, failures }, options, { optionalFields, quotaOf: () => undefined });
  const refineError = (error: CcpError) => checkAgainstBody(error, body);
  const modelPath = `${profile.modelsPath}${encodeURIComponent(options.model.replace(/^models\//, ''))}`;
  return {
    path: `${modelPath}:streamGenerateContent?alt=sse`,
    body: new LazyJson(body),
    headers: forwardedHeaders(options.client, host.forwardedHeaders),
    warnings,
    // A host that does not stream returns one chunk, which is also the last.
    fromJson: (answer) => ((answer.candidates ?? answer.promptFeedback ?? answer.error) ? [answer] : []),
    count: profile.counts ? countOf(body, modelPath, options.model) : undefined,
    replayedReasoning: signatures(body),
    hasNoSearch: true,
    answerWithoutSearch: answerWithoutSearch(request, tools, options.ports.hash),
    open: (newId) => {
      const outputs = new Outputs();
      const machine = new GeminiStream({
        outputs,
        newId,
        tools,
        stopSequences,
        origin: { upstream: host.name, model: options.model, account: options.account },
        usedIds: usedIds(request),
        thinkingWanted: wantsThinking(request),
        failure,
        refineError,
      });
      return answerStream(machine, outputs);
    },
    readHeaders: () => ({ quota: undefined, requestedModel: options.model, servedModel: undefined }),
    failure: (status, headers, text) => {
      const failureText = normalizeFailure(headers, text);
      return refineError(httpFailure(status, failureText.headers, failureText.text, failure));
    },
  };
}

function signatures(body: JsonObject): string[] {
  const keys: string[] = [];
  for (const { parts } of objectsOf(body.contents))
    for (const part of asArray(parts)) {
      const signature = asString(asObject(part).thoughtSignature);
      if (signature !== undefined) keys.push(signatureKey(signature));
    }
  return keys;
}

function countOf(body: JsonObject, modelPath: string, model: string): Prepared['count'] {
  const { contents, systemInstruction, tools } = body;
  const generateContentRequest = {
    model: `models/${model.replace(/^models\//, '')}`,
    contents,
    systemInstruction,
    tools,
  };
  return {
    path: `${modelPath}:countTokens`,
    body: new LazyJson({ generateContentRequest }),
    read: (answer) => asNumber(asObject(answer).totalTokens),
  };
}
