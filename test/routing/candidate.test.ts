import { describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import type { ErrorCode } from '../../src/errors/table.ts';
import {
  type Denial,
  denialError,
  type FailureReason,
  firstCandidate,
  nextCandidate,
} from '../../src/routing/candidate.ts';
import { candidate, routeTo } from '../support/routing.ts';

const { target } = routeTo('heron-1');
const policy: Denial = { target, kind: 'policy', rule: 'team/no-heron', message: 'heron-1 is not allowed here.' };

const deniedBy = (denial: Denial) => ({ ...denial, candidate: candidate(denial.target.model) });

describe('a request without an allowed candidate', () => {
  it('is rejected with the rule that denied it', () => {
    const error = denialError(policy);
    expect([error.code, error.message]).toEqual(['route_denied', 'heron-1 is not allowed here. (rule: team/no-heron)']);
  });

  it('is rejected with an overflow message when the window rule denied it', () => {
    const overflow = { used: 250_000, maximum: 200_000 };
    const error = denialError({ target, kind: 'window', rule: 'window', message: 'too much', overflow });
    expect(error).toMatchObject({ code: 'context_overflow', overflow });
    expect(error.message).toBe('prompt is too long: 250000 tokens > 200000 maximum');
  });

  it('is rejected with the rule when a window denial has no numbers, or another rule has some', () => {
    expect(denialError({ ...policy, kind: 'window' }).code).toBe('route_denied');
    expect(denialError({ ...policy, overflow: { used: 2, maximum: 1 } }).code).toBe('route_denied');
  });

  it('reports the first denial, or a missing route without one', () => {
    const other: Denial = { ...policy, rule: 'second' };
    expect(() => firstCandidate({ candidates: [], denied: [deniedBy(policy), deniedBy(other)] })).toThrow(
      /rule: team\/no-heron/,
    );
    expect(() => firstCandidate({ candidates: [], denied: [] })).toThrow(
      expect.objectContaining({ code: 'unknown_model', message: expect.stringContaining('no route') }),
    );
  });

  it('is not served by a candidate that follows a failure', () => {
    const fallback = candidate('crane-1', { follows: ['failure'] });
    expect(() => firstCandidate({ candidates: [fallback], denied: [deniedBy(policy)] })).toThrow(/team\/no-heron/);
  });

  it('uses the first candidate when others were denied', () => {
    const [first, second] = [candidate('heron-1'), candidate('crane-1')];
    expect(firstCandidate({ candidates: [first, second], denied: [deniedBy(policy)] })).toBe(first);
  });
});

describe('the candidate after a failure', () => {
  const first = candidate('heron-1');
  const following = (follows: FailureReason, id = 'heron-1') => candidate(id, { follows: [follows] });
  const next = (code: ErrorCode, candidates = [first, following('wall'), following('login'), following('failure')]) =>
    nextCandidate(candidates, first, new CcpError(code, 'x'))?.follows?.[0];

  it.each<[ErrorCode, FailureReason | undefined]>([
    ['plan_limit', 'wall'],
    ['rate_limited', 'wall'],
    ['credential_rejected', 'login'],
    ['no_credential', 'login'],
    ['upstream_failed', 'failure'],
    ['upstream_overloaded', 'failure'],
    ['upstream_timeout', 'failure'],
    ['unreachable', 'failure'],
    ['no_headers', 'failure'],
    ['reset', 'failure'],
    ['upstream_invalid', undefined],
    ['budget_exceeded', undefined],
    ['policy_refused', undefined],
    ['cancelled', undefined],
  ])('after %s is one that follows a %s', (code, wanted) => {
    expect(next(code)).toBe(wanted);
  });

  it('is never an earlier one, nor one without a failure reason', () => {
    const early = following('wall');
    const error = new CcpError('plan_limit', 'x');
    expect(nextCandidate([early, first, candidate('crane-1')], first, error)).toBeUndefined();
    expect(
      nextCandidate([early, first, candidate('crane-1'), following('wall', 'stork-1')], first, error)?.target.model,
    ).toBe('stork-1');
    expect(nextCandidate([first], first, error)).toBeUndefined();
  });

  const overflowing = [
    first,
    following('overflow', 'wren-1'),
    following('overflow', 'heron-1'),
    following('overflow', 'crane-1'),
    following('overflow', 'stork-1'),
  ];
  const holding = (used: number | undefined, maximum = 200_000) =>
    nextCandidate(overflowing, first, new CcpError('context_overflow', 'x', { overflow: { used, maximum } }))?.target
      .model;

  it('after an overflow has a larger window that fits the known number of tokens', () => {
    expect(holding(undefined)).toBe('crane-1');
    expect(holding(250_000)).toBe('crane-1');
    expect(holding(400_000)).toBe('crane-1');
    expect(holding(400_001)).toBe('stork-1');
    expect(holding(10)).toBe('crane-1');
    expect(holding(2_000_000)).toBeUndefined();
    expect(nextCandidate(overflowing, first, new CcpError('context_overflow', 'x'))?.target.model).toBe('crane-1');
  });

  it('after another failure may have a smaller window', () => {
    expect(
      nextCandidate([first, following('wall', 'wren-1')], first, new CcpError('rate_limited', 'x'))?.target.model,
    ).toBe('wren-1');
  });
});
