import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeAtomic } from '../../src/storage/atomic-file.ts';
import { readBorder, storeBorder } from '../../src/storage/layout-memory.ts';
import { readModelCache, readModelLists, storeModelList } from '../../src/storage/model-cache.ts';
import { readPrices } from '../../src/storage/prices-file.ts';
import { type RunFile, readRuns, removeRun, writeRun } from '../../src/storage/run-files.ts';
import { removeStatusLine, statusLineFile, writeStatusLine } from '../../src/storage/status-line-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('a file that is written atomically', () => {
  it('replaces the previous text, with access for its owner only', () => {
    const path = join(folder, 'deep', 'file');
    writeAtomic(path, 'old');
    writeAtomic(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(dirname(path))).toEqual(['file']);
    if (process.platform === 'win32') return;
    expect(modeOf(path)).toBe(0o600);
    expect(modeOf(dirname(path))).toBe(0o700);
  });

  it('leaves no temporary file when it cannot be written', () => {
    mkdirSync(join(folder, 'taken', 'inner'), { recursive: true });
    expect(() => writeAtomic(join(folder, 'taken'), 'text')).toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  it('is reported with the reason when the temporary file cannot be created', () => {
    expect(() => writeAtomic(`${folder}/missing/`, 'text')).toThrow(/ENOENT.*, open/);
  });
});

describe('the stored screen arrangement', () => {
  it('is that of the terminal size', () => {
    storeBorder(folder, 120, 40, { sideCols: 38, stripRows: 4 });
    storeBorder(folder, 80, 24, { stripRows: 5 });
    storeBorder(folder, 120, 40, { sideCols: 40 });
    expect(readBorder(folder, 120, 40)).toEqual({ sideCols: 40, stripRows: undefined });
    expect(readBorder(folder, 80, 24)).toEqual({ sideCols: undefined, stripRows: 5 });
    expect(readBorder(folder, 24, 80)).toEqual({});
  });

  it.each([
    ['no JSON', '{"120x40":'],
    ['no object', '[1]'],
    ['an unknown layout', '{"120x40":{"layout":"top"}}'],
    ['an entry of another type', '{"120x40":"side"}'],
  ])('does not exist in a file with %s, and replaces it', (_name, text) => {
    write('layouts.json', text);
    expect(readBorder(folder, 120, 40)).toEqual({});
    storeBorder(folder, 120, 40, { stripRows: 3 });
    expect(readBorder(folder, 120, 40).stripRows).toBe(3);
  });

  it('omits members of another type', () => {
    write('layouts.json', '{"120x40":{"layout":"side","sideCols":"38","stripRows":4}}');
    expect(readBorder(folder, 120, 40)).toEqual({ sideCols: undefined, stripRows: 4 });
  });

  it('is kept for the fifty newest sizes', () => {
    const store = (cols: number) => storeBorder(folder, cols, 40, { sideCols: 40 });
    for (const cols of [100, 101, 100]) store(cols);
    for (let cols = 102; cols <= 150; cols++) store(cols);
    const text = readFileSync(join(folder, 'layouts.json'), 'utf8');
    expect(Object.keys(JSON.parse(text))).toHaveLength(50);
    expect(text.endsWith('}\n')).toBe(true);
    expect([100, 101, 102, 150].map((cols) => readBorder(folder, cols, 40).sideCols)).toEqual([40, undefined, 40, 40]);
  });

  it('is not stored, without an error, when the file cannot be written', () => {
    const path = write('file', '');
    expect(() => storeBorder(path, 80, 24, { stripRows: 4 })).not.toThrow();
    expect(readBorder(path, 80, 24)).toEqual({});
  });
});

