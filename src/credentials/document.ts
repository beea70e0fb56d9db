/** A stored credential: one JSON object per upstream, in the format of `docs/credentials.md`. Pure. */

import { cleanName } from '../wire/clean-text.ts';
import { asNumber, asObject, asString, isObject, type JsonObject } from '../wire/json.ts';
import { accountOf } from './claims.ts';

/** Tokens of a login. Times are epoch milliseconds. */
export interface OAuthDocument {
  readonly type: 'oauth';
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  readonly expiresAt?: number | undefined;
  readonly accountId?: string | undefined;
  readonly email?: string | undefined;
  readonly plan?: string | undefined;
  /** The client id the tokens were issued to, if it belongs to this installation. */
  readonly clientId?: string | undefined;
  /** A refresh before this time fails and uses up the refresh token. */
  readonly earliestRefreshAt?: number | undefined;
  readonly refreshedAt?: number | undefined;
  readonly lifetimeMs?: number | undefined;
  /** Set if the refresh token was permanently rejected; it is not used again. */
  readonly ended?: EndedLogin | undefined;
  /** Members written by newer versions, kept unchanged. */
  readonly other?: JsonObject | undefined;
}

export interface EndedLogin {
  readonly code: string;
  readonly at: number;
  /** A renewal was interrupted before its response was stored. */
  readonly lost?: true | undefined;
}

export interface ApiKeyDocument {
  readonly type: 'api-key';
  readonly apiKey: string;
  readonly other?: JsonObject | undefined;
}

export type CredentialDocument = OAuthDocument | ApiKeyDocument;

const oauthMembers = [
  'accessToken',
  'refreshToken',
  'expiresAt',
  'accountId',
  'email',
  'plan',
  'clientId',
  'earliestRefreshAt',
  'refreshedAt',
  'lifetimeMs',
  'ended',
];
const apiKeyMembers = new Set(['version', 'type', 'apiKey']);
const loginMembers = new Set(['version', 'type', ...oauthMembers]);

/** @returns `undefined` if the JSON is not a credential of this version. */
export function readDocument(json: unknown): CredentialDocument | undefined {
  if (!isObject(json) || json.version !== 1) return undefined;
  const knownMembers = json.type === 'api-key' ? apiKeyMembers : loginMembers;
  const other = Object.fromEntries(Object.entries(json).filter(([name]) => !knownMembers.has(name)));
  const apiKey = tokenIn(json.apiKey);
  if (json.type === 'api-key') return apiKey ? { type: 'api-key', apiKey, other } : undefined;
  const accessToken = tokenIn(json.accessToken);
  if (json.type !== 'oauth' || !accessToken) return undefined;
  return {
    type: 'oauth',
    accessToken,
    refreshToken: tokenIn(json.refreshToken),
    // A file written by hand may omit it; most tokens contain it.
    expiresAt: asNumber(json.expiresAt) ?? accountOf(accessToken).expiresAt,
    accountId: asString(json.accountId),
    email: cleanName(asString(json.email)),
    plan: cleanName(asString(json.plan)),
    clientId: asString(json.clientId),
    earliestRefreshAt: asNumber(json.earliestRefreshAt),
    refreshedAt: asNumber(json.refreshedAt),
    lifetimeMs: asNumber(json.lifetimeMs),
    ended: endedOf(json.ended),
    other,
  };
}

/** A token that is valid in a header. In a file written by hand it may end in a line break. */
const tokenIn = (value: unknown): string | undefined => {
  const text = asString(value)?.trim();
  return text && /^[\x21-\x7e]+$/.test(text) ? text : undefined;
};

function endedOf(value: unknown): OAuthDocument['ended'] {
  const { code, at, lost } = asObject(value);
  if (typeof code !== 'string' || typeof at !== 'number') return undefined;
  return { code, at, ...(lost === true ? { lost } : {}) };
}

export function documentText({ type, other, ...members }: CredentialDocument): string {
  return `${JSON.stringify({ version: 1, type, ...members, ...other })}\n`;
}
