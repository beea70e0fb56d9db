import { describe, expect, it } from 'vitest';
import { CacheWatch } from '../../src/proxy/cache-watch.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { noUsage } from '../../src/wire/anthropic.ts';
import { FakeClock } from '../support/fake-clock.ts';

function make() {
  const clock = new FakeClock();
  const watch = new CacheWatch({ ports: { clock, hash: (text) => text } });
  const turn = (
    read: number,
    total: number,
    {
      conversation = 'main',
      target = 'codex/gpt',
      system = 's',
    }: { conversation?: string; target?: string; system?: string } = {},
  ) => {
    const json = { model: 'm', system, messages: [{ role: 'user', content: 'x' }] };
    return watch.explainCacheMiss({
      conversation,
      target,
      request: validateRequest(json),
      body: JSON.stringify(json),
      usage: {
        ...noUsage,
        input_tokens: total - read - 100,
        cache_creation_input_tokens: 100,
        cache_read_input_tokens: read,
      },
    });
  };
  return { clock, turn };
}

describe('a turn that read less from the cache than the one before', () => {
  it('names the part of the prompt that changed', async () => {
    const { turn } = make();
    expect(await turn(9_000, 10_000)).toBeUndefined();
    expect(await turn(1_000, 10_000, { system: 'other' })).toBe('system[0] changed: 9.0k tokens re-sent');
  });

  it('names another route before anything else', async () => {
    const { turn } = make();
    await turn(9_000, 10_000);
    expect(await turn(0, 10_000, { target: 'kimi/k2', system: 'other' })).toBe(
      'the route changed from codex/gpt, and kimi/k2 had no cache yet: 10k tokens re-sent',
    );
  });

  it('names the time when nothing changed', async () => {
    const { turn, clock } = make();
    await turn(9_000, 10_000);
    clock.advance(5 * 60_000);
    expect(await turn(0, 10_000)).toMatch(/^nothing changed in the prompt, the upstream did not use its cache: /);
    await turn(9_000, 10_000);
    clock.advance(5 * 60_000 + 1);
    expect(await turn(0, 10_000)).toMatch(
      /^nothing changed, but 5 minutes passed, so the upstream’s cache has expired: /,
    );
  });

  it('is no miss within normal variation', async () => {
    const { turn } = make();
    await turn(10_000, 12_000);
    expect(await turn(8_500, 12_000)).toBeUndefined();
    await turn(10_000, 12_000);
    expect(await turn(8_499, 12_000)).toBeDefined();
  });

  it('is no miss when the prompt is shorter than what was cached', async () => {
    const { turn } = make();
    await turn(10_000, 12_000);
    expect(await turn(4_250, 5_000)).toBeUndefined();
    await turn(10_000, 12_000);
    expect(await turn(4_249, 5_000)).toBeDefined();
  });

  it('is no miss when it is too small for a cache, and is not compared', async () => {
    const { turn } = make();
    await turn(9_000, 10_000);
    expect(await turn(0, 2_047)).toBeUndefined();
    expect(await turn(0, 2_048)).toBeDefined();
    const other = make();
    await other.turn(2_000, 2_047);
    expect(await other.turn(0, 2_048)).toBeUndefined();
  });

  it('is compared within its conversation', async () => {
    const { turn } = make();
    await turn(9_000, 10_000);
    expect(await turn(0, 10_000, { conversation: 'agent' })).toBeUndefined();
    expect(await turn(9_000, 10_000)).toBeUndefined();
  });

  it('is compared in the last 32 conversations', async () => {
    const { turn } = make();
    for (let n = 0; n < 32; n++) await turn(9_000, 10_000, { conversation: `${n}` });
    await turn(9_000, 10_000, { conversation: '0' });
    await turn(9_000, 10_000, { conversation: 'one more' });
    expect(await turn(0, 10_000, { conversation: '0' })).toBeDefined();
    expect(await turn(0, 10_000, { conversation: '2' })).toBeDefined();
    expect(await turn(0, 10_000, { conversation: '1' })).toBeUndefined();
  });
});
