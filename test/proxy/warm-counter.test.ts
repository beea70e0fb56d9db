/** The tokenizer is loaded before a request can be too long: an overflow must say how many tokens are in use. */
import { expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { ask, startProxy } from '../support/proxy.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';

it.each([
  ['a short request does not load it', 1_000, 0],
  ['a request that nearly fills the window does', 900_000, 1],
])('%s', async (_title, chars, wanted) => {
  let warmed = 0;
  const upstream = await StrictUpstream.start(() => up.saying('Fine.'));
  const proxy = await startProxy(upstream.url, { tokens: { count: async () => 1, warm: () => (warmed += 1) } });
  try {
    const messages = [{ role: 'user', content: 'x'.repeat(chars) }];
    expect((await proxy.stream({ ...ask(), messages })).status).toBe(200);
    expect(warmed).toBe(wanted);
  } finally {
    await proxy.stop();
    await upstream.stop();
  }
});
