/**
 * One row of the upstream registry: everything that ccp knows about an upstream, as data. No other code compares an
 * upstream's name with a string; each difference between upstreams is a member here.
 */
import type { Quota } from '../models/quota.ts';
import type { CostKind } from '../models/types.ts';
import type { ForwardedHeaders } from '../translate/dialect.ts';
import type { DialectName, Profiles } from '../translate/dialects.ts';
import type { FailureRow } from '../translate/failures/errors.ts';
import type { ModelList } from './model-lists.ts';

export interface UpstreamDefinition {
  readonly name: string;
  /** The default dialect. */
  readonly dialect: DialectName;
  /** The base URL for each supported dialect, without a trailing slash. */
  readonly baseUrls: Partial<Readonly<Record<DialectName, string>>>;
  readonly profiles: Profiles;
  /** How requests with ccp's own credential are paid for. */
  readonly costKind: CostKind;
  readonly auth: UpstreamAuth;
  /** How the credential is sent in dialects that differ from `auth.type`. */
  readonly authTypes?: Partial<Readonly<Record<DialectName, AuthType>>>;
  /** Request headers in addition to the common ones. */
  readonly headers?: (facts: HeaderFacts) => Readonly<Record<string, string>>;
  /** Which of Claude Code's own headers are forwarded; none when omitted. */
  readonly forwardedHeaders?: ForwardedHeaders;
  /** Sign-in in addition to, or instead of, API keys. */
  readonly login?: UpstreamLogin;
  /** Claude Code's own login may be forwarded, only to the upstream's own address. */
  readonly acceptsClientLogin?: boolean;
  /** Claude Code knows the upstream's models, and their features, by their plain ids. */
  readonly hasClientModels?: boolean;
  readonly quotaEndpoint?: (baseUrl: string) => QuotaEndpoint | undefined;
  readonly modelList?: ModelList;
  /** The cheapest model of the same cost kind, for titles and other small requests; the main model when omitted. */
  readonly smallModel?: string;
  /** The suffix `-fast` on a model's id requests its priority tier. */
  readonly hasPriorityTier?: boolean;
  /** Bare ids select this definition's models instead of the named upstream's when the user is signed in only here. */
  readonly replacesBareIdsOf?: string;
  /** Error rows by the upstream's own error code; they override the common table. */
  readonly failures?: Readonly<Record<string, FailureRow>>;
  /** What to start when the address refuses connections. */
  readonly startHint?: string;
  /** What to do about a missing model; `{model}` is replaced by its id. */
  readonly modelHint?: string;
  /** What to do when a model's context window is only assumed. */
  readonly windowHint?: string;
  /** Replaces the default message about a missing credential. */
  readonly credentialHint?: string;
  /** Requested before a launch, to check that a local server is running and to read the model's real window. */
  readonly probe?: 'model-list';
  /** The supported transports, the default first; HTTP when omitted. */
  readonly transports?: readonly TransportName[];
  readonly attributes: UpstreamAttributes;
  /** The upstream's own settings: `<name>BaseUrl` and so on, each with its `CCP_…` variable. */
  readonly settings?: readonly OwnSetting[];
}

export type AuthType = 'bearer' | 'x-api-key' | 'x-goog-api-key' | 'none';
/** `in-process`: the proxy itself generates the response. */
export type TransportName = 'http' | 'websocket' | 'in-process';
export type OwnSetting = 'baseUrl' | 'dialect' | 'authUrl' | 'transport';

export interface UpstreamAuth {
  /** How a credential is sent. A login's token is always sent as a bearer token. */
  readonly type: AuthType;
  /** Environment variables that may contain the credential. Messages name the first. */
  readonly variables: readonly string[];
  /** Requests may be sent without a credential. */
  readonly isOptional: boolean;
  /** The variables contain an API key; otherwise a login's access token. */
  readonly takesApiKeys: boolean;
  /** The variable with the account id, for a token whose claims do not contain it. */
  readonly accountVariable?: string;
  /** The user's program that prints a bearer token. */
  readonly command?: AuthCommand;
}

export interface AuthCommand {
  /** The program and its arguments. */
  readonly words: readonly string[];
  readonly ttlMs: number;
}

export interface UpstreamLogin {
  /** The client id belongs to the installation and one account: there are no named logins. */
  readonly isSingle?: true;
  /** The name of a flow in `credentials/logins`. */
  readonly flow: string;
  /** The auth server's URL, without a trailing slash. */
  readonly authUrl: string;
}

/** The values that an upstream's own headers may depend on. */
export interface HeaderFacts {
  readonly accountId: string | undefined;
  readonly sessionId: string | undefined;
}

/** The attributes that policies may check; `undefined` when not known. */
export interface UpstreamAttributes {
  readonly local: boolean;
  readonly region?: string;
  readonly retention?: string;
  readonly trainsOnData?: boolean;
}

/** The endpoint that returns an upstream's quota. */
export interface QuotaEndpoint {
  readonly url: string;
  /** The request is sent with Claude Code's user agent. */
  readonly usesClientUserAgent?: boolean;
  readonly read: (answer: unknown, now: number) => Quota | undefined;
}

/** An API key, with the environment variables that may contain it. */
export const apiKey = (type: AuthType, ...variables: string[]): UpstreamAuth => ({
  type,
  variables,
  isOptional: false,
  takesApiKeys: true,
});

/** An API key that a local server may require. */
export const optionalKey = (...variables: string[]): UpstreamAuth => ({
  type: 'bearer',
  variables,
  isOptional: true,
  takesApiKeys: true,
});

export const noKey: UpstreamAuth = { type: 'none', variables: [], isOptional: true, takesApiKeys: true };

/** The access token of a login, with the environment variables that may contain it and its account id. */
export const loginToken = (variable: string, accountVariable?: string): UpstreamAuth => ({
  type: 'bearer',
  variables: [variable],
  isOptional: false,
  takesApiKeys: false,
  ...(accountVariable === undefined ? {} : { accountVariable }),
});
