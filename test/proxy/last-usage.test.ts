import { beforeEach, describe, expect, it } from 'vitest';
import { LastUsage } from '../../src/proxy/last-usage.ts';
import { FakeClock } from '../support/fake-clock.ts';

let clock: FakeClock;
let last: LastUsage;
beforeEach(() => {
  clock = new FakeClock();
  last = new LastUsage({ ports: { clock } });
});

const request = (bodyLength: number, conversation = 'turn ', target = 'codex/heron-1') => ({
  conversation,
  target,
  bodyLength,
});
const usage = (input: number, read: number, written = 0) => ({
  input_tokens: input,
  cache_read_input_tokens: read,
  cache_creation_input_tokens: written,
  output_tokens: 7,
});

describe('the usage of a response that was not counted', () => {
  it('grows with the request, and has the cached share of the last measured turn', () => {
    last.record(request(10_000), usage(1_000, 9_000));
    expect(last.estimate(request(10_500))).toEqual({
      input_tokens: 1_050,
      cache_read_input_tokens: 9_450,
      cache_creation_input_tokens: 0,
    });
  });

  it('reads no more from the cache than the last prompt had', () => {
    last.record(request(1_000), usage(0, 1_000));
    expect(last.estimate(request(3_000))).toMatchObject({ input_tokens: 2_000, cache_read_input_tokens: 1_000 });
  });

  it('writes the same share of the rest to the cache', () => {
    last.record(request(1_000), usage(100, 600, 300));
    expect(last.estimate(request(2_000))).toEqual({
      input_tokens: 250,
      cache_read_input_tokens: 1_000,
      cache_creation_input_tokens: 750,
    });
  });

  it('writes for an hour what was written for an hour', () => {
    last.record(request(1_000), { ...usage(0, 600, 400), cache_creation: { ephemeral_1h_input_tokens: 300 } });
    expect(last.estimate(request(2_000))).toMatchObject({
      cache_creation_input_tokens: 1_000,
      cache_creation: { ephemeral_1h_input_tokens: 750 },
    });
  });

  it('is cold once the cache has expired', () => {
    last.record(request(1_000), usage(100, 900));
    clock.advance(300_000);
    expect(last.estimate(request(1_000))).toMatchObject({ cache_read_input_tokens: 900 });
    clock.advance(1);
    expect(last.estimate(request(1_000))).toMatchObject({ input_tokens: 1_000, cache_read_input_tokens: 0 });
  });

  it('is unknown for another conversation, another model, and without a measured turn', () => {
    expect(last.estimate(request(1_000))).toBeUndefined();
    last.record(request(1_000), usage(0, 0));
    last.record(request(0), usage(1, 1));
    expect(last.estimate(request(1_000))).toBeUndefined();
    last.record(request(1_000), usage(100, 900));
    expect(last.estimate(request(1_000, 'subagent a'))).toBeUndefined();
    expect(last.estimate(request(1_000, 'turn ', 'codex/wren-1'))).toBeUndefined();
  });

  it('follows the newest turn, and forgets the oldest conversations', () => {
    last.record(request(1_000), usage(1_000, 0));
    last.record(request(1_000), usage(0, 1_000));
    expect(last.estimate(request(1_000))).toMatchObject({ cache_read_input_tokens: 1_000 });
    for (let n = 0; n < 64; n++) last.record(request(1_000, `subagent ${n}`), usage(1, 1));
    expect(last.estimate(request(1_000))).toBeUndefined();
    expect(last.estimate(request(1_000, 'subagent 0'))).toBeDefined();
  });
});
