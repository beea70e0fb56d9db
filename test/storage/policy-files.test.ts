/** Reading of the policy files: layers in order, and every file that cannot be used is a problem. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/platform/randomness.ts';
import {
  type PolicyPlaces,
  policyStamp,
  readOverrides,
  readPolicyFiles,
  storeOverride,
} from '../../src/storage/policy-files.ts';

let root: string;
let places: PolicyPlaces;
const isRoot = process.getuid?.() === 0;
const repositoryFile = () => join(root, 'repo', '.ccp', 'policy.json');
/** A file that the user who runs ccp cannot change: root owns it, or nobody may write to it. */
const write = (path: string, value: unknown, mode = 0o444) => {
  mkdirSync(dirname(path), { recursive: true });
  chmodSync(dirname(path), 0o755);
  rmSync(path, { force: true });
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  chmodSync(path, mode);
};
/** Takes the right to write to the system's folder. */
const seal = () => {
  for (const folder of [dirname(places.system), join(dirname(places.system), 'policy.d')])
    try {
      chmodSync(folder, 0o555);
    } catch {
      // There is none in this test.
    }
};
const read = () => {
  seal();
  return readPolicyFiles(places, sha256);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ccp-policy-'));
  places = {
    system: join(root, 'etc', 'policy.json'),
    managed: undefined,
    user: join(root, 'home', 'policy.json'),
    repositories: [join(root, 'repo', '.ccp', 'policy.json')],
  };
});
afterEach(() => {
  for (const folder of ['etc', 'etc/policy.d'])
    try {
      chmodSync(join(root, folder), 0o755);
    } catch {
      // There is none in this test.
    }
  rmSync(root, { recursive: true, force: true });
});

