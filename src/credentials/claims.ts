/** JWT claims, decoded for routing and display only; the upstream verifies them. */
import { cleanName } from '../wire/clean-text.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, objectsOf, parseJson } from '../wire/json.ts';

const openAiAuth = 'https://api.openai.com/auth';
const openAiProfile = 'https://api.openai.com/profile';

export interface Account {
  readonly accountId: string | undefined;
  readonly email: string | undefined;
  /** As the server names it: `plus`, `pro`, `team`. */
  readonly plan: string | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined;
}

export function claimsOf(token: string): JsonObject {
  const payload = token.split('.')[1];
  const claims = payload === undefined ? undefined : parseJson(Buffer.from(payload, 'base64url').toString('utf8'));
  return isObject(claims) ? claims : {};
}

/**
 * Account of a ChatGPT token. The account id is read from the top level, then from OpenAI's own claim, then from the
 * first organisation.
 */
export function accountOf(token: string): Account {
  const claims = claimsOf(token);
  const auth = asObject(claims[openAiAuth]);
  const expires = asNumber(claims.exp);
  return {
    accountId:
      asString(claims.chatgpt_account_id) ??
      asString(auth.chatgpt_account_id) ??
      asString(objectsOf(claims.organizations)[0]?.id),
    email: cleanName(asString(claims.email) ?? asString(asObject(claims[openAiProfile]).email)),
    plan: cleanName(asString(auth.chatgpt_plan_type)),
    expiresAt: expires === undefined ? undefined : expires * 1000,
  };
}

export const accountIdOf = (token: string): string | undefined => accountOf(token).accountId;
