/** Compressed requests, and the trace that a request belongs to. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { ask, startProxy, type TestProxy, testSecret } from '../support/proxy.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';

let upstream: StrictUpstream;
let proxy: TestProxy;
beforeEach(async () => {
  upstream = await StrictUpstream.start(() => up.saying('Fine.'));
  proxy = await startProxy(upstream.url);
});
afterEach(async () => {
  await proxy.stop();
  await upstream.stop();
});

const send = (body: Uint8Array<ArrayBuffer>, encoding: string) =>
  fetch(`${proxy.url}/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-encoding': encoding,
      authorization: `Bearer ${testSecret}`,
    },
    body,
  });
const request = JSON.stringify({ ...ask(), stream: true });

describe('a compressed request', () => {
  it('is read', async () => {
    const response = await send(new Uint8Array(gzipSync(request)), 'gzip');
    expect(await response.text()).toContain('Fine.');
  });

  it('takes only its length of the memory for bodies, so that several run at the same time', async () => {
    // Each waits for an answer until all have arrived.
    let resolve = () => {};
    const arrived = new Promise<void>((done) => (resolve = done));
    upstream.script = async (_request, _response, count) => {
      if (count === 4) resolve();
      await arrived;
      return up.saying('Fine.');
    };
    const body = new Uint8Array(gzipSync(request));
    const responses = await Promise.all(Array.from({ length: 4 }, () => send(body, 'gzip')));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await Promise.all(responses.map((response) => response.text()))).toEqual(
      Array(4).fill(expect.stringContaining('Fine.')),
    );
  });

  it('is limited by what is inside', async () => {
    const bomb = gzipSync(`{"x":"${'a'.repeat(70 * 1024 * 1024)}"}`);
    expect(bomb.length).toBeLessThan(200_000);
    expect((await send(new Uint8Array(bomb), 'gzip')).status).toBe(413);
  });

  it.each([
    ['that is damaged', new Uint8Array(gzipSync(request).subarray(0, 40)), 'gzip', /./],
    ['that is not compressed', new Uint8Array(Buffer.from(request)), 'gzip', /./],
    ['in another encoding', new Uint8Array(brotliCompressSync(request)), 'br', /use gzip or none/],
  ])('%s is an error of the client', async (_title, body, encoding, words) => {
    const response = await send(body, encoding);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(words);
    expect(upstream.requests).toHaveLength(0);
  });
});

it('the trace of a request continues to the upstream', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await proxy.post({ ...ask(), stream: true }, { headers: { traceparent, tracestate: 'a=b', 'x-other': 'c' } });
  expect(upstream.requests[0]?.headers).toMatchObject({ traceparent, tracestate: 'a=b' });
  expect(upstream.requests[0]?.headers).not.toHaveProperty('x-other');
});
