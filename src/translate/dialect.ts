/** What the proxy needs of a dialect; each dialect is a pure translator to and from Anthropic Messages. */
import type { CcpError } from '../errors/ccp-error.ts';
import type { Abilities } from '../models/abilities.ts';
import type { Quota } from '../models/quota.ts';
import type { Effort, ModelRow } from '../models/types.ts';
import type { Hash } from '../ports/randomness.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { JsonObject } from '../wire/json.ts';
import type { AnswerStream } from './answer-stream.ts';
import type { FailureRow } from './failures/errors.ts';
import type { Output } from './output.ts';

type Headers = Readonly<Record<string, string>>;

/** What a dialect must know of the upstream it translates for. */
export interface Host {
  /** The upstream's name in routes, events and messages. */
  readonly name: string;
  /** By the upstream's own error code, above the common table. */
  readonly failures: Readonly<Record<string, FailureRow>>;
  /** What a user runs or sets to get a credential. */
  readonly credentialHint: string;
  /** What to do about a model that is not there; `{model}` is its id. */
  readonly modelHint: string | undefined;
  /** Claude Code's headers that go on with the request; the dialect may add its own. */
  readonly forwardedHeaders: ForwardedHeaders;
}

/** `all`: those of the API. `user-agent`: that one alone, for hosts that admit clients by it. */
export type ForwardedHeaders = 'all' | 'user-agent' | 'none';

/** @typeParam Profile what tells one host of the dialect from another: data, never code. */
export interface Dialect<Profile> {
  /** A host of which only the dialect is known. */
  readonly plain: Profile;
  translator(host: Host, profile: Profile): Translator;
}

export interface Translator {
  /** The upstream has an endpoint that counts tokens. */
  readonly countsTokens: boolean;
  /** What can be carried to this model; the row is missing where nothing is known of it. */
  abilities(row: ModelRow | undefined): Abilities;
  /** @throws CcpError `cannot_carry` for what can neither be carried nor replaced by a note. */
  prepare(request: MessagesRequest, options: PrepareOptions): Prepared;
}

export interface PrepareOptions {
  /** The id the upstream is asked for. */
  readonly model: string;
  readonly row: ModelRow | undefined;
  /** The route's effort, above what the client asks for; `undefined` leaves it to the client. */
  readonly effort: Effort | undefined;
  /** The priority service tier was asked for by the model's name. */
  readonly priority: boolean;
  /** Hash of the account; empty without one. */
  readonly account: string;
  readonly sessionId: string | undefined;
  /** Claude Code's own request headers, lower-case, without secrets. */
  readonly client: Headers;
  readonly rejected: Rejected;
  readonly ports: TranslationPorts;
}

/** What this upstream refused before and is not sent again. */
export interface Rejected {
  /** Optional request fields, for this model. */
  readonly fields: ReadonlySet<string>;
  /** Ids of replayed reasoning. */
  readonly reasoning: ReadonlySet<string>;
}

export interface TranslationPorts {
  readonly hash: Hash;
  /** Formats an epoch in the user's clock. */
  readonly clockTime: (epochMs: number) => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What response headers say beside the answer. */
export interface HeaderFacts {
  readonly quota: Quota | undefined;
  readonly requestedModel: string;
  /** The model that really answers, when the upstream names it. */
  readonly servedModel: string | undefined;
  /** Headers that are passed on to Claude Code. */
  readonly forClient?: Headers;
}

/** One request made ready for one upstream. */
export interface Prepared {
  /** Appended to the base URL. */
  readonly path: string;
  readonly body: string;
  /** Beside the common ones and the credential. */
  readonly headers: Headers;
  /** What of the request could not be carried, in words. */
  readonly warnings: readonly string[];
  /** Events of an answer that is one JSON document; empty when the document is no answer. */
  readonly fromJson: ((answer: JsonObject) => readonly JsonObject[]) | undefined;
  /** How the upstream itself counts this request's input. */
  readonly count: CountRequest | undefined;
  /** Ids of the reasoning it replays. */
  readonly replayedReasoning: readonly string[];
  /** The upstream has no web search. */
  readonly hasNoSearch: boolean;
  /** Answers a request for nothing but a search that the upstream does not have. */
  readonly answerWithoutSearch: (() => readonly Output[]) | undefined;
  /** @param newId makes an id nobody has used, behind the prefix. */
  open(newId: (prefix: string) => string): AnswerStream;
  readHeaders(headers: Headers): HeaderFacts;
  /** @param text the body of an answer that is not an event stream. */
  failure(status: number, headers: Headers, text: string): CcpError;
}

export interface CountRequest {
  readonly path: string;
  readonly body: string;
  /** `undefined` when the answer holds no count. */
  readonly read: (answer: unknown) => number | undefined;
}
