/** JWT claims, decoded for routing only; the upstream verifies them. */
import { asObject, asString, isObject, objectsOf, parseJson } from '../wire/json.ts';

const openAiAuth = 'https://api.openai.com/auth';

/** The ChatGPT account of an access token: top level, then OpenAI's own claim, then the first organisation. */
export function accountIdOf(token: string): string | undefined {
  const payload = token.split('.')[1];
  if (payload === undefined) return undefined;
  const claims = parseJson(Buffer.from(payload, 'base64url').toString('utf8'));
  if (!isObject(claims)) return undefined;
  const auth = asObject(claims[openAiAuth]);
  return (
    asString(claims.chatgpt_account_id) ??
    asString(auth.chatgpt_account_id) ??
    asString(objectsOf(claims.organizations)[0]?.id)
  );
}
