/** Each checker must detect the faults that it checks for. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generatedFiles } from '../../bin/generated.mts';
import { errorTable } from '../../src/errors/table.ts';
// @ts-expect-error: plain JavaScript without types.
import { checkLayers } from './layers.mjs';
// @ts-expect-error: plain JavaScript without types.
import { checkLockfile } from './lockfile.mjs';

const root = new URL('../../', import.meta.url).pathname;
let tree: string;

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'ccp-checks-'));
  mkdirSync(join(tree, 'components'));
});
afterEach(() => rmSync(tree, { recursive: true, force: true }));

const put = (name: string, text: string) => {
  mkdirSync(dirname(join(tree, name)), { recursive: true });
  writeFileSync(join(tree, name), text);
};
const layerFaults = (): string => checkLayers(tree).faults.join('\n');

describe('the layer checker', () => {
  it('accepts this source tree', () => {
    expect(checkLayers(root).faults).toEqual([]);
    expect(checkLayers(root).files).toBeGreaterThan(100);
  });

  it.each([
    [
      'an import of a higher layer',
      'src/translate/a.ts',
      "import { x } from '../proxy/b.ts';",
      /layer 1 imports proxy/,
    ],
    [
      'a package imported outside its folder',
      'src/cli/a.ts',
      "import Fastify from 'fastify';",
      /fastify stays in proxy/,
    ],
    [
      'a dynamic import outside its folder',
      'src/launch/a.ts',
      "const ink = await import('ink');",
      /ink stays in components/,
    ],
    [
      'a Node module in pure code',
      'src/session/a.ts',
      "import { readFileSync } from 'node:fs';",
      /pure code imports node:fs/,
    ],
    ['a clock in pure code', 'src/routing/a.ts', 'export const now = Date.now();', /pure code uses Date.now/],
    [
      'process.env outside platform',
      'src/proxy/a.ts',
      'export const x = process.env.HOME;',
      /process.env belongs to platform/,
    ],
    [
      'a component that imports more than session',
      'components/a.tsx',
      "import { x } from '../src/proxy/b.ts';",
      /session only, not proxy/,
    ],
    ['drill imported outside app', 'src/proxy/a.ts', "import { x } from '../drill/b.ts';", /only app may use drill/],
    ['a default export', 'src/cli/a.ts', 'export default 1;', /no default exports/],
    [
      'dialects that import each other',
      'src/translate/dialects/chat/a.ts',
      "import { x } from '../responses/b.ts';",
      /dialects never import/,
    ],
    [
      'a dialect with a missing file',
      'src/translate/dialects/chat/a.ts',
      'export {};',
      /every dialect has a file stream.ts/,
    ],
    [
      'shared translation code that imports a dialect',
      'src/translate/anthropic/a.ts',
      "import { x } from '../dialects/chat/b.ts';",
      /anthropic imports a dialect/,
    ],
    [
      'a comparison with an upstream name',
      'src/proxy/a.ts',
      "export const f = (name: string) => name === 'codex';",
      /compares with the upstream name 'codex'/,
    ],
    ['a folder without a layer', 'src/utils/a.ts', 'export {};', /has no layer/],
  ])('finds %s', (_name, file, text, wanted) => {
    put('src/upstreams/definitions/a.ts', "export const a = {\n  name: 'codex',\n};");
    mkdirSync(join(tree, 'src/translate/dialects/responses'), { recursive: true });
    put(file, text);
    expect(layerFaults()).toMatch(wanted);
  });

  it('finds an import cycle', () => {
    put('src/cli/a.ts', "import { b } from './b.ts';");
    put('src/cli/b.ts', "import { a } from './a.ts';");
    expect(layerFaults()).toMatch(/import cycle: src\/cli\/a.ts → src\/cli\/b.ts → src\/cli\/a.ts/);
  });
});

describe('the folder checker', () => {
  it('finds folders that import each other', () => {
    put('src/ledger/a.ts', "import { b } from '../session/b.ts';");
    put('src/session/b.ts', 'export const b = 1;');
    put('src/session/c.ts', "import { d } from '../ledger/d.ts';");
    put('src/ledger/d.ts', 'export const d = 1;');
    expect(layerFaults()).toMatch(/folder cycle through (?:ledger|session)/);
  });
});

describe('the lockfile checker', () => {
  it.each([
    [
      'a missing platform package',
      (lock: any) => delete lock.packages['node_modules/@lydell/node-pty-win32-x64'],
      /node-pty-win32-x64 is not in the lockfile/,
    ],
    [
      'a download URL',
      (lock: any) => (lock.packages['node_modules/ink'].resolved = 'https://example.org/ink.tgz'),
      /has a download address/,
    ],
  ])('finds %s', (_name, damage, wanted) => {
    for (const name of ['package.json', '.npmrc']) cpSync(join(root, name), join(tree, name));
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    damage(lock);
    put('package-lock.json', JSON.stringify(lock));
    expect(checkLockfile(tree).faults.join('\n')).toMatch(wanted);
  });
});

describe('generated and duplicated documents', () => {
  it('include a row in docs/errors.md for each error, with its status and type', () => {
    const text = readFileSync(join(root, 'docs/errors.md'), 'utf8');
    for (const [code, row] of Object.entries(errorTable))
      expect(text).toContain(`| \`${code}\` | ${row.status} | \`${row.type}\` | \`${row.streamType}\` |`);
    expect(text.match(/^\| `/gm)).toHaveLength(Object.keys(errorTable).length);
  });

  it('match the settings schema: the JSON Schemas and docs/settings.md', () => {
    for (const [name, text] of generatedFiles(root)) expect(readFileSync(join(root, name), 'utf8'), name).toBe(text);
  });
});
