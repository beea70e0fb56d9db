import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors/user-error.ts';
import { type Paths, pathsOf } from '../../src/platform/paths.ts';
import { readSettingsFile, removeSetting, storeSetting } from '../../src/storage/settings-file.ts';

let folder: string;
let paths: Paths;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-settings-'));
  paths = pathsOf({ HOME: folder, XDG_CONFIG_HOME: folder, APPDATA: folder });
  mkdirSync(paths.configDir);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (text: string) => writeFileSync(paths.configFile, text);
const stored = () => JSON.parse(readFileSync(paths.configFile, 'utf8'));
const tooDeep = `{"routes":${'['.repeat(200)}${']'.repeat(200)}}`;

/** Texts that are never overwritten, and their error messages after the name of the file. */
const invalidFiles: [string, string, string][] = [
  ['is truncated', '{\n  "port": 5,\n', ', line 3 is not valid JSON: PropertyNameExpected. Fix it or move it aside.'],
  [
    'has a wrong value in line 2',
    '{\n  "port": x\n}',
    ', line 2 is not valid JSON: InvalidSymbol. Fix it or move it aside.',
  ],
  ['is an array', '[]', ' is not valid JSON: it is not a JSON object. Fix it or move it aside.'],
  ['is nested too deep', tooDeep, ' is nested too deep. Fix it or move it aside.'],
];

describe('the settings file', () => {
  it('is read, and is empty when it is missing', async () => {
    expect(await readSettingsFile(paths)).toEqual({});
    write('{"port":8080}');
    expect(await readSettingsFile(paths)).toEqual({ port: 8080 });
  });

  it.each(invalidFiles)('is rejected, and not overwritten, when it %s', async (_name, text, wanted) => {
    write(text);
    const error = new UserError(`The settings file ${paths.configFile}${wanted}`);
    await expect(readSettingsFile(paths)).rejects.toEqual(error);
    await expect(storeSetting(paths, 'port', 8080)).rejects.toEqual(error);
    await expect(removeSetting(paths, 'port')).rejects.toEqual(error);
    expect(readFileSync(paths.configFile, 'utf8')).toBe(text);
  });

  it.each([
    [
      'a value',
      '{\n\n  "port": "x"\n}',
      /, line 3: port must .*\. Fix it, or remove it with `ccp config unset port`\.$/,
    ],
    ['a name', '{\n\n"nothing": 1}', /, line 3: nothing is not a setting\. .* `ccp config unset nothing`\.$/],
  ])('is rejected with the line of the first invalid setting: %s', async (_name, text, wanted) => {
    write(text);
    await expect(readSettingsFile(paths)).rejects.toMatchObject({ message: expect.stringMatching(wanted) });
  });

  it('is rejected with the reason when it cannot be read', async () => {
    mkdirSync(paths.configFile);
    await expect(readSettingsFile(paths)).rejects.toThrow(
      new RegExp(`^The settings file ${paths.configFile} cannot be read: EISDIR.*\\.$`),
    );
  });
});

describe('a change of a setting', () => {
  it('keeps the others, in a file for its owner only', async () => {
    await storeSetting(paths, 'port', 8080);
    await storeSetting(paths, 'claudePath', '/opt/claude');
    expect(stored()).toEqual({ port: 8080, claudePath: '/opt/claude' });
    if (process.platform !== 'win32') expect(statSync(paths.configFile).mode & 0o777).toBe(0o600);
    await storeSetting(paths, 'port', 9090);
    await removeSetting(paths, 'claudePath');
    await removeSetting(paths, 'unknown');
    expect(stored()).toEqual({ port: 9090 });
    expect(existsSync(`${paths.configFile}.lock`)).toBe(false);
  });

  it('is rejected when the value is invalid, and ignores other invalid settings', async () => {
    write('{"nothing":1}');
    await expect(storeSetting(paths, 'port', 'x')).rejects.toThrow(/^port must .*\.$/);
    expect(stored()).toEqual({ nothing: 1 });
    await storeSetting(paths, 'port', 8080);
    expect(stored()).toEqual({ nothing: 1, port: 8080 });
    await removeSetting(paths, 'nothing');
    expect(await readSettingsFile(paths)).toEqual({ port: 8080 });
  });

  it('treats a dot in a name as part of it', async () => {
    write('{"a.b":1,"a":{"b":2}}');
    await removeSetting(paths, 'a.b');
    expect(stored()).toEqual({ a: { b: 2 } });
  });

  it('is not lost when several are made at the same time', async () => {
    await Promise.all([storeSetting(paths, 'port', 8080), storeSetting(paths, 'claudePath', '/opt/claude')]);
    expect(stored()).toEqual({ port: 8080, claudePath: '/opt/claude' });
  });
});
