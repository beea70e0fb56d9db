/** Attempts that an upstream accepted are charged and counted, across the requests with which Claude Code repeats them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { bundledModels } from '../../src/models/catalogue.ts';
import { sha256 } from '../../src/platform/randomness.ts';
import { Resends } from '../../src/proxy/resends.ts';
import * as up from '../support/events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ask, startProxy, type TestProxy } from '../support/proxy.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';

let upstream: StrictUpstream;
let proxy: TestProxy;
/** Attempts that break off before one succeeds. */
let broken: number;
/** What they sent before they broke off. */
let beforeBreak: readonly up.UpstreamEvent[];

const row = bundledModels.find((one) => one.upstream === 'openai' && one.id === 'gpt-5.5');
const routes = {
  routes: { main: { target: { upstream: 'openai', model: 'gpt-5.5', row }, effort: undefined } },
  slots: { 'openai/gpt-5.5': 'main' as const },
};

beforeEach(async () => {
  broken = 0;
  beforeBreak = [];
  let count = 0;
  upstream = await StrictUpstream.start(() => {
    count += 1;
    if (count > broken) return [up.created(), ...up.textItem(0, 'Fine.'), up.completed()];
    return [up.created(), ...beforeBreak];
  }, 'openai');
  proxy = await startProxy(upstream.url, { routes, budgets: { limits: [], warnAtPercent: 80, onLimit: 'ask' } });
});
afterEach(async () => {
  await proxy.stop();
  await upstream.stop();
});

const send = () => proxy.post({ ...ask(), model: 'openai/gpt-5.5', stream: true });
const charged = () => proxy.events.filter(({ type }) => type === 'attempt_failed');

describe('an accepted attempt that broke off', () => {
  it('is charged, written to the ledger and counted in the totals, and is no request of its own', async () => {
    broken = 2;
    const response = await send();
    expect(await response.text()).toContain('Fine.');
    expect(upstream.requests).toHaveLength(3);
    expect(charged()).toHaveLength(2);
    expect(charged()[0]).toMatchObject({
      verdict: 'truncated',
      incompleteUsage: { costKind: 'metered', measured: false },
    });
    await expect.poll(() => proxy.ledger.length).toBe(3);
    expect(proxy.ledger.map(({ repeated, verdict }) => [repeated ?? false, verdict])).toEqual([
      [true, 'truncated'],
      [true, 'truncated'],
      [false, 'complete'],
    ]);
    const { totals } = proxy.proxy.state;
    const sum = proxy.ledger.reduce((all, { costMicroUsd }) => all + (costMicroUsd ?? 0), 0);
    expect(totals.requests).toBe(1);
    expect(totals.costMicroUsd.metered).toBe(sum);
    expect(totals.estimated).toBe(2);
  });

  it('is final after six of them, however often Claude Code sends the request', async () => {
    broken = 1_000;
    const first = await send();
    expect(first.status).toBe(500);
    expect(first.headers.get('x-should-retry')).toBeNull();
    expect(proxy.proxy.state.recent.at(-1)?.resend).toEqual({ attempts: 3, maximum: 6 });
    const second = await send();
    expect(second.headers.get('x-should-retry')).toBe('false');
    expect(await second.text()).toMatch(/It broke off 6 times within \d+ s\./);
    expect(upstream.requests).toHaveLength(6);
    expect(proxy.proxy.state.recent.at(-1)?.resend).toBeUndefined();
  });

  it('is not asked for again by Claude Code when a part of the answer was forwarded', async () => {
    broken = 1;
    beforeBreak = up.textItem(0, 'A story');
    expect(await (await send()).text()).toContain('A story');
    expect(upstream.requests).toHaveLength(1);
    expect(proxy.proxy.state.recent.at(-1)).toMatchObject({ verdict: 'truncated', resend: undefined });
  });

  it('does not count for another request', async () => {
    broken = 3;
    await send();
    const other = await proxy.post({
      ...ask(),
      model: 'openai/gpt-5.5',
      messages: [{ role: 'user', content: 'other' }],
    });
    expect(other.status).toBe(200);
  });
});

describe('a repeated step', () => {
  const error = new CcpError('truncated', 'It was cut.');
  const make = () => {
    const clock = new FakeClock();
    return { clock, resends: new Resends({ ports: { clock, hash: sha256 } }) };
  };

  it('is final 45 s after it broke off first, however long that attempt ran', () => {
    const { clock, resends } = make();
    const step = resends.stepOf('{}');
    resends.record(step);
    expect(resends.finalError(step, error)).toBeUndefined();
    clock.advance(44_999);
    expect(resends.finalError(step, error)).toBeUndefined();
    clock.advance(1);
    resends.record(step);
    expect(resends.finalError(step, error)).toMatchObject({
      message: 'It was cut. It broke off 2 times within 45 s.',
      final: true,
      retryable: false,
    });
  });

  it('begins again after it was answered, and after two minutes', () => {
    const { clock, resends } = make();
    const step = resends.stepOf('{}');
    for (let n = 0; n < 6; n++) resends.record(step);
    expect(resends.finalError(step, error)).toBeDefined();
    resends.forget(step);
    expect(resends.isEmpty).toBe(true);
    resends.record(step);
    clock.advance(120_001);
    resends.record(resends.stepOf('[]'));
    expect(resends.countOf(step).attempts).toBe(0);
  });

  it('in a stream is an error that newer clients do not continue', () => {
    expect(error.body('req', true).type).toBe('overloaded_error');
    expect(error.asFinal('Tried.').body('req', true).type).toBe('invalid_request_error');
  });
});
