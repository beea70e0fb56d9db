/** Files of a repository are someone else's: no device, FIFO or endless file may stop a launch. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withSettings } from '../../src/launch/claude-settings.ts';
import { sha256 } from '../../src/platform/randomness.ts';
import { repositoryOf } from '../../src/platform/repository.ts';
import { readSmallFile } from '../../src/platform/small-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === 'win32')('a small file', () => {
  it.each([
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path])],
    ['an endless device', (path: string) => symlinkSync('/dev/zero', path)],
    ['a folder', (path: string) => mkdirSync(path)],
    ['more than 1 MiB', (path: string) => writeFileSync(path, 'x'.repeat(1024 * 1024 + 1))],
    ['missing', () => {}],
  ])('is not read when it is %s', (_name, make) => {
    make(join(folder, 'file'));
    expect(readSmallFile(join(folder, 'file'))).toBeUndefined();
  });

  it('is read up to 1 MiB, also through a link', () => {
    writeFileSync(join(folder, 'file'), 'text');
    symlinkSync(join(folder, 'file'), join(folder, 'link'));
    expect(readSmallFile(join(folder, 'link'))).toBe('text');
  });
});

describe.skipIf(process.platform === 'win32')('a repository with hostile files', () => {
  it('has a name, and its settings are ignored', () => {
    for (const name of ['.git', '.claude']) mkdirSync(join(folder, name));
    symlinkSync('/dev/zero', join(folder, '.git', 'config'));
    execFileSync('mkfifo', [join(folder, '.claude', 'settings.json')]);
    symlinkSync('/dev/zero', join(folder, '.claude', 'settings.local.json'));
    expect(repositoryOf(folder, sha256).name).toMatch(/^path:/);
    expect(withSettings([], { HOME: folder }, folder).settings?.permissions).toEqual({ defaultMode: 'default' });
  });

  it('has a name without control characters', () => {
    mkdirSync(join(folder, '.git'));
    writeFileSync(
      join(folder, '.git', 'config'),
      '[remote "origin"]\n\turl = https://example.org/a/\x1b]52\x07c\x07eA==\x07b\n',
    );
    expect(repositoryOf(folder, sha256).name).toBe('example.org/a/ ]52 c eA== b');
  });
});
