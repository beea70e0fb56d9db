/** The interface between the proxy and a dialect. Each dialect is a pure translator to and from Anthropic Messages. */
import type { CcpError } from '../errors/ccp-error.ts';
import type { Abilities } from '../models/abilities.ts';
import type { Quota } from '../models/quota.ts';
import type { Effort, ModelRow } from '../models/types.ts';
import type { Hash } from '../ports/randomness.ts';
import type { MessagesRequest } from '../wire/anthropic.ts';
import type { JsonObject, LazyJson } from '../wire/json.ts';
import type { AnswerStream } from './answer-stream.ts';
import type { FailureRow } from './failures/errors.ts';
import type { Output } from './output.ts';

type Headers = Readonly<Record<string, string>>;

/** The upstream that a dialect translates for. */
export interface Host {
  /** The upstream's name in routes, events and messages. */
  readonly name: string;
  /** Keyed by the upstream's own error code. Takes precedence over the common table. */
  readonly failures: Readonly<Record<string, FailureRow>>;
  /** How to get a credential: the command to run or the variable to set. */
  readonly credentialHint: string;
  /** Advice for a model that is not available. `{model}` is replaced by its id. */
  readonly modelHint: string | undefined;
  /** Which of Claude Code's request headers are forwarded. The dialect may add its own. */
  readonly forwardedHeaders: ForwardedHeaders;
}

/** `all`: the API headers. `user-agent`: only that header, for hosts that admit clients by it. */
export type ForwardedHeaders = 'all' | 'user-agent' | 'none';

/** @typeParam Profile the differences between the hosts of the dialect, as data. */
export interface Dialect<Profile> {
  /** The profile of a host of which only the dialect is known. */
  readonly plain: Profile;
  translator(host: Host, profile: Profile): Translator;
}

export interface Translator {
  /** The upstream has an endpoint that counts tokens. */
  readonly countsTokens: boolean;
  /** What this model supports through the dialect. The row is `undefined` for an unknown model. */
  abilities(row: ModelRow | undefined): Abilities;
  /** @throws CcpError `cannot_carry` for content that can neither be translated nor replaced by a note. */
  prepare(request: MessagesRequest, options: PrepareOptions): Prepared;
}

export interface PrepareOptions {
  /** The model id sent to the upstream. */
  readonly model: string;
  readonly row: ModelRow | undefined;
  /** The route's effort, which overrides the client's. `undefined` leaves the choice to the client. */
  readonly effort: Effort | undefined;
  /** Whether the model's name requests the priority service tier. */
  readonly priority: boolean;
  /** Hash of the account; empty if there is none. */
  readonly account: string;
  readonly sessionId: string | undefined;
  /** Claude Code's own request headers, lower-case, without secrets. */
  readonly client: Headers;
  readonly rejected: Rejected;
  readonly ports: TranslationPorts;
}

/** What this upstream has rejected before. It is not sent again. */
export interface Rejected {
  /** Optional request fields, for this model. */
  readonly fields: ReadonlySet<string>;
  /** Ids of replayed reasoning. */
  readonly reasoning: ReadonlySet<string>;
}

export interface TranslationPorts {
  readonly hash: Hash;
  /** Formats epoch milliseconds as the user's local time. */
  readonly clockTime: (epochMs: number) => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Facts from the response headers. */
export interface HeaderFacts {
  readonly quota: Quota | undefined;
  readonly requestedModel: string;
  /** The model that serves the request, if the upstream names it. */
  readonly servedModel: string | undefined;
  /** Headers passed on to Claude Code. */
  readonly forClient?: Headers;
}

/** One request, translated for one upstream. */
export interface Prepared {
  /** Appended to the base URL. */
  readonly path: string;
  readonly body: LazyJson;
  /** Sent in addition to the common headers and the credential. */
  readonly headers: Headers;
  /** Messages about the parts of the request that could not be translated. */
  readonly warnings: readonly string[];
  /** Converts a response that is one JSON document into events. Empty if the document is not a response. */
  readonly fromJson: ((answer: JsonObject) => readonly JsonObject[]) | undefined;
  /** Request to the upstream's own token counting endpoint; `undefined` if it has none. */
  readonly count: CountRequest | undefined;
  /** Ids of the reasoning that the request replays. */
  readonly replayedReasoning: readonly string[];
  /** The upstream has no web search. */
  readonly hasNoSearch: boolean;
  /** Answers a request that consists only of a web search when the upstream has none. */
  readonly answerWithoutSearch: (() => readonly Output[]) | undefined;
  /** @param newId returns a unique id that starts with the prefix. */
  open(newId: (prefix: string) => string): AnswerStream;
  readHeaders(headers: Headers): HeaderFacts;
  /** @param text the body of a response that is not an event stream. */
  failure(status: number, headers: Headers, text: string): CcpError;
}

export interface CountRequest {
  readonly path: string;
  readonly body: LazyJson;
  /** Returns `undefined` if the response contains no count. */
  readonly read: (answer: unknown) => number | undefined;
}
