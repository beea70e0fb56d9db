/** The HTTP transport: undici with ccp's own limits, through the user's HTTP proxy except on loopback. */
import { type Dispatcher, EnvHttpProxyAgent, errors, request } from 'undici';
import { CcpError } from '../errors/ccp-error.ts';
import type { Transport, UpstreamAnswer, UpstreamRequest } from '../ports/transport.ts';

const connectTimeoutMs = 15_000;

/** @param noProxy hosts to which `HTTP_PROXY` and its variants do not apply, comma-separated; must include loopback. */
export function httpTransport(noProxy: string): Transport & { close(): Promise<void> } {
  // No body timeout here: the proxy measures idle time itself, on data events instead of bytes.
  const options = { connect: { timeout: connectTimeoutMs }, bodyTimeout: 0, headersTimeout: 0, pipelining: 1 };
  const dispatcher: Dispatcher = new EnvHttpProxyAgent({ ...options, noProxy });
  return {
    send: (upstream, { signal, headersTimeoutMs }) => send(dispatcher, upstream, signal, headersTimeoutMs),
    close: () => dispatcher.destroy(),
  };
}

async function send(
  dispatcher: Dispatcher,
  { method, url, headers, body }: UpstreamRequest,
  signal: AbortSignal,
  headersTimeoutMs: number,
): Promise<UpstreamAnswer> {
  try {
    const answer = await request(url, {
      dispatcher,
      method,
      headers,
      body: method === 'GET' ? null : body,
      signal,
      headersTimeout: headersTimeoutMs,
    });
    return { status: answer.statusCode, headers: flat(answer.headers), body: answer.body };
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    throw sendFailure(thrown, new URL(url).origin, headersTimeoutMs);
  }
}

function sendFailure(thrown: unknown, origin: string, headersTimeoutMs: number): CcpError {
  if (thrown instanceof errors.HeadersTimeoutError)
    return new CcpError('no_headers', `${origin} did not answer within ${Math.round(headersTimeoutMs / 1000)} s.`);
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error';
  // The connection broke before the response headers, so nothing was forwarded.
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE')
    return new CcpError('reset', `${origin} closed the connection before it answered (${code}).`, { cause: thrown });
  return new CcpError('unreachable', `Cannot reach ${origin} (${code}).`, { cause: thrown });
}

const flat = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
