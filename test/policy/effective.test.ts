import { describe, expect, it } from 'vitest';
import { effectivePolicy } from '../../src/policy/effective.ts';
import type { PolicyDocument } from '../../src/policy/policy.ts';
import { layer } from '../support/policy.ts';

const effective = (...documents: Omit<PolicyDocument, 'version'>[]) =>
  effectivePolicy({ layers: documents.map((one, index) => layer(one, 'system', `/${index}`)) });

describe('the values in force', () => {
  it('are the lowest budgets and retention, each with its file', () => {
    const { budgets, repositoryBudgets, retentionDays } = effective(
      { budgets: { dayUsd: 5, weekUsd: 20, repositories: { a: 3, b: 1 } }, retentionDays: { ledger: 90, audit: 365 } },
      { budgets: { dayUsd: 2, monthUsd: 50, repositories: { a: 4 } }, retentionDays: { ledger: 30, logs: 7 } },
    );
    expect(budgets).toEqual({
      dayUsd: { value: 2, path: '/1' },
      weekUsd: { value: 20, path: '/0' },
      monthUsd: { value: 50, path: '/1' },
    });
    expect(repositoryBudgets).toEqual({ a: { value: 3, path: '/0' }, b: { value: 1, path: '/0' } });
    expect(retentionDays).toEqual({
      ledger: { value: 30, path: '/1' },
      audit: { value: 365, path: '/0' },
      logs: { value: 7, path: '/1' },
    });
  });

  it('are the strictest of each kind; of equal ones that of the strongest file', () => {
    const found = effective(
      {
        egress: { remoteControl: 'say' },
        outboundSecrets: 'ask',
        bodyLogging: 'allow',
        budgets: { onUnknownPrice: 'ask' },
      },
      { egress: { remoteControl: 'deny', cloudSessions: 'allow' }, outboundSecrets: 'block', bodyLogging: 'forbidden' },
      { egress: { remoteControl: 'deny' }, outboundSecrets: 'allow', budgets: { onUnknownPrice: 'deny' } },
    );
    expect(found.egress).toEqual({
      remoteControl: { value: 'deny', path: '/1' },
      cloudSessions: { value: 'allow', path: '/1' },
    });
    expect(found).toMatchObject({
      outboundSecrets: { value: 'block', path: '/1' },
      bodyLogging: { value: 'forbidden', path: '/1' },
      onUnknownPrice: { value: 'deny', path: '/2' },
    });
  });

  it('are the words of the strongest file, and every version that is demanded', () => {
    const found = effective(
      { message: 'Ask Ann.', commitTrailer: false, minimumVersion: '0.1.0' },
      { message: 'Ask Bob.', commitTrailer: 'By: {model}', minimumVersion: '0.2.0', claudeCode: '>=2' },
    );
    expect(found).toMatchObject({
      message: { value: 'Ask Ann.', path: '/0' },
      commitTrailer: { value: false, path: '/0' },
      minimumVersions: [{ value: '0.1.0' }, { value: '0.2.0' }],
      claudeCode: [{ value: '>=2', path: '/1' }],
    });
  });

  it('may require telemetry only where the machine is managed', () => {
    const telemetry = (kind: 'system' | 'repository', value: 'required' | 'forbidden' | 'allow') =>
      effectivePolicy({ layers: [layer({ telemetry: value }, kind)] }).telemetry?.value;
    expect([
      telemetry('system', 'required'),
      telemetry('repository', 'required'),
      telemetry('repository', 'forbidden'),
    ]).toEqual(['required', undefined, 'forbidden']);
    const both = effectivePolicy({
      layers: [layer({ telemetry: 'required' }), layer({ telemetry: 'forbidden' }, 'repository')],
    });
    expect(both.telemetry?.value).toBe('forbidden');
  });
});
