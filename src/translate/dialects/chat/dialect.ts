/** The chat-completions dialect behind the proxy's interface. */
import type { CcpError } from '../../../errors/ccp-error.ts';
import type { Abilities } from '../../../models/abilities.ts';
import type { ModelRow } from '../../../models/types.ts';
import type { MessagesRequest } from '../../../wire/anthropic.ts';
import { type JsonObject, objectsOf } from '../../../wire/json.ts';
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
  // Chat hosts say nothing of their limits in headers.
  const failure = failureContext(host, options, { optionalFields, quotaOf: () => undefined });
  const refineError = (error: CcpError) => refine(error, body);
  return {
    path: '/chat/completions',
    body: JSON.stringify(body),
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
        maker: { upstream: host.name, model: options.model, account: options.account },
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
const noThinking = /does not support (?:thinking|reasoning)/i;
const noImages =
  /not a multimodal|(?:does not|doesn't|not) support (?:image|vision|multimodal)|data required for image input|unknown variant .?image_url/i;

/** A refusal of a field is believed only where the field was sent. */
function refine(error: CcpError, body: JsonObject): CcpError {
  if (error.code === 'upstream_invalid' || error.code === 'upstream_failed') {
    const field = noThinking.test(error.message) ? thinkingFields.find((name) => body[name] !== undefined) : undefined;
    if (field !== undefined) return error.as('field_refused', field);
    const shown = JSON.stringify(body.messages).includes('"type":"image_url"');
    if (shown && noImages.test(error.message)) return error.as('field_refused', rejectedImages);
  }
  return checkAgainstBody(error, body);
}

/** A host that does not stream answers with one completion: it is one chunk that is also the last. */
function fromJson(answer: JsonObject): readonly JsonObject[] {
  const [choice] = objectsOf(answer.choices);
  const refused = Boolean(answer.error) || answer.object === 'error' || answer.success === false;
  if (choice === undefined) return refused ? [{ ...answer, error: answer.error || answer }] : [];
  return [{ ...answer, choices: [{ ...choice, delta: choice.message }] }];
}
