/** `fetch` for a library, implemented with ccp's transport. */
import type { Transport } from '../ports/transport.ts';
import { assertSecureUrl, maxResponseBytes } from './token-call.ts';

const timeoutMs = 30_000;

interface FetchInit {
  readonly method?: string | undefined;
  readonly headers?: Record<string, string> | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export const fetchThrough =
  (http: Transport) =>
  async (url: string, { method, headers = {}, body, signal }: FetchInit): Promise<Response> => {
    assertSecureUrl(url);
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await http.send(
      {
        method: method === 'POST' ? 'POST' : 'GET',
        url,
        headers,
        body: body instanceof URLSearchParams ? body.toString() : String(body ?? ''),
      },
      { signal: signal ? AbortSignal.any([signal, timeout]) : timeout, headersTimeoutMs: timeoutMs },
    );
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (bytes > maxResponseBytes) throw new TypeError('the answer is too large');
      chunks.push(chunk);
    }
    return new Response(Buffer.concat(chunks).toString('utf8'), {
      status: response.status,
      headers: { ...response.headers },
    });
  };
