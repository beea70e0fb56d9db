/** Sends a request to an auth server and parses its response leniently: each server has its own error format. */
import { CcpError } from '../errors/ccp-error.ts';
import { isLoopback } from '../platform/no-proxy.ts';
import type { Transport } from '../ports/transport.ts';
import { cleanText } from '../wire/clean-text.ts';
import { asObject, asString, isObject, type JsonObject, parseJson } from '../wire/json.ts';

export interface AuthCall {
  readonly url: string;
  readonly body: { readonly form: Readonly<Record<string, string>> } | { readonly json: JsonObject };
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AuthResponse {
  readonly status: number;
  readonly json: JsonObject;
  /** The server's own error code; empty without one. */
  readonly code: string;
  /** The server's error message; empty without one. */
  readonly message: string;
}

const defaultTimeoutMs = 30_000;
/** Time limit of a revocation: signing out must not take longer. */
export const revokeTimeoutMs = 10_000;
/** Maximum size of a response. */
export const maxResponseBytes = 1024 * 1024;

/** @throws CcpError if there is no response; the abort reason if `signal` aborts. */
export async function callAuth(http: Transport, call: AuthCall): Promise<AuthResponse> {
  const { timeoutMs = defaultTimeoutMs } = call;
  assertSecureUrl(call.url);
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
  const form = 'form' in call.body;
  const response = await http.send(
    {
      method: 'POST',
      url: call.url,
      headers: {
        ...call.headers,
        accept: 'application/json',
        'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
      },
      body: 'form' in call.body ? new URLSearchParams(call.body.form).toString() : JSON.stringify(call.body.json),
    },
    { signal, headersTimeoutMs: timeoutMs },
  );
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > maxResponseBytes) break;
    chunks.push(chunk);
  }
  const parsed = parseJson(Buffer.concat(chunks).toString('utf8'));
  const json = isObject(parsed) ? parsed : {};
  return { status: response.status, json, ...errorOf(json) };
}

/** Reads `error` as a string or as an object, `detail`, and `error_description`. */
function errorOf(json: JsonObject): { code: string; message: string } {
  const error = asObject(json.error);
  const detail = asObject(json.detail);
  return {
    code:
      asString(json.error) ??
      asString(error.code) ??
      asString(error.type) ??
      asString(detail.error_code) ??
      asString(json.code) ??
      '',
    message:
      asString(json.error_description) ??
      asString(error.message) ??
      asString(json.detail) ??
      asString(json.message) ??
      '',
  };
}

/** An error response as text for the user. */
export const refusalText = ({ status, code, message }: AuthResponse): string =>
  [`HTTP ${status}`, code, message].filter(Boolean).map(sanitizeServerText).join(', ').slice(0, 300);

/**
 * Sanitises a server's text for a terminal and a log: removes control characters and anything that could be a token.
 */
export const sanitizeServerText = (text: string): string => cleanText(text, 300).replace(/[\w.~+/=-]{24,}/g, '…');

/**
 * Rejects plain http to any host but loopback, because tokens would be sent unencrypted.
 * @throws CcpError `unreachable`.
 */
export function assertSecureUrl(url: string): void {
  if (url.startsWith('https://') || isLoopback(url)) return;
  throw new CcpError('unreachable', `${new URL(url).origin} is not https: a token would be sent unencrypted.`);
}
