import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const module = new URL('../../src/platform/own-environment.ts', import.meta.url).pathname;

/** Runs code in a process of its own, whose environment is not shared with other tests. */
const inProcess = async (env: Record<string, string>, code: string): Promise<unknown> => {
  const source = `import { readFileSync } from 'node:fs'; import { execFileSync } from 'node:child_process';
    import { eraseFromEnvironment } from ${JSON.stringify(module)};
    const read = () => readFileSync('/proc/self/environ', 'latin1');
    process.stdout.write(JSON.stringify(${code}));`;
  const { stdout } = await execa(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
    env: { PATH: process.env.PATH ?? '', ...env },
    extendEnv: false,
    cwd: new URL('../..', import.meta.url),
  });
  return JSON.parse(stdout);
};

describe.skipIf(process.platform !== 'linux')('variables that are erased', () => {
  const env = { BEFORE: 'one', FAKE_API_KEY: 'sk-fake-ü-of-no-value', FAKE_API_KEY_NAME: 'two', AFTER: 'three' };

  it('vanish from /proc, from this process and from its children; others stay', async () => {
    expect(
      await inProcess(
        env,
        `[eraseFromEnvironment(['FAKE_API_KEY', 'NOT_SET']), process.env.FAKE_API_KEY ?? null,
          read().includes('sk-fake'), read().includes('FAKE_API_KEY='), read().includes('FAKE_API_KEY_NAME=two'),
          ['BEFORE', 'FAKE_API_KEY_NAME', 'AFTER'].map((name) => process.env[name]),
          execFileSync('env').toString().includes('sk-fake')]`,
      ),
    ).toEqual([true, null, false, false, true, ['one', 'two', 'three'], false]);
  });

  it('that are not set change nothing', async () => {
    expect(await inProcess(env, `[eraseFromEnvironment(['NOT_SET']), read().includes('sk-fake')]`)).toEqual([
      true,
      true,
    ]);
  });
});
