/** HTTP client for the control endpoints of a running proxy on loopback. */
import { request } from 'node:http';
import { asObject, asString, isObject, parseJson } from '../wire/json.ts';

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

const defaultTimeoutMs = 3_000;

/** Resolves with any HTTP status. Rejects when the connection fails or sends nothing for `timeoutMs`. */
export function callControl(
  run: { readonly url: string; readonly controlToken: string },
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  timeoutMs = defaultTimeoutMs,
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      new URL(path, run.url),
      { method, timeout: timeoutMs, headers: { 'x-ccp-secret': run.controlToken, 'content-type': 'application/json' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: parseJson(Buffer.concat(chunks).toString('utf8')) }),
        );
        response.on('error', reject);
      },
    );
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The message of an error response. */
export const errorMessage = (body: unknown): string =>
  (isObject(body) && asString(asObject(body.error).message)) || 'the proxy gave no reason';
