import { describe, expect, it } from 'vitest';
import {
  assertSecureUrl,
  callAuth,
  maxResponseBytes,
  refusalText,
  sanitizeServerText,
} from '../../src/credentials/token-call.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';

const url = 'https://auth.example/token';

describe('a request to an auth server', () => {
  it('is a POST with a form, its headers and a time limit', async () => {
    const http = new ScriptedTransport({ json: { access_token: 'fake' } });
    const response = await callAuth(http, { url, body: { form: { a: '1', b: 'x y' } }, headers: { 'x-device': 'd' } });
    expect(response).toEqual({ status: 200, json: { access_token: 'fake' }, code: '', message: '' });
    expect(http.requests).toEqual([
      {
        method: 'POST',
        url,
        headers: {
          'x-device': 'd',
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'a=1&b=x+y',
        headersTimeoutMs: 30_000,
        signal: expect.any(AbortSignal),
      },
    ]);
    expect(http.requests[0]?.signal.aborted).toBe(false);
  });

  it('can be JSON with a time limit of its own', async () => {
    const http = new ScriptedTransport({ json: {} });
    await callAuth(http, { url, body: { json: { a: [1] } }, timeoutMs: 7 });
    expect(http.requests[0]).toMatchObject({
      headers: { 'content-type': 'application/json' },
      body: '{"a":[1]}',
      headersTimeoutMs: 7,
    });
  });

  it('ends when the sign-in is cancelled', async () => {
    const http = new ScriptedTransport({ json: {} });
    const cancelled = new AbortController();
    await callAuth(http, { url, body: { form: {} }, signal: cancelled.signal });
    cancelled.abort();
    expect(http.requests[0]?.signal.aborted).toBe(true);
  });

  it('is not sent over plain HTTP', async () => {
    const http = new ScriptedTransport();
    await expect(callAuth(http, { url: 'http://auth.example/token', body: { form: {} } })).rejects.toMatchObject({
      code: 'unreachable',
    });
    expect(http.requests).toEqual([]);
  });
});

describe('the response of an auth server', () => {
  const read = async (...chunks: string[]) => {
    const http = new ScriptedTransport({ status: 400, chunks });
    const { json, code, message } = await callAuth(http, { url, body: { form: {} } });
    return { json, code, message, chunksRead: http.chunksRead };
  };

  it.each([
    [{ error: 'invalid_grant', error_description: 'used' }, 'invalid_grant', 'used'],
    [{ error: { code: 'reused', type: 'auth', message: 'used' } }, 'reused', 'used'],
    [{ error: { type: 'auth' } }, 'auth', ''],
    [{ detail: { error_code: 'expired' }, code: 'outer' }, 'expired', ''],
    [{ code: 'outer', message: 'outer message' }, 'outer', 'outer message'],
    [{ detail: 'in words', message: 'outer message' }, '', 'in words'],
    [{ error: 7, code: null }, '', ''],
  ])('%j has its code and its message', async (json, code, message) => {
    expect(await read(JSON.stringify(json))).toMatchObject({ json, code, message });
  });

  it.each(['', '<html>', '["access_token"]', '"text"'])('%j counts as an empty one', async (body) => {
    expect(await read(body)).toMatchObject({ json: {}, code: '', message: '' });
  });

  it('is put together from its chunks', async () => {
    expect(await read('{"code":', '"a"}')).toMatchObject({ code: 'a' });
  });

  it('is read up to 1 MiB', async () => {
    const text = '{"code":"a"}';
    expect(await read(text, ' '.repeat(maxResponseBytes - text.length))).toMatchObject({ code: 'a' });
    const half = 'x'.repeat(maxResponseBytes / 2);
    expect(await read(`{"code":"a","rest":"${half}`, half, '"}')).toEqual({
      json: {},
      code: '',
      message: '',
      chunksRead: 2,
    });
  });
});

describe('the text of an error response', () => {
  const response = { status: 400, json: {}, code: 'invalid_grant', message: 'used' };

  it('has the status, the code and the message, as far as there are any', () => {
    expect(refusalText(response)).toBe('HTTP 400, invalid_grant, used');
    expect(refusalText({ ...response, code: '', message: '' })).toBe('HTTP 400');
  });

  it('has at most 300 characters', () => {
    expect(refusalText({ ...response, message: 'word '.repeat(100) })).toHaveLength(300);
  });

  it('contains nothing that could be a token and no control characters', () => {
    expect(sanitizeServerText(`the token ${'a'.repeat(24)} is odd`)).toBe('the token … is odd');
    expect(sanitizeServerText(`the word ${'a'.repeat(23)} is kept`)).toBe(`the word ${'a'.repeat(23)} is kept`);
    expect(sanitizeServerText(`eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.x-_~+/=`)).toBe('…');
    expect(sanitizeServerText('a\x1b[31mb')).toBe('a [31mb');
    expect(refusalText({ ...response, message: `got ${'a'.repeat(30)}` })).toBe('HTTP 400, invalid_grant, got …');
  });
});

describe('a token', () => {
  it.each([
    'https://auth.example/token',
    'http://127.0.0.1:8080/token',
    'http://localhost/token',
    'http://[::1]/token',
  ])('may be sent to %s', (address) => {
    expect(() => assertSecureUrl(address)).not.toThrow();
  });

  it('may not be sent to another machine over plain HTTP', () => {
    expect(() => assertSecureUrl('http://auth.example/token?secret')).toThrow(
      'http://auth.example is not https: a token would be sent unencrypted.',
    );
  });
});
