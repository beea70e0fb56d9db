/** One request to the OS keychain and its response, as they pass between ccp and the process that accesses it. */
import { asString, isObject } from '../wire/json.ts';

export interface Keychain {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, value: string): Promise<void>;
}

export type KeychainResponse =
  /** `value`: the stored one; `null` if there is none, and after a change. */
  { readonly state: 'done'; readonly value: string | null } | { readonly state: 'failed'; readonly reason: string };

/** @param load the keychain; throws where its library is missing. */
export async function answerKeychain(request: unknown, load: () => Promise<Keychain>): Promise<KeychainResponse> {
  if (!isObject(request)) return { state: 'failed', reason: 'no request' };
  const [service, account, value] = [request.service, request.account, request.value].map(asString);
  if (service === undefined || account === undefined) return { state: 'failed', reason: 'no request' };
  try {
    const keychain = await load();
    if (request.do === 'set') await keychain.setPassword(service, account, value ?? '');
    return { state: 'done', value: request.do === 'get' ? await keychain.getPassword(service, account) : null };
  } catch (thrown) {
    return {
      state: 'failed',
      reason: thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown),
    };
  }
}
