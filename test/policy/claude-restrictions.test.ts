/** Claude Code's own managed settings, in the real files of the client. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claudeRestrictions, serverSettingsNotices } from '../../src/launch/claude-policy.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { layer, policyOf, subject } from '../support/policy.ts';

let root: string;
const write = (path: string, value: unknown) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), JSON.stringify(value));
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ccp-claude-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const env = () => ({ HOME: root });
const read = () => claudeRestrictions(env(), join(root, 'etc'));
const denial = (name: string, more: Parameters<typeof policyOf> = []) =>
  evaluate({ ...policyOf(...more), claude: read() }, subject(name))?.rule;

describe('an organisation that forces a login', () => {
  it.each([
    ['etc/managed-settings.json', { forceLoginMethod: 'claudeai' }, 'forceLoginMethod'],
    ['etc/managed-settings.d/10-org.json', { forceLoginOrgUUID: ['a'] }, 'forceLoginOrgUUID'],
    ['.claude/remote-settings.json', { forceLoginMethod: 'console' }, 'forceLoginMethod'],
  ])('in %s allows its own service only', (path, settings, rule) => {
    write(path, settings);
    expect(denial('codex/gpt-5.5')).toBe(rule);
    expect(denial('demo/demo')).toBe(rule);
    expect(denial('anthropic/claude-opus-5-5')).toBeUndefined();
  });

  it('to a gateway allows that gateway', () => {
    write('etc/managed-settings.json', { forceLoginGatewayUrl: 'https://gate.example/v1' });
    expect([denial('gate/m'), denial('codex/gpt-5.5')]).toEqual([undefined, 'forceLoginGatewayUrl']);
  });

  it('yields to the system’s policy, and to no other file', () => {
    write('etc/managed-settings.json', { forceLoginMethod: 'claudeai' });
    const allow = { rules: [{ effect: 'allow' as const, upstreams: ['codex'] }] };
    expect(denial('codex/gpt-5.5', [layer(allow)])).toBeUndefined();
    expect(denial('openai/gpt-5.5', [layer(allow)])).toBe('allow rules');
    for (const kind of ['user', 'repository', 'managed'] as const)
      expect(denial('codex/gpt-5.5', [layer(allow, kind)])).toBe('forceLoginMethod');
    expect(denial('codex/gpt-5.5', [layer({})])).toBe('forceLoginMethod');
  });
});

describe('availableModels', () => {
  it('narrows the models of Anthropic, by tier, by the beginning of an id, or by the id', () => {
    write('etc/managed-settings.json', { availableModels: ['sonnet', 'claude-opus-5', 'claude-haiku-4-5[1m]'] });
    const names = ['claude-sonnet-4-5', 'claude-opus-5-5', 'claude-opus-4-1', 'claude-haiku-4-5', 'claude-fable-5-1'];
    expect(names.map((name) => denial(`anthropic/${name}`))).toEqual([
      undefined,
      undefined,
      'availableModels',
      undefined,
      'availableModels',
    ]);
    expect(denial('codex/gpt-5.5')).toBeUndefined();
  });

  it('may be empty, and may be no list', () => {
    write('etc/managed-settings.json', { availableModels: [] });
    expect(denial('anthropic/claude-opus-5-5')).toBe('availableModels');
    write('etc/managed-settings.json', { availableModels: 'opus', forceLoginMethod: null });
    expect(read()).toEqual([]);
  });
});

it('what the server said is named at the launch, because it is not asked again', () => {
  expect(serverSettingsNotices(env())).toEqual([]);
  write('.claude/remote-settings.json', { permissions: {}, availableModels: ['opus'], 'x\u001b[31m': 1 });
  const [notice] = serverSettingsNotices(env());
  expect(notice).toMatch(/^Your organisation set permissions, availableModels, x.* does not ask its server again/);
  expect(notice).not.toContain('\u001b');
});
