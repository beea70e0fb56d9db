/** What the proxy needs of a dialect; each dialect is a pure translator to and from Anthropic Messages. */
import type { CcpError } from '../errors/ccp-error.ts';
import type { Abilities } from '../models/abilities.ts';
import type { Quota } from '../models/quota.ts';
import type { CostKind, Effort, ModelRow } from '../models/types.ts';
import type { Hash } from '../ports/randomness.ts';
import type { MessagesRequest, MessagesUsage } from '../wire/anthropic.ts';
import type { JsonObject } from '../wire/json.ts';
import type { MessageEnd, MessageWriter } from './messages/writer.ts';

export interface PrepareOptions {
  readonly model: string;
  readonly row: ModelRow | undefined;
  /** The route's effort; above what the client asks. */
  readonly effort: Effort | undefined;
  /** Hash of the account, empty without one. */
  readonly account: string;
  readonly sessionId: string | undefined;
  /** Claude Code's own request headers, lower-case, without secrets of ccp. */
  readonly client: Readonly<Record<string, string>>;
  /** Replayed reasoning this upstream refused, by its id. */
  readonly withoutReasoning: ReadonlySet<string>;
  /** The faster, dearer service tier was asked for by the model's name. */
  readonly priority: boolean;
  /** Optional fields this upstream refused for this model. */
  readonly without: ReadonlySet<string>;
  readonly hash: Hash;
  readonly warn: (message: string) => void;
  /** Formats an epoch in the user's clock. */
  readonly clockTime: (epochMs: number) => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface StreamIo {
  readonly writer: MessageWriter;
  /** An id nobody has used, behind the prefix. */
  readonly newId: (prefix: string) => string;
  readonly onToolCall: (tool: string) => void;
  readonly onQuota: (quota: Quota) => void;
  readonly onRepair: (tool: string, dropped: readonly string[]) => void;
  /** What of the answer could not be carried. */
  readonly onWarning: (message: string) => void;
}

/** How an answer ended well. */
export interface Ending {
  readonly end: MessageEnd;
  /** ccp ended it (a stop sequence): the upstream still generates, and its usage will never be known. */
  readonly abort: boolean;
  /** The usage is the upstream's own. */
  readonly measured: boolean;
}

/** Reads one upstream answer. Every method throws CcpError when the upstream failed. */
export interface AnswerStream {
  readonly ending: Ending | undefined;
  /** Upstream event types nobody handles, counted. */
  readonly unknown: ReadonlyMap<string, number>;
  /** What the upstream has counted so far; an answer that breaks off was paid for, too. */
  readonly usage: MessagesUsage | undefined;
  step(event: JsonObject): void;
  /** The terminal event came; what may follow are numbers, and they are not waited for long. */
  readonly settled: boolean;
  /** `[DONE]`: nothing follows. */
  done(): void;
  /** The bytes ended; throws unless the terminal event came. */
  eof(): void;
}

/** What response headers say beside the answer. */
export interface HeaderFacts {
  readonly quota: Quota | undefined;
  readonly askedModel: string;
  /** Headers that are Claude Code's business too. */
  readonly forClient?: Readonly<Record<string, string>>;
  /** The model that really answers, when the upstream names it. */
  readonly servedModel: string | undefined;
}

/** One request made ready for one upstream. */
export interface Prepared {
  /** Appended to the base URL. */
  readonly path: string;
  readonly body: string;
  /** Beside the common ones and the credential. */
  readonly headers: Readonly<Record<string, string>>;
  /** Events of an answer that came whole, as JSON; `undefined` where that is no answer. */
  readonly whole: ((answer: JsonObject) => readonly JsonObject[]) | undefined;
  /** How the upstream itself counts this request's input. */
  readonly count:
    | { readonly path: string; readonly body: string; readonly read: (answer: unknown) => number | undefined }
    | undefined;
  /** Ids of the reasoning it replays. */
  readonly replayed: readonly string[];
  /** The upstream has no search, and the request is nothing else: it need not be asked. */
  readonly searchless: boolean;
  /** Answers a request for nothing but a search that cannot be had. */
  readonly withoutSearch: ((writer: MessageWriter) => Ending) | undefined;
  open(io: StreamIo): AnswerStream;
  read(headers: Readonly<Record<string, string>>): HeaderFacts;
  failure(status: number, headers: Readonly<Record<string, string>>, text: string): CcpError;
}

/** An upstream as data: where, how paid, how asked. */
export interface Upstream {
  readonly name: string;
  readonly baseUrl: string;
  readonly costKind: CostKind;
  /** Sends no credential: never, where there is none, or always one. */
  readonly anonymous: 'always' | 'allowed' | 'never';
  /** Claude Code's own login may be passed on to it. */
  readonly clientLogin: boolean;
  /** How a credential is sent. */
  readonly auth: 'bearer' | 'x-api-key';
  /** Request headers beyond the common ones. */
  readonly headers: 'codex' | 'plain';
  /** It counts tokens itself. */
  readonly counts: boolean;
  /** Where it tells its limits when asked; `undefined` when it cannot be asked. */
  readonly quotaEndpoint:
    | {
        readonly url: string;
        /** Asked under Claude Code's user agent. */
        readonly asClient?: boolean;
        readonly read: (answer: unknown, now: number) => Quota | undefined;
      }
    | undefined;
  /** What to start when nobody listens at its address. */
  readonly startHint: string | undefined;
  /** What can be carried to this model; the row is missing where nothing is known of it. */
  abilities(row: ModelRow | undefined): Abilities;
  prepare(request: MessagesRequest, options: PrepareOptions): Prepared;
}
