import { describe, expect, it } from 'vitest';
import { decide, defaultRules } from '../../src/routing/decide.ts';
import { encryptionGate, windowGate } from '../../src/routing/gates.ts';
import { candidate, facts, routeTo } from '../support/routing.ts';
import { upstreamNamed } from '../support/upstreams.ts';

const moved = { compactionRoute: routeTo('crane-1'), previousRoutes: [] };

describe('the window gate', () => {
  const gate = (inputTokens: number | undefined, extra: Parameters<typeof facts>[0] = { history: moved }) =>
    windowGate(candidate('heron-1', { inputTokens }), facts(extra));

  it('denies a turn that exceeds the window, with both numbers', () => {
    expect(gate(200_001)).toMatchObject({
      kind: 'window',
      rule: 'window',
      message: expect.stringMatching(/heron-1 .*200000 tokens.* 200001 /),
      overflow: { used: 200_001, maximum: 200_000 },
      target: { model: 'heron-1' },
    });
  });

  it('allows a turn that fits exactly, and one without a count', () => {
    expect(gate(200_000)).toBeUndefined();
    expect(gate(undefined)).toBeUndefined();
  });

  it('allows every turn while the history fits its route', () => {
    expect(gate(900_000, {})).toBeUndefined();
  });

  it('allows every other request, because a compaction must pass', () => {
    expect(gate(900_000, { history: moved, requestClass: 'compaction' })).toBeUndefined();
    expect(gate(900_000, { history: moved, requestClass: 'subagent' })).toBeUndefined();
  });

  it('is part of the default rules', () => {
    const { candidates, denied } = decide(facts({ history: moved, inputTokens: () => 300_000 }));
    expect(candidates).toEqual([]);
    expect(denied).toMatchObject([{ rule: 'window', overflow: { used: 300_000, maximum: 200_000 } }]);
    expect(decide(facts({ inputTokens: () => 300_000 })).candidates).toMatchObject([{ inputTokens: 300_000 }]);
  });

  it('does not hide what a later gate denies', () => {
    const { target } = routeTo('heron-1');
    const gates = [windowGate, () => ({ target, kind: 'policy' as const, rule: 'team', message: 'No herons.' })];
    expect(decide(facts(), { ...defaultRules, gates }).denied).toMatchObject([{ rule: 'team' }]);
  });
});

describe('an upstream on another machine without https', () => {
  const at = (baseUrl: string, extra: object = {}) => {
    const custom = { gate: { dialect: 'chat', baseUrl, ...extra } };
    return candidate('heron-1', { upstream: upstreamNamed('gate', { custom }) });
  };

  it.each([
    ['http://gate.example:8000/v1', {}, 'denied'],
    ['HTTP://10.0.0.2', {}, 'denied'],
    ['http://127.0.0.1.gate.example', {}, 'denied'],
    ['http://gate.example', { allowInsecure: true }, 'allowed'],
    ['https://gate.example', {}, 'allowed'],
    ['http://127.0.0.1:8000', {}, 'allowed'],
    ['http://localhost:11434/v1', {}, 'allowed'],
    ['http://[::1]:1', {}, 'allowed'],
  ])('at %s with %j is %s', (baseUrl, extra, wanted) => {
    const denial = encryptionGate(at(baseUrl, extra), facts());
    expect(denial === undefined ? 'allowed' : 'denied').toBe(wanted);
    if (denial) expect(denial.message).toMatch(/not https.*upstreams\.gate\.allowInsecure/);
  });
});
