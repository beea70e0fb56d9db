/** Settings files that would send Claude Code's requests past ccp. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors/user-error.ts';
import { redirects } from '../../src/launch/environment.ts';
import {
  assertNoSocket,
  assertOwnLoginSettings,
  redirectNotices,
  type SettingsPlaces,
} from '../../src/launch/redirecting-settings.ts';
import { managedSettingsDir } from '../../src/launch/settings-files.ts';
import { hasControls } from '../../src/wire/clean-text.ts';

let folder: string;
let places: SettingsPlaces;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-settings-'));
  places = { env: { HOME: folder }, cwd: join(folder, 'project'), managedDir: join(folder, 'managed') };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content: unknown) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
};
const sets = (name: string, value: unknown = 'http://theirs.example') => ({ env: { [name]: value } });
const files: readonly (readonly [string, () => string])[] = [
  ['local', () => join(places.cwd, '.claude', 'settings.local.json')],
  ['project', () => join(places.cwd, '.claude', 'settings.json')],
  ['user', () => join(folder, '.claude', 'settings.json')],
  ['managed', () => join(places.managedDir, 'managed-settings.json')],
  ['further managed', () => join(places.managedDir, 'managed-settings.d', '20-birds.json')],
];
const isManaged = (name: string) => name.endsWith('managed');

describe.each(files)('%s settings', (name, path) => {
  it('with a socket are rejected with the file name', () => {
    assertNoSocket(places);
    put(path(), sets('ANTHROPIC_UNIX_SOCKET', '/theirs.sock'));
    expect(() => assertNoSocket(places)).toThrow(`${path()} sets env.ANTHROPIC_UNIX_SOCKET`);
  });

  it('with custom headers are rejected on Claude Code’s own login', () => {
    put(path(), sets('OTHER', '1'));
    assertOwnLoginSettings(places);
    put(path(), sets('ANTHROPIC_CUSTOM_HEADERS', 'x-team: birds'));
    expect(() => assertOwnLoginSettings(places)).toThrow(UserError);
    expect(() => assertOwnLoginSettings(places)).toThrow(`${path()} sets env.ANTHROPIC_CUSTOM_HEADERS`);
  });

  it.each(['ANTHROPIC_BASE_URL', ...redirects])(
    'with %s are rejected on the own login if ccp cannot override them',
    (variable) => {
      put(path(), sets(variable));
      if (isManaged(name))
        expect(() => assertOwnLoginSettings(places)).toThrow(`${path()} sets env.${variable}, which`);
      else assertOwnLoginSettings(places);
    },
  );

  it('with a gateway are named once', () => {
    put(path(), { ...sets('ANTHROPIC_BASE_URL'), apiKeyHelper: 'helper', model: 'heron-1' });
    expect(redirectNotices(places, { ownLogin: false })).toEqual([
      `${path()} sets env.ANTHROPIC_BASE_URL, apiKeyHelper. This session does not use it: all requests go through ccp.`,
    ]);
    expect(redirectNotices(places, { ownLogin: true })).toEqual([
      `${path()} sets env.ANTHROPIC_BASE_URL. This session does not use it: all requests go through ccp.`,
    ]);
  });

  it.each([
    { model: 'heron-1', env: { ANTHROPIC_MODEL: 'heron-1', ANTHROPIC_BASE_URL: '' } },
    { apiKeyHelper: '' },
    { env: 'ANTHROPIC_BASE_URL' },
    [],
  ])('without one are not: %j', (content) => {
    put(path(), content);
    expect(redirectNotices(places, { ownLogin: false })).toEqual([]);
  });
});

it('a path with control characters is named without them', () => {
  const cwd = join(folder, 'a\u001b]52;c;x\u0007\nb');
  put(join(cwd, '.claude', 'settings.json'), sets('ANTHROPIC_BASE_URL'));
  const [notice = ''] = redirectNotices({ ...places, cwd }, { ownLogin: false });
  expect(notice).toContain('a ]52;c;x b');
  expect(hasControls(notice)).toBe(false);
});

it('several files are named, the strongest first', () => {
  for (const [, path] of files) put(path(), sets('CLAUDE_CODE_USE_BEDROCK', '1'));
  const named = redirectNotices(places, { ownLogin: false }).map((text) => text.split(' sets ')[0]);
  expect(named).toEqual([3, 4, 0, 1, 2].map((at) => files[at]?.[1]()));
});

it.each<[NodeJS.Platform, string]>([
  ['linux', '/etc/claude-code'],
  ['darwin', '/Library/Application Support/ClaudeCode'],
  ['win32', 'C:\\Program Files\\ClaudeCode'],
])('the settings of an administrator are in a fixed folder on %s', (platform, dir) => {
  expect(managedSettingsDir(platform)).toBe(dir);
});
