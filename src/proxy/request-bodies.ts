/** Bodies of requests before they are parsed: their announced length, their encoding, their JSON. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CcpError } from '../errors/ccp-error.ts';
import { cleanText } from '../wire/clean-text.ts';
import { parseJson } from '../wire/json.ts';

export const bodyLimitBytes = 64 * 1024 * 1024;

/** The length of a body before it is read: the maximum, where the headers do not tell it or it is compressed. */
export const announcedBytes = (headers: IncomingHttpHeaders): number =>
  headers['transfer-encoding'] === undefined && headers['content-encoding'] === undefined
    ? Math.min(Number(headers['content-length'] ?? 0), bodyLimitBytes)
    : bodyLimitBytes;

/** A stream with the number of compressed bytes that it received, which Fastify compares with Content-Length. */
export type Payload = Readable & { receivedEncodedLength?: number };

/**
 * Claude Code can compress its requests. The limit of the body applies to what is inside.
 * @throws CcpError `invalid_request` for another encoding.
 */
export function decoded(headers: IncomingHttpHeaders, payload: Payload): Payload {
  const encoding = headers['content-encoding']?.toLowerCase();
  if (encoding === undefined || encoding === 'identity') return payload;
  if (encoding !== 'gzip')
    throw new CcpError(
      'invalid_request',
      `A body with the encoding ${cleanText(encoding, 40)} is not accepted; use gzip or none.`,
    );
  const gunzip = Object.assign(createGunzip(), { receivedEncodedLength: 0 });
  payload.on('data', (chunk: Buffer) => {
    gunzip.receivedEncodedLength += chunk.length;
  });
  // A damaged body ends the request with 400 instead of an unhandled error.
  payload.on('error', (error) => gunzip.destroy(error));
  return payload.pipe(gunzip);
}

export const textOf = (body: unknown): string => (typeof body === 'string' ? body : '');

/** Returns `undefined` for an empty body and for text that is not JSON; validation reports both. */
export const parseBody = (body: unknown): unknown => (typeof body === 'string' ? parseJson(body) : body);
