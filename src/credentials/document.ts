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
  readonly ended?: { readonly code: string; readonly at: number } | undefined;
  /** Members of newer versions, kept as they are. */
  readonly other?: JsonObject | undefined;
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
const known = new Set(['version', 'type', 'apiKey', ...oauthMembers]);

/** `undefined` for what is no credential of this version. */
export function readDocument(json: unknown): CredentialDocument | undefined {
  if (!isObject(json) || json.version !== 1) return undefined;
  const other = Object.fromEntries(Object.entries(json).filter(([name]) => !known.has(name)));
  const apiKey = asString(json.apiKey);
  if (json.type === 'api-key') return apiKey ? { type: 'api-key', apiKey, other } : undefined;
  const accessToken = asString(json.accessToken);
  if (json.type !== 'oauth' || !accessToken) return undefined;
  return {
    type: 'oauth',
    accessToken,
    refreshToken: asString(json.refreshToken) || undefined,
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

function endedOf(value: unknown): OAuthDocument['ended'] {
  const { code, at } = asObject(value);
  return typeof code === 'string' && typeof at === 'number' ? { code, at } : undefined;
}

export function documentText({ type, other, ...members }: CredentialDocument): string {
  return `${JSON.stringify({ version: 1, type, ...members, ...other })}\n`;
}
