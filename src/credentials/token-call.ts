/** A question to an auth server, and its answer read tolerantly: each server has errors of its own shape. */
import { CcpError } from '../errors/ccp-error.ts';
import { isLoopback } from '../platform/no-proxy.ts';
import type { Transport } from '../ports/transport.ts';
import { asObject, asString, isObject, type JsonObject, parseJson } from '../wire/json.ts';

export interface AuthCall {
  readonly url: string;
  readonly body: { readonly form: Readonly<Record<string, string>> } | { readonly json: JsonObject };
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AuthAnswer {
  readonly status: number;
  readonly json: JsonObject;
  /** The server's own error code; empty without one. */
  readonly code: string;
  /** Its words, if it had any. */
  readonly message: string;
}

const defaultTimeoutMs = 30_000;
/** Nobody waits longer to be signed out. */
export const revokeTimeoutMs = 10_000;
export const largestAnswerBytes = 1024 * 1024;

/** @throws CcpError when nothing was answered; the abort reason when `signal` aborts. */
export async function callAuth(http: Transport, call: AuthCall): Promise<AuthAnswer> {
  const { timeoutMs = defaultTimeoutMs } = call;
  refuseUnsafe(call.url);
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
  const form = 'form' in call.body;
  const answer = await http.send(
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
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    if (bytes > largestAnswerBytes) break;
    chunks.push(chunk);
  }
  const parsed = parseJson(Buffer.concat(chunks).toString('utf8'));
  const json = isObject(parsed) ? parsed : {};
  return { status: answer.status, json, ...errorOf(json) };
}

/** `error` as a word or as an object, `detail`, `error_description`. */
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

/** What the user is told of a refusal. */
export const refusalText = ({ status, code, message }: AuthAnswer): string =>
  [`HTTP ${status}`, code, message].filter(Boolean).map(harmless).join(', ').slice(0, 300);

/** A server's words for a terminal and a log: no control characters, and nothing that could be a token. */
export const harmless = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ').replace(/[\w.~+/=-]{24,}/g, '…');

/** Tokens travel in the clear to this machine alone. */
export function refuseUnsafe(url: string): void {
  if (url.startsWith('https://') || isLoopback(url)) return;
  throw new CcpError('unreachable', `${new URL(url).origin} is not https: a token would travel there for all to read.`);
}
