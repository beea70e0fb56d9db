import { describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { Refusals } from '../../src/proxy/refusals.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { FakeClock } from '../support/fake-clock.ts';

const requestOf = (content: string, more: object = {}) =>
  validateRequest({ model: 'm', messages: [{ role: 'user', content }], ...more });
const refused = new CcpError('policy_refused', 'no');

function make() {
  const clock = new FakeClock();
  let hashes = 0;
  const refusals = new Refusals({
    ports: {
      clock,
      hash: (text) => {
        hashes += 1;
        return text;
      },
    },
  });
  return { refusals, clock, hashes: () => hashes };
}

describe('a request that was refused because of its content', () => {
  it('is refused again for five seconds, also with fewer features', () => {
    const { refusals, clock } = make();
    refusals.remember('codex/gpt', requestOf('a', { tools: [{ name: 'Bash' }] }), refused);
    expect(refusals.of('codex/gpt', requestOf('a'))).toBe(refused);
    clock.advance(4_999);
    expect(refusals.of('codex/gpt', requestOf('a'))).toBe(refused);
    clock.advance(1);
    expect(refusals.of('codex/gpt', requestOf('a'))).toBeUndefined();
  });

  it('is no other conversation and no other model', () => {
    const { refusals } = make();
    refusals.remember('codex/gpt', requestOf('a'), refused);
    expect(refusals.of('codex/gpt', requestOf('b'))).toBeUndefined();
    expect(refusals.of('kimi/k2', requestOf('a'))).toBeUndefined();
  });

  it('is not one that failed for another reason', () => {
    const { refusals } = make();
    refusals.remember('codex/gpt', requestOf('a'), new CcpError('rate_limited', 'later'));
    expect(refusals.of('codex/gpt', requestOf('a'))).toBeUndefined();
  });

  it('is looked up without a cost while there is none', () => {
    const { refusals, clock, hashes } = make();
    refusals.of('codex/gpt', requestOf('a'));
    expect(hashes()).toBe(0);
    refusals.remember('codex/gpt', requestOf('a'), refused);
    clock.advance(5_000);
    refusals.of('codex/gpt', requestOf('a'));
    expect(hashes()).toBe(1);
  });

  it('is forgotten when there are too many', () => {
    const { refusals } = make();
    for (let n = 0; n < 32; n++) refusals.remember('codex/gpt', requestOf(`${n}`), refused);
    expect(refusals.of('codex/gpt', requestOf('0'))).toBe(refused);
    refusals.remember('codex/gpt', requestOf('32'), refused);
    expect(refusals.of('codex/gpt', requestOf('0'))).toBeUndefined();
    expect(refusals.of('codex/gpt', requestOf('32'))).toBe(refused);
  });
});
