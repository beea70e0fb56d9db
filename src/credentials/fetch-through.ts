/** `fetch` for a library, through the transport that everything goes through. */
import type { Transport } from '../ports/transport.ts';
import { largestAnswerBytes, refuseUnsafe } from './token-call.ts';

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
    refuseUnsafe(url);
    const timeout = AbortSignal.timeout(timeoutMs);
    const answer = await http.send(
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
    for await (const chunk of answer.body) {
      bytes += chunk.length;
      if (bytes > largestAnswerBytes) throw new TypeError('the answer is too large');
      chunks.push(chunk);
    }
    return new Response(Buffer.concat(chunks).toString('utf8'), {
      status: answer.status,
      headers: { ...answer.headers },
    });
  };