describe('the cache of model lists', () => {
  const kimi = { at: '2026-11-20T10:00:00.000Z', etag: '"e"', models: [{ upstream: 'kimi', id: 'k2.6' }] };
  const codex = { at: '2026-11-21T10:00:00.000Z', etag: undefined, models: [{ upstream: 'codex', id: 'heron-1' }] };

  it('returns each stored list, and the models of all', () => {
    expect(readModelLists(folder)).toEqual({});
    storeModelList(folder, 'kimi', { ...kimi, models: [] });
    storeModelList(folder, 'codex', codex);
    storeModelList(folder, 'kimi', kimi);
    expect(readModelLists(folder)).toEqual({ kimi, codex });
    expect(readModelCache(folder)).toEqual([...kimi.models, ...codex.models]);
    const text = readFileSync(join(folder, 'models.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ version: 1 });
    expect(text.endsWith('}\n')).toBe(true);
  });

  it.each([
    ['no JSON', '{"lists":', {}],
    ['no lists', '{"version":1}', {}],
    ['a list of another type', '{"lists":{"kimi":[1],"codex":null}}', {}],
    [
      'members of another type',
      '{"lists":{"kimi":{"at":5,"etag":6,"models":[{"id":"k2.6","upstream":"other"},{"id":5},"x"]}}}',
      { kimi: { at: '', etag: undefined, models: [{ upstream: 'kimi', id: 'k2.6' }] } },
    ],
  ])('ignores %s', (_name, text, wanted) => {
    write('models.json', text);
    expect(readModelLists(folder)).toEqual(wanted);
  });
});

describe('the prices file', () => {
  it('is optional', () => {
    expect(readPrices(undefined)).toEqual([]);
  });

  it('contains the price of each model', () => {
    const path = write(
      'prices.json',
      '{"prices":{"kimi/k2.6":{"input":1,"output":2},"codex/a/b":{"input":3,"output":4}}}',
    );
    expect(readPrices(path)).toMatchObject([
      { upstream: 'kimi', id: 'k2.6', price: { input: 1, output: 2 } },
      { upstream: 'codex', id: 'a/b', price: { input: 3, output: 4 } },
    ]);
  });

  const shape = ' must look like {"prices":{"UPSTREAM/MODEL":{"input":5,"output":30}}}.';
  it.each([
    ['is no JSON', '{"prices":', shape],
    ['is no object', '[]', shape],
    ['has no prices', '{"price":{}}', shape],
    ['has prices of another type', '{"prices":[]}', shape],
    [
      'has a row without an output price',
      '{"prices":{"kimi/k2.6":{"input":1,"output":2},"kimi/x":{"input":1}}}',
      ': "kimi/x" must be UPSTREAM/MODEL with "input" and "output" in dollars per million tokens.',
    ],
  ])('is rejected when it %s', (_name, text, wanted) => {
    const path = write('prices.json', text);
    expect(() => readPrices(path)).toThrow(`The prices file ${path}${wanted}`);
  });

  it('is rejected with the reason when it cannot be read', () => {
    const path = join(folder, 'nowhere');
    expect(() => readPrices(path)).toThrow(
      new RegExp(`^The prices file ${path} cannot be read \\(ENOENT.*\\)\\. Fix CCP_PRICES_FILE, or unset it\\.$`),
    );
  });
});

describe('the file of a running session', () => {
  const run = (startedAt: string, extra: Partial<RunFile> = {}): RunFile => ({
    version: 1,
    pid: process.pid,
    url: 'http://127.0.0.1:1',
    kind: 'serve',
    secret: 'fake-secret',
    controlToken: 'fake-control-token',
    startedAt,
    ...extra,
  });
  /** No process has this id: it is above the limit of the system. */
  const deadPid = 2 ** 30;

  it('is returned with the others of its folder, oldest first', () => {
    writeRun(folder, 's-new', run('2026-11-21'));
    writeRun(folder, 's-old', run('2026-11-20', { kind: 'launch' }));
    writeRun(folder, 's-newest', run('2026-11-22'));
    write('notes.txt', JSON.stringify(run('2026-11-19')));
    expect(readRuns(folder)).toEqual([
      { session: 's-old', ...run('2026-11-20', { kind: 'launch' }) },
      { session: 's-new', ...run('2026-11-21') },
      { session: 's-newest', ...run('2026-11-22') },
    ]);
    expect(readFileSync(join(folder, 's-new.json'), 'utf8').endsWith('}\n')).toBe(true);
    expect(readRuns(join(folder, 'nowhere'))).toEqual([]);
  });

  it('is removed with its status line when its process has ended, and other files are kept', () => {
    writeRun(folder, 's-dead', run('2026-11-20', { pid: deadPid }));
    writeStatusLine(folder, 's-dead', 'ccp');
    write('foreign.json', '{"pid":1}');
    expect(readRuns(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual(['foreign.json']);
  });

  it.each([
    ['is returned when its process belongs to another user', 'EPERM', 1],
    ['is not returned when its process has ended', 'ESRCH', 0],
  ])('%s', (_name, code, wanted) => {
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill'), { code });
    });
    try {
      writeRun(folder, 's-one', run('2026-11-20'));
      expect(readRuns(folder)).toHaveLength(wanted);
    } finally {
      kill.mockRestore();
    }
  });

  it('is removed with its status line at the end of the session', () => {
    writeRun(folder, 's-one', run('2026-11-20'));
    writeStatusLine(folder, 's-one', 'ccp');
    writeRun(folder, 's-two', run('2026-11-20'));
    removeRun(folder, 's-one');
    removeRun(folder, 's-one');
    expect(readdirSync(folder)).toEqual(['s-two.json']);
  });

  it.each(['pid', 'url', 'secret', 'controlToken'])('is ignored without the member %s', (name) => {
    write('s-one.json', JSON.stringify({ ...run('2026-11-20'), [name]: undefined }));
    expect(readRuns(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual(['s-one.json']);
  });

  it('is ignored when it is no JSON object or cannot be read', () => {
    write('s-torn.json', '{"pid":');
    write('s-array.json', '[1]');
    mkdirSync(join(folder, 's-folder.json'));
    expect(readRuns(folder)).toEqual([]);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('is that of a launch from an unknown time unless it says otherwise', () => {
    write('s-one.json', JSON.stringify({ ...run('2026-11-20'), kind: 'x', startedAt: 5 }));
    expect(readRuns(folder)).toMatchObject([{ kind: 'launch', startedAt: '' }]);
  });
});

describe('the file of a status line', () => {
  it('contains the newest line until it is removed', () => {
    writeStatusLine(folder, 's-one', 'first');
    writeStatusLine(folder, 's-one', 'second');
    const path = statusLineFile(folder, 's-one');
    expect(readFileSync(path, 'utf8')).toBe('second\n');
    removeStatusLine(folder, 's-one');
    expect(existsSync(path)).toBe(false);
    expect(() => removeStatusLine(folder, 's-one')).not.toThrow();
  });

  it('is not written, without an error, when the folder is a file', () => {
    const path = write('file', 'text');
    expect(() => writeStatusLine(path, 's-one', 'line')).not.toThrow();
    expect(readFileSync(path, 'utf8')).toBe('text');
  });
});
