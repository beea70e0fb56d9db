/** One refresh, its outcome in one of four words. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { OAuthDocument } from '../document.ts';
import { type AuthAnswer, refusalText } from '../token-call.ts';
import type { RefreshOutcome } from './profile.ts';

export interface RefreshReading {
  /** The refusal is for good. */
  ends(answer: AuthAnswer): boolean;
  document(json: JsonObject): OAuthDocument | undefined;
}

export async function askRefresh(ask: () => Promise<AuthAnswer>, reading: RefreshReading): Promise<RefreshOutcome> {
  let answer: AuthAnswer;
  try {
    answer = await ask();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    // Who was never reached has exchanged nothing.
    const reached = !(thrown instanceof CcpError && thrown.code === 'unreachable');
    return { state: reached ? 'unanswered' : 'failed', reason };
  }
  if (answer.status === 200) {
    const document = reading.document(answer.json);
    return document
      ? { state: 'fresh', document }
      : { state: 'unanswered', reason: 'the answer of the auth server holds no token' };
  }
  if (reading.ends(answer)) return { state: 'ended', code: answer.code || `HTTP ${answer.status}` };
  return { state: 'failed', reason: refusalText(answer) };
}
