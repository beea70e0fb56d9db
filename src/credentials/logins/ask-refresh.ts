/** Runs one refresh request and classifies its outcome. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { OAuthDocument } from '../document.ts';
import { type AuthResponse, refusalText } from '../token-call.ts';
import type { RefreshOutcome } from './profile.ts';

export interface RefreshReading {
  /** Whether the response means that the refresh token is permanently invalid. */
  ends(answer: AuthResponse): boolean;
  document(json: JsonObject): OAuthDocument | undefined;
}

export async function requestRefresh(
  send: () => Promise<AuthResponse>,
  reading: RefreshReading,
): Promise<RefreshOutcome> {
  let answer: AuthResponse;
  try {
    answer = await send();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    // A server that could not be reached has not exchanged the token.
    const wasReached = !(thrown instanceof CcpError && thrown.code === 'unreachable');
    return { state: wasReached ? 'unanswered' : 'failed', reason };
  }
  if (answer.status === 200) {
    const document = reading.document(answer.json);
    return document
      ? { state: 'fresh', document }
      : { state: 'unanswered', reason: 'the response of the auth server contains no token' };
  }
  if (reading.ends(answer)) return { state: 'ended', code: answer.code || `HTTP ${answer.status}` };
  return { state: 'failed', reason: refusalText(answer) };
}
