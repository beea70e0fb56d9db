import { describe, expect, it } from 'vitest';
import { policyFindings } from '../../src/policy/check.ts';
import type { PolicyDocument, PolicyRule } from '../../src/policy/policy.ts';
import { layer, subject } from '../support/policy.ts';

const known = ['codex/gpt-5.5', 'openai/gpt-5.5', 'gate/m'].map((name) => subject(name));
const findings = (...documents: Omit<PolicyDocument, 'version'>[]) =>
  policyFindings(
    documents.map((one, index) => layer(one, 'system', `/${index}`)),
    known,
  ).map(({ path, rule, message }) => `${path} ${rule}: ${message}`);
const rule = (effect: 'allow' | 'deny', more: Partial<PolicyRule> = {}): PolicyRule => ({ effect, ...more });

describe('a policy has a fault', () => {
  it.each<[string, Omit<PolicyDocument, 'version'>[], RegExp]>([
    [
      'with one id twice',
      [{ rules: [rule('deny', { id: 'a', models: ['x'] }), rule('deny', { id: 'a', models: ['y'] })] }],
      /a: Another rule of this file has the same id/,
    ],
    [
      'with a name that allows nothing',
      [{ rules: [rule('allow', { upstreams: ['gate', 'codex'] })] }],
      /rules\[0\]: It allows "gate", which is no upstream that ccp knows/,
    ],
    [
      'with a denial of nothing',
      [{ rules: [rule('deny', { upstreams: ['gate', 'opena'] })] }],
      /^\/0 rules\[0\]: It denies "opena", which no upstream here is called/,
    ],
    ['with an override of nothing', [{ override: { rules: ['gone'] } }], /override: There is no rule "gone"/],
    [
      'with an allowance that a denial covers',
      [
        { rules: [rule('allow', { id: 'yes', upstreams: ['openai'] }), rule('allow', { upstreams: ['codex'] })] },
        { rules: [rule('deny', { id: 'no', upstreams: ['openai', 'kimi'] })] },
      ],
      /\/0 yes: It has no effect: "no" of \/1 denies all of it/,
    ],
    [
      'that allows nothing',
      [{ rules: [rule('allow', { models: ['nothing'] })] }],
      /\/0 rules: It allows no known model here/,
    ],
    [
      'in files that allow nothing together',
      [{ rules: [rule('allow', { upstreams: ['codex'] })] }, { rules: [rule('allow', { upstreams: ['openai'] })] }],
      /\/0, \/1 rules: Together these files allow no known model here/,
    ],
  ])('%s', (_name, documents, expected) => {
    expect(findings(...documents).join('\n')).toMatch(expected);
  });
});

it('a policy without faults has no findings', () => {
  expect(
    findings(
      {
        rules: [
          rule('allow', { upstreams: ['codex', 'https://gate.example'] }),
          rule('deny', { id: 'no', models: ['m'], classes: ['subagent'] }),
        ],
        override: { rules: ['no', 'allow rules'] },
      },
      { rules: [rule('deny', { models: ['gpt-5.5'], classes: ['subagent'] })] },
    ),
  ).toEqual([]);
  expect(policyFindings([], known)).toEqual([]);
});
