import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { announcedBytes, bodyLimitBytes, decoded, parseBody, textOf } from '../../src/proxy/request-bodies.ts';

it.each([
  [{}, 0],
  [{ 'content-length': '17' }, 17],
  [{ 'content-length': String(bodyLimitBytes + 1) }, bodyLimitBytes],
  [{ 'content-length': '17', 'transfer-encoding': 'chunked' }, bodyLimitBytes],
  [{ 'content-length': '17', 'content-encoding': 'gzip' }, bodyLimitBytes],
])('the length of a body with the headers %j is at most %i', (headers, bytes) => {
  expect(announcedBytes(headers)).toBe(bytes);
});

describe('an encoded body', () => {
  it.each([{}, { 'content-encoding': 'identity' }, { 'content-encoding': 'Identity' }])(
    'with %j is read as it is',
    (headers) => {
      const payload = Readable.from(['{}']);
      expect(decoded(headers, payload)).toBe(payload);
    },
  );

  it.each(['gzip', 'GZIP'])('with %s is decompressed, and its compressed length is counted', async (encoding) => {
    const body = gzipSync('{"a":1}'.repeat(1_000));
    const plain = decoded({ 'content-encoding': encoding }, Readable.from([body.subarray(0, 10), body.subarray(10)]));
    expect(await text(plain)).toBe('{"a":1}'.repeat(1_000));
    expect(plain.receivedEncodedLength).toBe(body.length);
  });

  it('that breaks off ends with the error', async () => {
    const payload = new PassThrough();
    const plain = decoded({ 'content-encoding': 'gzip' }, payload);
    const read = text(plain).catch((thrown: unknown) => thrown);
    payload.destroy(new Error('reset'));
    expect(await read).toMatchObject({ message: 'reset' });
  });

  it('with another encoding is refused', () => {
    expect(() => decoded({ 'content-encoding': 'br\x1b[2J' }, Readable.from([]))).toThrow(
      'A body with the encoding br [2j is not accepted; use gzip or none.',
    );
  });
});

it('a body is text, or JSON', () => {
  expect([textOf('{}'), textOf(undefined), textOf({})]).toEqual(['{}', '', '']);
  expect([parseBody('{"a":1}'), parseBody('{'), parseBody(undefined)]).toEqual([{ a: 1 }, undefined, undefined]);
});
