/** A real Secret Service: gnome-keyring on a separate message bus. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuthServer } from '../support/auth-server.ts';
import { ccp, type Home } from '../support/home.ts';
import { runCcp } from '../support/run.ts';
import { credentialFile, homeWithout, storedIn } from '../support/signed-in.ts';

const has = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const service = has('dbus-run-session') && has('gnome-keyring-daemon');
if (!service)
  process.stdout.write('There is no dbus-run-session or no gnome-keyring-daemon: the keychain tests are skipped.\n');

/** Without libsecret the keychain library does not load and never connects to the bus. */
const hasLibsecret =
  spawnSync(process.execPath, ['-e', "import('keytar').then(() => process.exit(0), () => process.exit(1))"]).status ===
  0;
if (!hasLibsecret) process.stdout.write('There is no libsecret: the test of a mute message bus is skipped.\n');

let auth: AuthServer;
let home: Home;

beforeEach(async () => {
  auth = await AuthServer.start();
  home = homeWithout(auth);
  home.env.CCP_KEYCHAIN = 'auto';
});

afterEach(async () => {
  home.remove();
  await auth.stop();
});

const key = 'sk-fake-key-of-no-value';

/** Runs a shell script in a session with a keyring. `$CCP` is the ccp command. */
function inSession(script: string, unlocked: boolean): Promise<{ code: number | null; out: string }> {
  const data = join(home.home, '.local', 'share');
  mkdirSync(data, { recursive: true });
  mkdirSync(join(home.home, 'run'), { recursive: true, mode: 0o700 });
  const daemon = unlocked
    ? "printf 'fake-password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
    : 'gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1';
  return new Promise((resolve) => {
    const child = spawn('dbus-run-session', ['--', 'sh', '-c', `${daemon}\n${script}\nexit 0`], {
      cwd: home.project,
      env: {
        ...home.env,
        XDG_DATA_HOME: data,
        XDG_RUNTIME_DIR: join(home.home, 'run'),
        CCP: `${process.execPath} ${ccp}`,
        KEY: '',
      },
    });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (out += text));
    child.stdin.end();
    child.on('close', (code) => resolve({ code, out }));
  });
}

describe.skipIf(!service)('a real keychain (needs a Secret Service)', () => {
  it('stores the key, so that the file alone is unreadable, and works across processes', async () => {
    const { out } = await inSession(`echo ${key} | $CCP auth login openai; $CCP auth status openai`, true);
    expect(out).toContain('kept sealed, its key in the keychain');
    expect(out).toMatch(/openai +yes +API key · sealed with the keychain/);
    expect(storedIn(home, 'openai')).toMatchObject({ version: 1, type: 'sealed' });
    expect(readFileSync(credentialFile(home, 'openai'), 'utf8')).not.toContain('sk-');
    // A new session, the same keyring.
    expect(
      (await inSession('$CCP auth status openai; $CCP auth logout openai; $CCP auth status openai', true)).out,
    ).toMatch(/sealed with the keychain\nSigned out of openai\.\nopenai +no/);
  });

  it('stores one key for concurrent logins', async () => {
    const all = ['openai', 'openrouter', 'deepseek'];
    const { out } = await inSession(
      `for one in ${all.join(' ')}; do echo ${key} | $CCP auth login $one & done; wait; for one in ${all.join(' ')}; do $CCP auth status $one; done`,
      true,
    );
    for (const one of all) expect(out).toMatch(new RegExp(`${one} +yes +API key · sealed`));
  });

  it('that is locked reports the login as locked, not as missing, and works again when unlocked', async () => {
    await inSession(`echo ${key} | $CCP auth login openai`, true);
    const before = readFileSync(credentialFile(home, 'openai'), 'utf8');
    const { out } = await inSession(`$CCP auth status openai; echo other | $CCP auth login kimi --api-key`, false);
    expect(out).toMatch(/openai +locked +The login for openai is there/);
    expect(out).toMatch(/The keychain cannot be used now/);
    expect(readFileSync(credentialFile(home, 'openai'), 'utf8')).toBe(before);
    expect((await inSession('$CCP auth status openai', true)).out).toMatch(/openai +yes/);
  });

  it('seals an existing plain file, and restores it with CCP_KEYCHAIN=off', async () => {
    mkdirSync(join(credentialFile(home, 'openai'), '..'), { recursive: true, mode: 0o700 });
    writeFileSync(
      credentialFile(home, 'openai'),
      JSON.stringify({ version: 1, type: 'api-key', apiKey: key, note: 'mine' }),
    );
    expect((await inSession('$CCP auth status openai', true)).out).toContain('was sealed with the keychain');
    expect(storedIn(home, 'openai')).toMatchObject({ type: 'sealed' });
    expect((await inSession('CCP_KEYCHAIN=off $CCP auth status openai', true)).out).toContain(
      'was moved out of the keychain',
    );
    expect(storedIn(home, 'openai')).toEqual({ version: 1, type: 'api-key', apiKey: key, note: 'mine' });
  });
});

describe('without a keychain', () => {
  it('a login is stored in a plain file with a notice', async () => {
    const { err, code } = await runCcp(home, ['auth', 'login', 'openai'], { input: key });
    expect(code).toBe(0);
    expect(err).toMatch(/There is no keychain to use \(.+\): the login will be kept in a file that only you can read/);
    expect(storedIn(home, 'openai')).toMatchObject({ apiKey: key });
  });

  it.skipIf(process.platform !== 'linux' || !hasLibsecret)(
    'a bus that accepts connections and never answers only delays the login (needs libsecret)',
    async () => {
      const path = join(home.home, 'mute');
      const mute = createServer(() => {});
      await new Promise<void>((resolve) => mute.listen(path, resolve));
      const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` };
      const startedAt = performance.now();
      const { err, code } = await runCcp(home, ['auth', 'login', 'openai'], { input: key, env });
      expect(code).toBe(0);
      expect(err).toContain('it did not answer within 3 s');
      expect(performance.now() - startedAt).toBeLessThan(15_000);
      mute.close();
    },
  );
});
