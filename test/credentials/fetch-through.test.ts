import { expect, it } from 'vitest';
import { fetchThrough } from '../../src/credentials/fetch-through.ts';
import { maxResponseBytes } from '../../src/credentials/token-call.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';

const url = 'https://auth.example/keys';

it('a GET without a body returns the status, the headers and the text of the response', async () => {
  const http = new ScriptedTransport({ status: 201, headers: { 'content-type': 'text/x' }, chunks: ['ke', 'ys'] });
  const response = await fetchThrough(http)(url, {});
  expect(response.status).toBe(201);
  expect(response.headers.get('content-type')).toBe('text/x');
  expect(await response.text()).toBe('keys');
  expect(http.requests).toEqual([
    { method: 'GET', url, headers: {}, body: '', headersTimeoutMs: 30_000, signal: expect.any(AbortSignal) },
  ]);
  expect(http.requests[0]?.signal.aborted).toBe(false);
});

it('a POST sends its headers and its form or text', async () => {
  const http = new ScriptedTransport({ json: {} }, { json: {} });
  const send = fetchThrough(http);
  await send(url, { method: 'POST', headers: { a: 'b' }, body: new URLSearchParams({ code: 'x y' }) });
  await send(url, { method: 'POST', body: 'text' });
  expect(http.requests).toMatchObject([
    { method: 'POST', headers: { a: 'b' }, body: 'code=x+y' },
    { method: 'POST', headers: {}, body: 'text' },
  ]);
});

it('the signal of the caller ends the request', async () => {
  const http = new ScriptedTransport({ json: {} });
  const caller = new AbortController();
  await fetchThrough(http)(url, { signal: caller.signal });
  caller.abort();
  expect(http.requests[0]?.signal.aborted).toBe(true);
});

it('a response of more than 1 MiB is an error', async () => {
  const half = 'x'.repeat(maxResponseBytes / 2);
  const http = new ScriptedTransport({ chunks: [half, half] }, { chunks: [half, half, 'x', half] });
  const send = fetchThrough(http);
  expect((await (await send(url, {})).text()).length).toBe(maxResponseBytes);
  http.chunksRead = 0;
  await expect(send(url, {})).rejects.toThrow('the answer is too large');
  expect(http.chunksRead).toBe(3);
});

it('a request over plain HTTP to another machine is rejected', async () => {
  const http = new ScriptedTransport();
  await expect(fetchThrough(http)('http://auth.example/', {})).rejects.toMatchObject({ code: 'unreachable' });
  expect(http.requests).toEqual([]);
});
