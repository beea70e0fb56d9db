/**
 * One row of the upstream registry: everything that ccp knows of an upstream, as data. No other code compares an
 * upstream's name with a string; what differs between upstreams is a member here.
 */
import type { Quota } from '../models/quota.ts';
import type { CostKind } from '../models/types.ts';
import type { ForwardedHeaders } from '../translate/dialect.ts';
import type { DialectName, Profiles } from '../translate/dialects.ts';
import type { FailureRow } from '../translate/failures/errors.ts';
import type { ModelList } from './model-lists.ts';

export interface UpstreamDefinition {
  readonly name: string;
  /** The dialect it speaks best. */
  readonly dialect: DialectName;
  /** Its address in each dialect it speaks, without a slash at the end. */
  readonly baseUrls: Partial<Readonly<Record<DialectName, string>>>;
  readonly profiles: Profiles;
  /** How requests are paid for with a credential of ccp's own. */
  readonly costKind: CostKind;
  readonly auth: UpstreamAuth;
  /** Dialects in which the credential is sent in another way. */
  readonly authTypes?: Partial<Readonly<Record<DialectName, AuthType>>>;
  /** Request headers beyond the common ones. */
  readonly headers?: (facts: HeaderFacts) => Readonly<Record<string, string>>;
  /** Claude Code's own headers that go on with a request; none where absent. */
  readonly forwardedHeaders?: ForwardedHeaders;
  /** Sign-in beside, or instead of, API keys. */
  readonly login?: UpstreamLogin;
  /** Claude Code's own login may be passed on to it, at its own address only. */
  readonly acceptsClientLogin?: boolean;
  /** Claude Code knows its models by their plain ids, and what they can do. */
  readonly hasClientModels?: boolean;
  readonly quotaEndpoint?: (baseUrl: string) => QuotaEndpoint | undefined;
  readonly modelList?: ModelList;
  /** The cheapest model of the same payer, for titles and other small requests; the main model where absent. */
  readonly smallModel?: string;
  /** `-fast` behind a model's id asks for its priority tier. */
  readonly hasPriorityTier?: boolean;
  /** Its bare ids replace those of this upstream when only this one is signed in to. */
  readonly replacesBareIdsOf?: string;
  /** Error rows by the upstream's own code, above the common table. */
  readonly failures?: Readonly<Record<string, FailureRow>>;
  /** What to start when nobody listens at its address. */
  readonly startHint?: string;
  /** What to do about a model that is not there; `{model}` is its id. */
  readonly modelHint?: string;
  /** What to do when the window of a model is only assumed. */
  readonly windowHint?: string;
  /** Said in place of the usual words about a missing credential. */
  readonly credentialHint?: string;
  /** Asked before a launch: a local server must listen, and its model's real window is wanted. */
  readonly probe?: 'model-list';
  /** The ways its requests can travel; plain HTTP where absent. The first is the default. */
  readonly transports?: readonly TransportName[];
  readonly attributes: UpstreamAttributes;
  /** Settings of its own: `<name>BaseUrl` and so on, each with its `CCP_…` variable. */
  readonly settings?: readonly OwnSetting[];
}

export type AuthType = 'bearer' | 'x-api-key' | 'x-goog-api-key' | 'none';
/** `in-process`: answered inside the proxy. */
export type TransportName = 'http' | 'websocket' | 'in-process';
export type OwnSetting = 'baseUrl' | 'dialect' | 'authUrl' | 'transport';

export interface UpstreamAuth {
  /** How a credential is sent. A login's token always goes as a bearer. */
  readonly type: AuthType;
  /** Variables that may hold the credential, the first the one to name. */
  readonly variables: readonly string[];
  /** It may be asked without a credential. */
  readonly isOptional: boolean;
  /** It takes API keys; otherwise what the variables hold is a login's access token. */
  readonly takesApiKeys: boolean;
  /** The account of a token whose claims lack it. */
  readonly accountVariable?: string;
}

export interface UpstreamLogin {
  /** A flow of `credentials/logins`. */
  readonly flow: string;
  /** Of the auth server, without a slash at the end. */
  readonly authUrl: string;
}

/** What fixed headers may depend on. */
export interface HeaderFacts {
  readonly accountId: string | undefined;
  readonly sessionId: string | undefined;
}

/** What policies may ask of an upstream; `undefined` where it is not known. */
export interface UpstreamAttributes {
  readonly local: boolean;
  readonly region?: string;
  readonly retention?: string;
  readonly trainsOnData?: boolean;
}

/** Where an upstream tells its limits when asked. */
export interface QuotaEndpoint {
  readonly url: string;
  /** Asked under Claude Code's user agent. */
  readonly usesClientUserAgent?: boolean;
  readonly read: (answer: unknown, now: number) => Quota | undefined;
}

/** An API key, with the variables that may hold it. */
export const apiKey = (type: AuthType, ...variables: string[]): UpstreamAuth => ({
  type,
  variables,
  isOptional: false,
  takesApiKeys: true,
});

/** An API key that a local server may want. */
export const optionalKey = (...variables: string[]): UpstreamAuth => ({
  type: 'bearer',
  variables,
  isOptional: true,
  takesApiKeys: true,
});

export const noKey: UpstreamAuth = { type: 'none', variables: [], isOptional: true, takesApiKeys: true };

/** The access token of a login. */
export const loginToken = (variable: string, accountVariable?: string): UpstreamAuth => ({
  type: 'bearer',
  variables: [variable],
  isOptional: false,
  takesApiKeys: false,
  ...(accountVariable === undefined ? {} : { accountVariable }),
});
