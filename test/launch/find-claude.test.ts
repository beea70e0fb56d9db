import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkClaude, findClaude, isOlder } from '../../src/launch/find-claude.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ccp-claude-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string, mode = 0o755): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}
const program = (name: string, text = ''): string => write(name, `#!/bin/sh\n${text}\n`);
const inPath = (...names: string[]) => ({
  PATH: names.map((name) => join(folder, name)).join(delimiter),
  HOME: folder,
});

describe.skipIf(process.platform === 'win32')('Claude Code', () => {
  it('is the configured program', () => {
    const path = program('my-claude');
    program('bin/claude');
    expect(findClaude(path, inPath('bin'))).toBe(path);
  });

  it.each([
    ['missing', () => join(folder, 'nowhere')],
    ['a folder', () => folder],
    ['not executable', () => write('claude', '', 0o644)],
  ])('must be a program that can run when it is configured: %s', (_name, make) => {
    const path = make();
    program('bin/claude');
    expect(() => findClaude(path, inPath('bin'))).toThrow(
      `CCP_CLAUDE_PATH (or the setting claudePath) is ${path}, which is not a program that can run.`,
    );
  });

  it('is the first on PATH that can run', () => {
    mkdirSync(join(folder, 'a', 'claude'), { recursive: true });
    write('b/claude', '', 0o644);
    const path = program('c/claude');
    program('d/claude');
    expect(findClaude(undefined, inPath('a', 'b', 'c', 'd'))).toBe(path);
  });

  it.each(['.local/bin', '.claude/local', '.npm-global/bin', '.bun/bin'])('is found in ~/%s', (name) => {
    const path = program(`${name}/claude`);
    expect(findClaude(undefined, { HOME: folder })).toBe(path);
    expect(findClaude(undefined, { USERPROFILE: folder })).toBe(path);
    const first = program('bin/claude');
    expect(findClaude(undefined, inPath('bin'))).toBe(first);
  });

  it('is the native binary beside npm’s stub, also through a link', () => {
    const scope = 'lib/node_modules/@anthropic-ai';
    const stub = program(`${scope}/claude-code/bin/claude`, 'echo "claude native binary not installed"; exit 1');
    mkdirSync(join(folder, 'bin'));
    symlinkSync(stub, join(folder, 'bin', 'claude'));
    const other = program('other/claude');
    expect(findClaude(undefined, inPath('bin', 'other'))).toBe(other);
    const platformPackage = `${scope}/claude-code-${process.platform}-${process.arch}`;
    write(`${platformPackage}/package.json`, '{}');
    expect(findClaude(undefined, inPath('bin', 'other'))).toBe(join(folder, platformPackage, 'claude'));
  });

  it('is a program of the system or of ccp’s own dependencies when no folder of the user has one', () => {
    expect(findClaude(undefined, { PATH: join(folder, 'bin'), HOME: folder })).toMatch(/\/claude$/);
  });

  it('is no stub when it is as large as a real program', () => {
    const path = program('claude', `# native binary not installed ${'x'.repeat(4_096)}`);
    expect(findClaude(path, {})).toBe(path);
  });
});

describe.skipIf(process.platform === 'win32')('the version of Claude Code', () => {
  const version = (path: string, env: NodeJS.ProcessEnv = {}) => checkClaude(path, { PATH: process.env.PATH, ...env });
  /** A program that fails when it is started. */
  const broken = (name: string) => program(name, 'exit 9');
  const manifest = (name: string, json: object) => write(`${name}/package.json`, JSON.stringify(json));

  it('is read from the path of the native installer, without starting it', async () => {
    const path = broken('claude/versions/12.10.300');
    expect(await version(path)).toBe('12.10.300');
    symlinkSync(path, join(folder, 'link'));
    expect(await version(join(folder, 'link'))).toBe('12.10.300');
  });

  it.each(['@anthropic-ai/claude-code', '@anthropic-ai/claude-code-linux-x64'])(
    'is read from the package %s, without starting it',
    async (name) => {
      manifest('pack', { name, version: '2.1.250' });
      expect(await version(broken('pack/cli.js'))).toBe('2.1.250');
    },
  );

  it.each([
    ['of another package', { name: 'other', version: '2.1.250' }],
    ['without a name', { version: '2.1.250' }],
    ['without a version', { name: '@anthropic-ai/claude-code', version: 5 }],
  ])('is not read from a manifest %s but printed by the program', async (_name, json) => {
    manifest('pack', json);
    const path = program('pack/claude', '[ "$1" = --version ] && echo "$FAKE_VERSION (Claude Code)"');
    expect(await version(path, { FAKE_VERSION: '12.13.140' })).toBe('12.13.140');
  });

  it.each([
    ['claude/versions/2.1.300/x', 'is not a version'],
    ['claude/versions/v2.1.300', 'has a prefix'],
    ['claude/versions/2.1.300-beta', 'has a suffix'],
  ])('is not read from the path %s, which %s', async (name) => {
    expect(await version(program(name, 'echo 2.1.260'))).toBe('2.1.260');
  });

  it('must not be too old', async () => {
    const path = program('claude', 'echo 2.1.196');
    await expect(version(path)).rejects.toThrow(
      `Claude Code 2.1.196 at ${path} is too old: ccp needs 2.1.197 or newer. Run \`claude update\`, or set CCP_CLAUDE_PATH.`,
    );
  });

  it('must be printed by the program', async () => {
    const failing = program('failing', 'echo oops >&2; exit 9');
    await expect(version(failing)).rejects.toThrow(
      `${failing} does not answer --version (Command failed: ${failing} --version). Set CCP_CLAUDE_PATH to a working Claude Code.`,
    );
    const other = program('other', `echo; echo ${'x'.repeat(80)}`);
    await expect(version(other)).rejects.toThrow(
      `${other} does not look like Claude Code: --version printed "${'x'.repeat(60)}".`,
    );
  });

  it.each([
    ['2.1', '2.1.0', false],
    ['2.1.0', '2.1', false],
    ['2', '2.0.1', true],
    ['2.1.197', '2.1.197', false],
    ['2.1.9', '2.1.10', true],
    ['2.2.0', '2.1.999', false],
    ['1.9.9', '2.0.0', true],
  ])('%s is older than %s: %s', (one, minimum, wanted) => {
    expect(isOlder(one, minimum)).toBe(wanted);
  });
});
