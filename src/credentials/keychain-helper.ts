/**
 * The process that accesses the OS keychain: a D-Bus that does not respond blocks its caller forever, even its exit. It
 * reads one request from stdin and writes one response to stdout.
 */
import { text } from 'node:stream/consumers';
import { asString, isObject, parseJson } from '../wire/json.ts';

type HelperResponse =
  | { readonly state: 'done'; readonly value: string | null }
  | { readonly state: 'failed'; readonly reason: string };

async function handleRequest(request: unknown): Promise<HelperResponse> {
  if (!isObject(request)) return { state: 'failed', reason: 'no request' };
  const [service, account, value] = [request.service, request.account, request.value].map(asString);
  if (service === undefined || account === undefined) return { state: 'failed', reason: 'no request' };
  try {
    const { default: keytar } = await import('keytar');
    if (request.do === 'set') await keytar.setPassword(service, account, value ?? '');
    return { state: 'done', value: request.do === 'get' ? await keytar.getPassword(service, account) : null };
  } catch (thrown) {
    return {
      state: 'failed',
      reason: thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown),
    };
  }
}

const response = await handleRequest(parseJson(await text(process.stdin)));
process.stdout.write(JSON.stringify(response), () => process.exit());
