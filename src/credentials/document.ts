/** A credential as it is kept: one JSON object an upstream, in the format of `docs/credentials.md`. Pure. */

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
  /** The client that the tokens were issued to, where it is the install's own. */
  readonly clientId?: string | undefined;
  /** Refreshing before this spends the refresh token for nothing. */
  readonly earliestRefreshAt?: number | undefined;
  readonly refreshedAt?: number | undefined;
  readonly lifetimeMs?: number | undefined;
  /** The refresh token was refused for good; nobody asks with it again. */
  readonly ended?: EndedLogin | undefined;
  /** Members of newer versions, kept as they are. */
  readonly other?: JsonObject | undefined;
}

export interface EndedLogin {
  readonly code: string;
  readonly at: number;
  /** A renewal was interrupted before its answer was written down. */
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
const ofKeys = new Set(['version', 'type', 'apiKey']);
const ofLogins = new Set(['version', 'type', ...oauthMembers]);

/** `undefined` for what is no credential of this version. */
export function readDocument(json: unknown): CredentialDocument | undefined {
  if (!isObject(json) || json.version !== 1) return undefined;
  const known = json.type === 'api-key' ? ofKeys : ofLogins;
  const other = Object.fromEntries(Object.entries(json).filter(([name]) => !known.has(name)));
  const apiKey = tokenIn(json.apiKey);
  if (json.type === 'api-key') return apiKey ? { type: 'api-key', apiKey, other } : undefined;
  const accessToken = tokenIn(json.accessToken);
  if (json.type !== 'oauth' || !accessToken) return undefined;
  return {
    type: 'oauth',
    accessToken,
    refreshToken: tokenIn(json.refreshToken),
    // Written by hand, it may be missing; most tokens know it themselves.
    expiresAt: asNumber(json.expiresAt) ?? accountOf(accessToken).expiresAt,
    accountId: asString(json.accountId),
    email: asString(json.email),
    plan: asString(json.plan),
    clientId: asString(json.clientId),
    earliestRefreshAt: asNumber(json.earliestRefreshAt),
    refreshedAt: asNumber(json.refreshedAt),
    lifetimeMs: asNumber(json.lifetimeMs),
    ended: endedOf(json.ended),
    other,
  };
}

/** What can stand in a header; written by hand, it may end in a line break. */
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
