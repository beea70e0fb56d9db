/** The chat-completions implementation of `Dialect`. */
import type { CcpError } from '../../../errors/ccp-error.ts';
import type { Abilities } from '../../../models/abilities.ts';
import type { ModelRow } from '../../../models/types.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import { type JsonObject, LazyJson, objectsOf } from '../../../wire/json.ts';
import { answerStream } from '../../answer-stream.ts';
import { usedIds } from '../../anthropic/call-id.ts';
import { forwardedHeaders } from '../../anthropic/client-headers.ts';
import { answerWithoutSearch } from '../../anthropic/no-search.ts';
import type { Dialect, Host, Prepared, PrepareOptions } from '../../dialect.ts';
import { checkAgainstBody, failureContext } from '../../failures/context.ts';
import { httpFailure } from '../../failures/errors.ts';
import { Outputs } from '../../output.ts';
import { optionalFields } from './optional-fields.ts';
import { type ChatProfile, plainChat } from './profile.ts';
import { rejectedImages, translateRequest } from './request.ts';
import { ChatStream } from './stream.ts';

export const chatDialect: Dialect<ChatProfile> = {
  plain: plainChat,
  translator: (host, profile) => ({
    countsTokens: false,
    abilities: (row) => abilitiesOf(profile, row),
    prepare: (request, options) => prepare(request, options, host, profile),
  }),
};

function abilitiesOf({ capabilities, structured, replay }: ChatProfile, row: ModelRow | undefined): Abilities {
  const images = capabilities.images && row?.vision !== false;
  return {
    images: images ? 'yes' : 'noted',
    imagesInResults: images ? (capabilities.imagesInResults ? 'yes' : 'emulated') : 'noted',
    pdf: capabilities.files ? 'yes' : 'noted',
    parallelTools: 'yes',
    stopSequences: 'emulated',
    structuredOutput: structured === 'json_schema' ? 'yes' : 'emulated',
    webSearch: 'noted',
    thinking: replay === 'none' ? 'noted' : 'yes',
    countTokens: 'emulated',
  };
}

function prepare(request: MessagesRequest, options: PrepareOptions, host: Host, profile: ChatProfile): Prepared {
  const { body, tools, stopSequences, warnings } = translateRequest(request, host.name, profile, options);
  // Chat hosts send no quota headers.
  const failure = failureContext(host, options, { optionalFields, quotaOf: () => undefined });
  const refineError = (error: CcpError) => refine(error, body);
  return {
    path: '/chat/completions',
    body: new LazyJson(body),
    headers: forwardedHeaders(options.client, host.forwardedHeaders),
    warnings,
    fromJson,
    count: undefined,
    replayedReasoning: [],
    hasNoSearch: true,
    answerWithoutSearch: answerWithoutSearch(request, tools, options.ports.hash),
    open: (newId) => {
      const outputs = new Outputs();
      const machine = new ChatStream({
        outputs,
        newId,
        tools,
        stopSequences,
        profile,
        origin: { upstream: host.name, model: options.model, account: options.account },
        usedIds: usedIds(request),
        failure,
        refineError,
      });
      return answerStream(machine, outputs);
    },
    readHeaders: () => ({ quota: undefined, requestedModel: options.model, servedModel: undefined }),
    failure: (status, headers, text) => refineError(httpFailure(status, headers, text, failure)),
  };
}

const thinkingFields = ['reasoning_effort', 'thinking', 'reasoning', 'chat_template_kwargs'];
const thinkingRejection = /does not support (?:thinking|reasoning)/i;
const imageRejection =
  /not a multimodal|(?:does not|doesn't|not) support (?:image|vision|multimodal)|data required for image input|unknown variant .?image_url/i;

/** Treats an error as `field_refused` only if the request contains the field. */
function refine(error: CcpError, body: JsonObject): CcpError {
  if (error.code === 'upstream_invalid' || error.code === 'upstream_failed') {
    const field = thinkingRejection.test(error.message)
      ? thinkingFields.find((name) => body[name] !== undefined)
      : undefined;
    if (field !== undefined) return error.as('field_refused', field);
    const hasImages = JSON.stringify(body.messages).includes('"type":"image_url"');
    if (hasImages && imageRejection.test(error.message)) return error.as('field_refused', rejectedImages);
  }
  return checkAgainstBody(error, body);
}

/** Converts a JSON completion from a host that does not stream to one chunk, which is also the last. */
function fromJson(response: JsonObject): readonly JsonObject[] {
  const [choice] = objectsOf(response.choices);
  const isError = Boolean(response.error) || response.object === 'error' || response.success === false;
  if (choice === undefined) return isError ? [{ ...response, error: response.error || response }] : [];
  return [{ ...response, choices: [{ ...choice, delta: choice.message }] }];
}
