import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors/user-error.ts';
import { addSettings, routedSettings, withSettings, withTitleHook } from '../../src/launch/claude-settings.ts';
import { redirects } from '../../src/launch/environment.ts';

let folder: string;
let cwd: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-settings-'));
  cwd = join(folder, 'project');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content: unknown) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
};
const local = () => join(cwd, '.claude', 'settings.local.json');
const project = () => join(cwd, '.claude', 'settings.json');
const user = () => join(folder, '.claude', 'settings.json');
const home = () => ({ HOME: folder });

const run = (args: string[] = [], env: Record<string, string> = home(), line?: { entry: string; file: string }) => {
  const invocation = withSettings(args, env, cwd, line);
  const { env: variables, ...settings } = invocation.settings as Record<string, any>;
  return {
    settings,
    variables: variables as Record<string, string>,
    rest: invocation.args,
    autoMode: invocation.autoMode,
  };
};
const mode = (defaultMode: unknown) => ({ permissions: { defaultMode } });

describe('the permission mode of a launch', () => {
  it('is the default one when none is set', () => {
    expect(run(['hello', '--continue'])).toMatchObject({
      settings: mode('default'),
      rest: ['hello', '--continue'],
      autoMode: false,
    });
  });

  it('keeps the user’s other permissions', () => {
    const given = { permissions: { allow: ['Read'] }, theme: 'dark' };
    expect(run(['--settings', JSON.stringify(given), 'hello'])).toMatchObject({
      settings: { permissions: { allow: ['Read'], defaultMode: 'default' }, theme: 'dark' },
      rest: ['hello'],
    });
  });

  it.each([
    ['the project’s local settings', local],
    ['the project’s settings', project],
    ['the user’s settings', user],
  ])('is not changed when %s set it', (_name, path) => {
    put(path(), mode('plan'));
    expect(run()).toMatchObject({ settings: {}, autoMode: false });
    expect(run().settings).not.toHaveProperty('permissions');
    put(path(), mode('auto'));
    expect(run().autoMode).toBe(true);
  });

  it('is read from CLAUDE_CONFIG_DIR, and on Windows from USERPROFILE', () => {
    put(join(folder, 'elsewhere', 'settings.json'), mode('auto'));
    expect(run([], { HOME: folder, CLAUDE_CONFIG_DIR: join(folder, 'elsewhere') }).autoMode).toBe(true);
    expect(run([], { HOME: folder, CLAUDE_CONFIG_DIR: '' }).autoMode).toBe(false);
    put(user(), mode('auto'));
    expect(run([], { USERPROFILE: folder }).autoMode).toBe(true);
    expect(run([], { HOME: join(folder, 'nobody'), USERPROFILE: folder }).autoMode).toBe(false);
  });

  it('comes from the flag, then from --settings, then from the nearest file', () => {
    put(user(), mode('auto'));
    put(project(), mode('plan'));
    expect(run().autoMode).toBe(false);
    put(local(), mode('auto'));
    expect(run().autoMode).toBe(true);
    const given = ['--settings', JSON.stringify(mode('plan'))];
    expect(run(given)).toMatchObject({ settings: mode('plan'), autoMode: false });
    expect(run([...given, '--permission-mode', 'auto']).autoMode).toBe(true);
    expect(run(['--permission-mode=auto']).settings).toEqual({});
  });

  it('is not set with a flag that skips permissions', () => {
    expect(run(['--dangerously-skip-permissions'])).toMatchObject({
      settings: {},
      rest: ['--dangerously-skip-permissions'],
      autoMode: false,
    });
  });

  it('ignores an invalid file, and a mode that is not a string', () => {
    put(local(), '{"permissions":');
    put(project(), mode(5));
    put(user(), '[]');
    expect(run().settings).toEqual(mode('default'));
  });
});

describe('the user’s own --settings', () => {
  it('may be a file, resolved from the working folder', () => {
    put(join(cwd, 'mine.json'), { theme: 'light' });
    expect(run(['--settings=mine.json']).settings.theme).toBe('light');
    expect(run(['--settings', join(cwd, 'mine.json')]).settings.theme).toBe('light');
  });

  it('may be JSON surrounded by blanks', () => {
    expect(run(['--settings', ' \n{"theme":"light"} ']).settings.theme).toBe('light');
  });

  const rejectionOf = (value: string): UserError => {
    try {
      withSettings(['--settings', value], home(), cwd);
    } catch (thrown) {
      if (thrown instanceof UserError) return thrown;
    }
    throw new Error('it was taken');
  };

  it('are rejected by name when they cannot be read', () => {
    put(join(cwd, 'list.json'), '[1]');
    expect(rejectionOf('{"theme":').message).toBe('--settings: the text is not a JSON object.');
    expect(rejectionOf('list.json').message).toBe('--settings: list.json is not a JSON object.');
    expect(rejectionOf('nowhere.json').message).toBe(
      `--settings: cannot read ${join(cwd, 'nowhere.json')}: it must be a regular file of at most 1 MiB.`,
    );
    for (const value of ['{"theme":', 'list.json', 'nowhere.json']) expect(rejectionOf(value).exitCode).toBe(2);
  });
});

