/** The chat-completions dialect behind the proxy's interface. */
import type { CcpError } from '../../errors/ccp-error.ts';
import type { Abilities } from '../../models/abilities.ts';
import type { Quota } from '../../models/quota.ts';
import type { ModelRow } from '../../models/types.ts';
import type { MessagesRequest } from '../../wire/anthropic.ts';
import { type JsonObject, objectsOf } from '../../wire/json.ts';
import type { Prepared, PrepareOptions, Upstream } from '../dialect.ts';
import { failureContext, inLightOfBody } from '../failures/context.ts';
import { httpFailure } from '../failures/errors.ts';
import { usedIds } from '../messages/call-id.ts';
import { searchlessAnswer } from '../messages/no-search.ts';
import { optionalFields } from './optional-fields.ts';
import type { ChatProfile, ChatQuirks } from './profile.ts';
import { imageLesson, translateRequest } from './request.ts';
import { ChatStream } from './stream.ts';

const thinkingNames = ['reasoning_effort', 'thinking', 'reasoning', 'chat_template_kwargs'];

export interface ChatExtras {
  /** Request headers beside the common ones. */
  readonly headers?: (options: PrepareOptions) => Readonly<Record<string, string>>;
  /** What response headers say of the limits. */
  readonly quotaOf?: (headers: Readonly<Record<string, string>>, now: number) => Quota | undefined;
  readonly quotaEndpoint?: Upstream['quotaEndpoint'];
}

export const chatUpstream = (profile: ChatProfile, extras: ChatExtras = {}): Upstream => ({
  name: profile.upstream,
  baseUrl: profile.baseUrl,
  costKind: profile.costKind,
  anonymous: profile.auth === 'none' ? 'always' : profile.credentialOptional ? 'allowed' : 'never',
  clientLogin: false,
  auth: profile.auth === 'x-api-key' ? 'x-api-key' : 'bearer',
  headers: 'plain',
  counts: false,
  startHint: profile.startHint,
  quotaEndpoint: extras.quotaEndpoint,
  abilities: (row) => abilitiesOf(profile.quirks, row),
  prepare: (request, options) => prepare(request, options, profile, extras),
});

function abilitiesOf({ capabilities, structured, replay }: ChatQuirks, row: ModelRow | undefined): Abilities {
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

function prepare(
  request: MessagesRequest,
  options: PrepareOptions,
  profile: ChatProfile,
  extras: ChatExtras,
): Prepared {
  const { body, tools, stopSequences } = translateRequest(request, { ...options, profile });
  const quotaOf = (headers: Readonly<Record<string, string>>) => extras.quotaOf?.(headers, options.now());
  const failure = failureContext(profile, options, { optionalFields, quotaOf });
  const judged = (error: CcpError) => inLightOf(error, body);
  return {
    path: '/chat/completions',
    body: JSON.stringify(body),
    headers: extras.headers?.(options) ?? {},
    whole: wholeAnswer,
    count: undefined,
    searchless: true,
    replayed: [],
    withoutSearch: searchlessAnswer(request, tools, options.hash),
    open: (io) =>
      new ChatStream({
        ...io,
        tools,
        stopSequences,
        quirks: profile.quirks,
        maker: { upstream: profile.upstream, model: options.model, account: options.account },
        usedIds: usedIds(request),
        failure,
        judged,
      }),
    read: (headers) => ({ quota: quotaOf(headers), askedModel: options.model, servedModel: undefined }),
    failure: (status, headers, text) => judged(httpFailure(status, headers, text, failure)),
  };
}

const noThinking = /does not support (?:thinking|reasoning)/i;
const noImages =
  /not a multimodal|(?:does not|doesn't|not) support (?:image|vision|multimodal)|data required for image input|unknown variant .?image_url/i;

/** A refusal of a field is believed only where the field was sent. */
function inLightOf(error: CcpError, body: JsonObject): CcpError {
  if (error.code === 'upstream_invalid' || error.code === 'upstream_failed') {
    const field = noThinking.test(error.message) ? thinkingNames.find((name) => body[name] !== undefined) : undefined;
    if (field !== undefined) return error.as('field_refused', field);
    const shown = JSON.stringify(body.messages).includes('"type":"image_url"');
    if (shown && noImages.test(error.message)) return error.as('field_refused', imageLesson);
  }
  return inLightOfBody(error, body);
}

/** A host that does not stream answers with one completion: it is one chunk that is also the last. */
function wholeAnswer(answer: JsonObject): readonly JsonObject[] {
  const [choice] = objectsOf(answer.choices);
  const refused = Boolean(answer.error) || answer.object === 'error' || answer.success === false;
  if (choice === undefined) return refused ? [{ ...answer, error: answer.error || answer }] : [];
  return [{ ...answer, choices: [{ ...choice, delta: choice.message }] }];
}