describe('the policy', () => {
  it('is empty without files', async () => {
    expect(await read()).toEqual({ layers: [], problems: [] });
  });

  // A file that the user owns is no policy of the system, so only root can make one here.
  it.runIf(isRoot)('has its layers from the strongest to the weakest (needs root)', async () => {
    for (const name of ['20.json', '10.json', 'note.txt'])
      write(join(root, 'etc', 'policy.d', name), name === 'note.txt' ? 'no' : { version: 1 });
    write(places.system, { version: 1, message: 'Ask.' });
    write(places.user, { version: 1 }, 0o600);
    write(repositoryFile(), { version: 1 }, 0o644);
    const managed = join(root, 'managed.json');
    write(managed, { version: 1 }, 0o644);
    places = { ...places, managed };
    const { layers, problems } = await read();
    expect(problems).toEqual([]);
    expect(layers.map(({ kind, path }) => [kind, path.slice(root.length + 1)])).toEqual([
      ['system', 'etc/policy.json'],
      ['system', 'etc/policy.d/10.json'],
      ['system', 'etc/policy.d/20.json'],
      ['managed', 'managed.json'],
      ['user', 'home/policy.json'],
      ['repository', 'repo/.ccp/policy.json'],
    ]);
    expect(layers[0]).toMatchObject({
      document: { version: 1, message: 'Ask.' },
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /must be a JSON object/],
    ['a list', '[]', /must be a JSON object/],
    ['no version', {}, /^version /],
    ['a newer version', { version: 2, anything: 1 }, /^version is 2, which this version of ccp does not know/],
    ['an unknown member', { version: 1, rulez: [] }, /^rulez is not a member of a policy \(did you mean rules\?\)/],
    [
      'an unknown member of a rule',
      { version: 1, rules: [{ effect: 'deny', model: ['x'] }] },
      /^rules\[0\]\.model is not a member.*models/,
    ],
    [
      'an unknown class',
      { version: 1, rules: [{ effect: 'deny', classes: ['turns'] }] },
      /^rules\[0\]\.classes\[0\] must be one of main, fast/,
    ],
    ['a range that is none', { version: 1, claudeCode: 'newest' }, /^claudeCode must be a range/],
    ['a trailer that is none', { version: 1, commitTrailer: 'by a model' }, /^commitTrailer /],
    ['a foreign member name', '{"version":1,"__proto__":{}}', /is not a valid name/],
    ['deep nesting', '['.repeat(5_000), /must be a JSON object/],
  ])('with %s cannot be used, and says where', async (_name, value, message) => {
    write(repositoryFile(), value, 0o644);
    const { layers, problems } = await read();
    expect(layers).toEqual([]);
    expect(problems).toEqual([{ path: repositoryFile(), message: expect.stringMatching(message) }]);
  });

  it('with a folder, a directory in place of a file, or a file that is missing though it was named, cannot be used', async () => {
    mkdirSync(places.user, { recursive: true });
    places = { ...places, managed: join(root, 'gone.json') };
    write(join(root, 'etc', 'policy.d'), 'a file');
    const { problems } = await read();
    expect(problems.map(({ path }) => path.slice(root.length + 1)).sort()).toEqual([
      'etc/policy.d',
      'gone.json',
      'home/policy.json',
    ]);
    expect(problems.map(({ message }) => message).join('\n')).toContain(
      'CCP_MANAGED_POLICY names it, and it is missing.',
    );
  });

  it.runIf(!isRoot && process.platform !== 'win32')(
    'that nobody may read cannot be used (needs an ordinary user)',
    async () => {
      write(repositoryFile(), { version: 1 }, 0o000);
      expect((await read()).problems).toMatchObject([
        { path: repositoryFile(), message: expect.stringContaining('EACCES') },
      ]);
    },
  );
});

describe.runIf(process.platform !== 'win32')('the system’s policy', () => {
  it.runIf(!isRoot)('is none when the user owns it, whatever its mode is (needs an ordinary user)', async () => {
    write(places.system, { version: 1 }, 0o444);
    expect((await read()).problems).toMatchObject([
      { message: expect.stringContaining(`You can change ${places.system}`) },
    ]);
  });

  it.runIf(isRoot)(
    'is none when others can change it, or the folder in which it could be replaced (needs root)',
    async () => {
      write(places.system, { version: 1 }, 0o666);
      expect((await read()).problems).toMatchObject([
        { message: expect.stringContaining(`You can change ${places.system}`) },
      ]);
      write(places.system, { version: 1 }, 0o444);
      chmodSync(dirname(places.system), 0o777);
      const { problems } = await readPolicyFiles(places, sha256);
      expect(problems).toMatchObject([
        { message: expect.stringContaining(`You can change ${dirname(places.system)}`) },
      ]);
      expect((await read()).problems).toEqual([]);
    },
  );

  it.runIf(isRoot)(
    'may be a link to a file that the user cannot change, and not to another one (needs root)',
    async () => {
      const target = join(root, 'etc', 'real.json');
      write(target, { version: 1 }, 0o666);
      symlinkSync(target, places.system);
      expect((await read()).problems).toHaveLength(1);
      chmodSync(target, 0o444);
      expect((await read()).problems).toEqual([]);
    },
  );
});

it('the stamp changes with every file and folder, also when one appears or goes', () => {
  const stamp = () => policyStamp(places, join(root, 'overrides.json'));
  const stamps = [stamp()];
  const next = () => {
    stamps.push(stamp());
    return stamps.at(-1);
  };
  write(repositoryFile(), { version: 1 }, 0o644);
  next();
  write(repositoryFile(), { version: 1, message: 'x' }, 0o644);
  next();
  write(join(root, 'etc', 'policy.d', 'a.json'), { version: 1 });
  next();
  storeOverride(join(root, 'overrides.json'), { path: '/p', rule: 'r', until: 5, reason: 'because', hash: 'h' }, 1);
  next();
  rmSync(repositoryFile());
  next();
  expect(new Set(stamps).size).toBe(6);
  expect(stamp()).toBe(stamps.at(-1));
});

it('what was lifted is kept by file and rule until its time, and a foreign file lifts nothing', () => {
  const file = join(root, 'state', 'overrides.json');
  const one = { path: '/p', rule: 'r', until: 100, reason: 'because', hash: 'h' };
  storeOverride(file, one, 1);
  storeOverride(file, { ...one, rule: 'r2', until: 50 }, 1);
  storeOverride(file, { ...one, until: 200 }, 60);
  expect(readOverrides(file)).toEqual([{ ...one, until: 200 }]);
  for (const text of ['', 'no', '[]', '{"overrides":[{"path":"/p","rule":"r","until":"soon"}]}']) {
    writeFileSync(file, text);
    expect(readOverrides(file)).toEqual([]);
  }
  expect(readOverrides(join(root, 'nothing'))).toEqual([]);
});
