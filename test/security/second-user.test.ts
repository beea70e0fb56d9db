/**
 * Probes of another user of the machine. They need root, which starts processes as that user; elsewhere they are
 * skipped.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ccp } from '../support/home.ts';

const [user, userId] = ['ccp-probe', '64537'];
const key = 'sk-fake-key-of-a-first-user-of-no-value';

/** Root can become any user id; the account only gives it a name. */
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const canSwitchUser = isRoot && works('setpriv', ['--version']);

function works(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs a shell script as the other user. @returns its output; a failure of a command in it is no error. */
const asOther = (script: string): string =>
  execFileSync(
    'setpriv',
    ['--reuid', userId, '--regid', userId, '--clear-groups', '--inh-caps=-all', 'sh', '-c', `${script}; true`],
    {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: '/', USER: user },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    },
  );

describe.skipIf(!canSwitchUser)('another user of the machine (needs root)', () => {
  let base: string;
  let serving: ReturnType<typeof start>;
  let line: { url: string; pid: number; token: string; controlToken: string };

  const env = () => ({
    PATH: process.env.PATH ?? '',
    HOME: base,
    XDG_CONFIG_HOME: join(base, '.config'),
    XDG_STATE_HOME: join(base, '.state'),
    XDG_CACHE_HOME: join(base, '.cache'),
    CCP_KEYCHAIN: 'off',
    CCP_CODEX_BASE_URL: 'http://127.0.0.1:1',
    CCP_CODEX_ACCESS_TOKEN: 'fake-token-of-no-value',
    OPENAI_API_KEY: key,
  });
  const start = () =>
    execa(process.execPath, [ccp, 'serve', '--port', '0', '--json'], {
      env: env(),
      extendEnv: false,
      cwd: base,
      reject: false,
      buffer: false,
    });
  const run = (args: readonly string[], input?: string) =>
    execa(process.execPath, [ccp, ...args], {
      env: env(),
      extendEnv: false,
      cwd: base,
      reject: false,
      ...(input === undefined ? {} : { input }),
    });

  beforeAll(async () => {
    // Only the modes that ccp sets itself protect its files: every folder above them can be entered by all.
    base = mkdtempSync(join(tmpdir(), 'ccp-second-user-'));
    chmodSync(base, 0o755);
    for (const name of ['.config', '.state', '.cache']) mkdirSync(join(base, name), { mode: 0o755 });
    await run(['auth', 'login', 'openai', '--api-key'], `${key}\n`);
    await run(['config', 'set', 'model', 'gpt-5.5']);
    serving = start();
    const [data] = await once(serving.stdout, 'data');
    line = JSON.parse(String(data));
    // A request leaves a row in the ledger and in the log.
    await fetch(`${line.url}/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${line.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-5.5', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] }),
    });
  }, 60_000);
  afterAll(async () => {
    serving.kill('SIGTERM');
    await serving;
    rmSync(base, { recursive: true, force: true });
  });

  it('can enter the folder above, so that the following probes reach ccp’s own files', () => {
    writeFileSync(join(base, 'open.txt'), 'readable');
    chmodSync(join(base, 'open.txt'), 0o644);
    expect(asOther(`cat ${base}/open.txt`)).toBe('readable');
    rmSync(join(base, 'open.txt'));
  });

  it('can read and write none of the files that ccp created', () => {
    const created = execFileSync('find', [base, '-type', 'f'], { encoding: 'utf8' }).trim().split('\n');
    for (const name of ['credentials/openai.json', 'config.json', 'run/', 'ledger/'])
      expect(created.some((path) => path.includes(name))).toBe(true);
    // `find -readable` asks the kernel for the user who runs it.
    expect(asOther(`find ${base} -type f \\( -readable -o -writable \\)`)).toBe('');
    for (const path of created) expect(asOther(`cat '${path}'; echo x >> '${path}'`)).toBe('');
    expect(asOther(`find ${base} -mindepth 2 -type d -writable`)).toBe('');
  });

  it('can read no key and no token from the process', () => {
    const seen = asOther(`cat /proc/${line.pid}/environ /proc/${line.pid}/mem; cat /proc/[0-9]*/cmdline`);
    for (const secret of [key, line.token, line.controlToken, 'fake-token-of-no-value'])
      expect(seen).not.toContain(secret);
  });

  it('gets 401 from the proxy without its secret', () => {
    const script = `require('http').request('${line.url}/PATH',{method:'METHOD'},r=>{console.log(r.statusCode);process.exit()}).end()`;
    for (const [method, path] of [
      ['POST', 'v1/messages'],
      ['GET', 'v1/models'],
      ['GET', 'ccp/state'],
      ['POST', 'ccp/route'],
    ] as const)
      expect(
        asOther(`'${process.execPath}' -e "${script.replace('PATH', path).replace('METHOD', method)}"`).trim(),
      ).toBe('401');
  });

  it('cannot place code in a folder from which Node loads compiled code', () => {
    expect(asOther(`touch ${base}/.cache/ccp/compile-cache/planted && echo planted`)).toBe('');
  });
});