describe('a status line', () => {
  const line = { entry: '/opt/ccp/line.js', file: '/run/ccp/s-one.line' };
  const own = (name: string, extra: object = {}) => ({ statusLine: { type: 'command', command: name, ...extra } });
  const statusLineOf = (args: string[] = [], env: Record<string, string> = home()) =>
    run(args, env, line).settings.statusLine;
  const posix = process.platform !== 'win32';
  const trust = (config: string) =>
    put(join(config, '.claude.json'), { projects: { [cwd]: { hasTrustDialogAccepted: true } } });

  it('is set only when ccp has one', () => {
    expect(run().settings).not.toHaveProperty('statusLine');
    put(user(), own('echo mine'));
    expect(run().settings).not.toHaveProperty('statusLine');
  });

  it.runIf(posix)('is only that of ccp when the user has none', () => {
    expect(statusLineOf()).toEqual({ type: 'command', command: "cat '/run/ccp/s-one.line' 2>/dev/null" });
  });

  it('keeps the user’s other options', () => {
    put(user(), own('echo mine', { padding: 2 }));
    expect(statusLineOf()).toMatchObject({ type: 'command', padding: 2 });
    expect(statusLineOf().command).toContain('echo mine');
  });

  it('comes from --settings before any file', () => {
    put(user(), own('echo of-the-file'));
    const { command } = statusLineOf(['--settings', JSON.stringify(own('echo given'))]);
    expect(command).toContain('echo given');
    expect(command).not.toContain('of-the-file');
  });

  it('comes from the project only when it is trusted, local settings first', () => {
    put(project(), own('echo of-the-folder'));
    put(user(), own('echo of-the-user'));
    expect(statusLineOf().command).toContain('of-the-user');
    trust(folder);
    expect(statusLineOf().command).toContain('of-the-folder');
    put(local(), own('echo of-mine-here'));
    expect(statusLineOf().command).toContain('of-mine-here');
  });

  it('is the user’s when a trusted project has none', () => {
    put(user(), own('echo of-the-user'));
    trust(folder);
    expect(statusLineOf().command).toContain('of-the-user');
  });

  it('reads the trust from CLAUDE_CONFIG_DIR, or on Windows from USERPROFILE', () => {
    put(project(), own('echo of-the-folder'));
    const config = join(folder, 'config');
    const env = { HOME: folder, CLAUDE_CONFIG_DIR: config };
    trust(folder);
    expect(statusLineOf([], env).command).not.toContain('of-the-folder');
    expect(statusLineOf([], { USERPROFILE: folder }).command).toContain('of-the-folder');
    trust(config);
    expect(statusLineOf([], env).command).toContain('of-the-folder');
  });

  it.each([false, 'true', undefined])('does not come from the project when trust is %s', (hasTrustDialogAccepted) => {
    put(project(), own('echo of-the-folder'));
    put(join(folder, '.claude.json'), { projects: { [cwd]: { hasTrustDialogAccepted } } });
    expect(statusLineOf().command).not.toContain('of-the-folder');
  });
});

describe('the variables in --settings', () => {
  const direct = '127.0.0.1,localhost,::1';

  it('keep requests to the proxy away from other proxies and sockets', () => {
    const { variables } = run();
    expect(variables).toMatchObject({ NO_PROXY: direct, no_proxy: direct });
    for (const name of redirects) expect(variables[name], name).toBe('');
  });

  it('ignore what a repository sets, and keep the user’s own', () => {
    put(project(), { env: { NO_PROXY: 'theirs.example', HTTP_PROXY: 'http://theirs.example' } });
    const given = { env: { NO_PROXY: 'mine.example', HTTPS_PROXY: 'http://mine.example' } };
    const { variables } = run(['--settings', JSON.stringify(given)], { ...home(), no_proxy: 'env.example' });
    expect(variables.NO_PROXY).toBe(`env.example,mine.example,${direct}`);
    expect(variables.no_proxy).toBe(variables.NO_PROXY);
    expect(variables.HTTPS_PROXY).toBe('http://mine.example');
  });
});

describe('settings added to the user’s', () => {
  const extra = { env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' }, model: 'heron-1' };

  it('keep members that they do not set', () => {
    const given = { theme: 'dark', model: 'other', env: { TEAM: 'birds', ANTHROPIC_BASE_URL: 'http://example.org' } };
    expect(addSettings(given, extra)).toEqual({
      theme: 'dark',
      model: 'heron-1',
      env: { TEAM: 'birds', ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' },
    });
  });

  it('are used alone when the user has none', () => {
    expect(addSettings({}, extra)).toEqual(extra);
  });
});

describe('the settings of a routed launch', () => {
  it('ask in plan mode, and let web fetch work without Anthropic', () => {
    expect(routedSettings({ theme: 'dark' }, home(), cwd)).toEqual({
      theme: 'dark',
      useAutoModeDuringPlan: false,
      skipWebFetchPreflight: true,
    });
  });

  it('keep what the user chose, and ignore the choice of a repository', () => {
    put(user(), { useAutoModeDuringPlan: true });
    put(project(), { useAutoModeDuringPlan: true, skipWebFetchPreflight: false });
    expect(routedSettings({}, home(), cwd)).toEqual({ useAutoModeDuringPlan: true, skipWebFetchPreflight: true });
    expect(routedSettings({ useAutoModeDuringPlan: false, skipWebFetchPreflight: false }, home(), cwd)).toEqual({
      useAutoModeDuringPlan: false,
      skipWebFetchPreflight: false,
    });
  });
});

describe('the hook that names the session', () => {
  it('prints the file and removes it, after the user’s own hooks', () => {
    const own = { hooks: [{ type: 'command', command: 'mine' }] };
    const settings = withTitleHook(
      { theme: 'light', hooks: { Stop: [own], UserPromptSubmit: [own] } },
      "/run/it's.title",
    );
    const command = "[ -f '/run/it'\\''s.title' ] && cat '/run/it'\\''s.title' && rm -f '/run/it'\\''s.title'; true";
    expect(settings).toEqual({
      theme: 'light',
      hooks: { Stop: [own], UserPromptSubmit: [own, { hooks: [{ type: 'command', command, timeout: 5 }] }] },
    });
    expect(withTitleHook({}, '/x').hooks).toMatchObject({ UserPromptSubmit: [{}] });
  });
});
