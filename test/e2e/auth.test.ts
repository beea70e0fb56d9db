/** Sign-in and token renewal through the ccp commands. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuthServer } from '../support/auth-server.ts';
import { takeCallbackPorts } from '../support/callback-ports.ts';
import * as up from '../support/events.ts';
import { ccp, filesBelow, type Home } from '../support/home.ts';
import { runCcp } from '../support/run.ts';
import { credentialFile, homeWithout, type Serving, serve, storedIn, storeLogin } from '../support/signed-in.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { Terminals, type TestTerminal } from '../support/terminal.ts';

takeCallbackPorts();

let auth: AuthServer;
let upstream: StrictUpstream;
let home: Home;
const terminals = new Terminals();

beforeEach(async () => {
  auth = await AuthServer.start();
  upstream = await StrictUpstream.start(({ headers }) =>
    auth.accepts(headers.authorization?.slice('Bearer '.length) ?? '')
      ? up.saying('Hello from the plan.')
      : { status: 401, body: '{"detail":"Unauthorized"}' },
  );
  home = homeWithout(auth, upstream.url);
});

afterEach(async () => {
  await terminals.closeAll();
  home.remove();
  await auth.stop();
  await upstream.stop();
});

const open = (args: readonly string[], env: Record<string, string> = {}): TestTerminal =>
  terminals.open({ argv: [process.execPath, ccp, ...args], env: { ...home.env, ...env }, cwd: home.project });

const minutes = (n: number) => Date.now() + n * 60_000;
const key = 'sk-fake-key-of-no-value';

describe('an API key', () => {
  it.skipIf(process.platform === 'win32')('in a file that others can read is made private and reported', async () => {
    await runCcp(home, ['auth', 'login', 'openai'], { input: `${key}\n` });
    chmodSync(credentialFile(home, 'openai'), 0o644);
    const { err } = await runCcp(home, ['auth', 'status', 'openai']);
    expect(err).toContain('The login for openai was readable by others (mode 644)');
    expect(statSync(credentialFile(home, 'openai')).mode & 0o777).toBe(0o600);
  });

  it('is read from stdin, stored with mode 0600, never printed, and removed at logout', async () => {
    const login = await runCcp(home, ['auth', 'login', 'openai'], { input: `${key}\n` });
    expect(login).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('Signed in to openai with an API key'),
    });
    expect(storedIn(home, 'openai')).toEqual({ version: 1, type: 'api-key', apiKey: key });
    if (process.platform !== 'win32') expect(statSync(credentialFile(home, 'openai')).mode & 0o777).toBe(0o600);
    const status = await runCcp(home, ['auth', 'status', 'openai']);
    expect(status).toMatchObject({ code: 0, out: expect.stringMatching(/^openai +yes +API key · in a file of 0600/) });
    expect(`${login.err}${status.out}`).not.toContain(key);
    expect(await runCcp(home, ['auth', 'logout', 'openai'])).toMatchObject({ code: 0, out: 'Signed out of openai.\n' });
    expect(await runCcp(home, ['auth', 'status', 'openai'])).toMatchObject({ code: 1 });
    expect(await runCcp(home, ['auth', 'logout', 'openai'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('no stored login'),
    });
  });

  it('passed as an argument by mistake is not printed', async () => {
    for (const args of [
      ['auth', 'login', key],
      ['auth', 'login', 'openai', `--api-key=${key}`],
    ]) {
      const { code, err } = await runCcp(home, args);
      expect(code).toBe(2);
      expect(err).not.toContain(key);
    }
  });

  it('in an unreadable file does not affect other upstreams, and logout moves the file aside', async () => {
    mkdirSync(credentialFile(home, 'kimi'), { recursive: true });
    const { out } = await runCcp(home, ['auth', 'status']);
    expect(out).toMatch(/kimi +broken +The credential file .* cannot be read/);
    expect((await runCcp(home, ['auth', 'logout', 'kimi'])).out).toContain('it was moved to');
    writeFileSync(
      credentialFile(home, 'kimi'),
      JSON.stringify({ version: 1, type: 'oauth', accessToken: 'fake', expiresAt: 1e20 }),
    );
    expect((await runCcp(home, ['auth', 'status', 'kimi'])).code).toBe(0);
  });

  it('that is missing or invalid is rejected without changes', async () => {
    expect(await runCcp(home, ['auth', 'login', 'openai'], { input: '' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('No key was given'),
    });
    expect(await runCcp(home, ['auth', 'login', 'openai'], { input: 'two words' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('This is not an API key'),
    });
    expect(await runCcp(home, ['auth', 'login', 'codex', '--api-key'], { input: key })).toMatchObject({
      code: 2,
      err: expect.stringContaining('ccp auth login openai'),
    });
    expect(await runCcp(home, ['auth', 'login', 'nobody'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('codex, chatgpt, openai'),
    });
    expect(existsSync(credentialFile(home, 'openai'))).toBe(false);
  });

  it('typed at the prompt is never displayed', async () => {
    const terminal = open(['auth', 'login', 'openai']);
    await terminal.waitFor(/API key of openai \(it is not shown\):/);
    terminal.send(`wrong\x15${key}x\x7f`);
    terminal.send('\r');
    await terminal.waitFor(() => terminal.exit !== undefined);
    expect(terminal.exit?.exitCode).toBe(0);
    expect(terminal.history).toContain('Signed in to openai');
    expect(terminal.history).not.toContain('sk-');
    expect(storedIn(home, 'openai').apiKey).toBe(key);
  });

  it('from the environment takes precedence and is never written', async () => {
    Object.assign(home.env, { OPENAI_API_KEY: 'sk-fake-from-environment' });
    const { err } = await runCcp(home, ['auth', 'login', 'openai'], { input: key });
    expect(err).toContain('OPENAI_API_KEY is set, and takes precedence');
    expect((await runCcp(home, ['auth', 'status', 'openai'])).out).toContain('from the environment');
    for (const file of filesBelow(home.home))
      expect(readFileSync(file, 'utf8')).not.toContain('sk-fake-from-environment');
  });
});

describe('ccp auth login codex', () => {
  /** Signs in without a terminal: the sign-in URL is read from stderr. */
  async function inBrowser(args: readonly string[]): Promise<{ code: number | null; err: string; page: string }> {
    const child = spawn(process.execPath, [ccp, ...args], {
      cwd: home.project,
      env: home.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let err = '';
    let page: Promise<string> | undefined;
    child.stderr.on('data', (data) => {
      err += data;
      const url = /^http\S+$/m.exec(err)?.[0];
      if (url !== undefined && err.includes('Waiting')) page ??= fetch(url).then((answer) => answer.text());
    });
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { code, err, page: (await page) ?? '' };
  }

  it('signs in with the browser; status shows account, plan and renewal; logout revokes the tokens', async () => {
    const { code, err, page } = await inBrowser(['auth', 'login', 'codex']);
    expect(code).toBe(0);
    expect(err).toContain('Signed in to codex as person@example.org (plus)');
    expect(page).toContain('You are signed in');
    upstream.others['/backend-api/wham/usage'] = () => ({
      status: 200,
      body: JSON.stringify({
        plan_type: 'plus',
        rate_limit: { primary_window: { used_percent: 37, limit_window_seconds: 18_000, reset_at: 1_900_000_000 } },
      }),
    });
    const status = await runCcp(home, ['auth', 'status', 'codex']);
    expect(status.out).toMatch(
      /^codex +yes +signed in · person@example\.org · plan plus · renews .* · in a file of 0600\n +5h +█+[▉-▏]?░+ +37 % +resets /,
    );
    const json = JSON.parse((await runCcp(home, ['auth', 'status', 'codex', '--json'])).out).credentials[0];
    expect(json).toMatchObject({
      upstream: 'codex',
      present: true,
      state: 'present',
      account: 'person@example.org',
      plan: 'plus',
      renews: true,
    });
    expect(await runCcp(home, ['auth', 'logout', 'codex'])).toMatchObject({
      out: 'Signed out of codex; its tokens were revoked.\n',
    });
    expect(auth.logins[0]?.revoked).toBe(true);
  });

  it('is offered at the first launch, which then continues', async () => {
    const terminal = open(['launch', '--', '-p', 'hi']);
    await terminal.waitFor(/There is no login for it yet/);
    terminal.send('c');
    await terminal.waitFor(() => /FAKE-CODE/.test(terminal.history));
    await terminal.waitFor(() => terminal.exit !== undefined, 60_000);
    expect(terminal.history).toContain('Hello from the plan.');
    expect(terminal.exit?.exitCode).toBe(0);
  });

  it('is offered with the demo as an alternative, and q exits', async () => {
    const leaving = open(['launch']);
    await leaving.waitFor(/Enter +sign in with the browser/);
    leaving.send('q');
    await leaving.waitFor(() => leaving.exit !== undefined);
    expect(leaving.exit?.exitCode).toBe(1);
    const trying = open(['launch', '--', '-p', 'hi']);
    await trying.waitFor(/d +try the demo/);
    trying.send('d');
    await trying.waitFor(() => trying.exit !== undefined, 60_000);
    expect(trying.exit?.exitCode).toBe(0);
  });

  it('shows a countdown, accepts a pasted redirect address, and exits cleanly on Ctrl+C', async () => {
    const terminal = open(['auth', 'login', 'codex']);
    await terminal.waitFor(/Waiting for the browser… 1[45]:\d\d/);
    terminal.send('not an address\r');
    await terminal.waitFor(/That is not the address the browser ended on/);
    terminal.send('\x03');
    await terminal.waitFor(() => terminal.exit !== undefined);
    expect(terminal.exit?.exitCode).toBe(1);
    expect(terminal.history).toContain('Cancelled; nothing was changed.');
    expect(existsSync(credentialFile(home, 'codex'))).toBe(false);
    const again = open(['auth', 'login', 'codex']);
    await again.waitFor(/Waiting for the browser/);
    const authorizeUrl = again.history
      .replaceAll('\n', '')
      .match(/http:\/\/127\.0\.0\.1:\d+\/oauth\/authorize\?[^ ]*originator=ccp/)?.[0];
    const address = (await fetch(authorizeUrl ?? '', { redirect: 'manual' })).headers.get('location');
    again.send(`${address}\r`);
    await again.waitFor(() => again.exit !== undefined);
    expect(again.history).toContain('Signed in to codex');
  });

  it('opens the browser when there is one, without credentials in its environment', async () => {
    const bin = join(home.home, 'bin');
    const opened = join(home.home, 'opened');
    const environment = join(home.home, 'browser-env');
    mkdirSync(bin);
    writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\nenv > ${environment}\nprintf %s "$1" > ${opened}\n`);
    chmodSync(join(bin, 'xdg-open'), 0o755);
    const terminal = open(['auth', 'login', 'codex'], {
      PATH: `${bin}:${home.env.PATH}`,
      DISPLAY: ':97',
      OPENAI_API_KEY: 'sk-fake-environment-key',
      CCP_KIMI_API_KEY: 'sk-fake-environment-key',
    });
    await terminal.waitFor(/The browser was opened/);
    await fetch(readFileSync(opened, 'utf8'));
    await terminal.waitFor(() => terminal.exit !== undefined);
    expect(terminal.exit?.exitCode).toBe(0);
    expect(readFileSync(environment, 'utf8')).not.toContain('sk-fake');
  });
});

it('eight processes with twenty requests each and one expired token send exactly one refresh', async () => {
  const login = storeLogin(home, auth, minutes(-1));
  const usedToken = login.refresh;
  auth.faults.push('slow');
  const servers = await Promise.all(Array.from({ length: 8 }, () => serve(home)));
  const body = JSON.stringify({ model: 'gpt-5.5', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] });
  const statuses = await Promise.all(
    servers.flatMap(({ url, token }) =>
      Array.from({ length: 20 }, async () => {
        const answer = await fetch(`${url}/v1/messages`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
          body,
        });
        return `${answer.status} ${JSON.parse(await answer.text()).content?.[0]?.text}`;
      }),
    ),
  );
  await Promise.all(servers.map((server) => server.stop()));
  expect(new Set(statuses)).toEqual(new Set(['200 Hello from the plan.']));
  expect(auth.refreshes.map(({ body }) => body.refresh_token)).toEqual([usedToken]);
  expect(storedIn(home, 'codex').refreshToken).toBe(login.refresh);
});

describe('a process that ends during a token renewal', () => {
  const ask = ({ url, token }: Serving) =>
    fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ model: 'gpt-5.5', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] }),
    });

  it('by SIGTERM stores the response first', async () => {
    const login = storeLogin(home, auth, minutes(-1));
    auth.faults.push('slow');
    auth.slowMs = 1_500;
    const server = await serve(home);
    const answer = ask(server);
    // The request may be aborted before it is awaited.
    answer.catch(() => {});
    await expect.poll(() => auth.refreshes.length).toBe(1);
    expect(await server.stop('SIGTERM')).toBe(0);
    await answer.catch(() => {});
    expect(storedIn(home, 'codex').refreshToken).toBe(login.refresh);
    // A later signal still drains when the lock library is loaded.
    const again = await serve(home);
    expect((await ask(again)).status).toBe(200);
    expect(await again.stop('SIGINT')).toBe(0);
  });

  it('by SIGKILL leaves a marker, and the next process reports the lost login', async () => {
    storeLogin(home, auth, minutes(-1));
    auth.faults.push('slow');
    const server = await serve(home);
    const answer = ask(server);
    // The request may be aborted before it is awaited.
    answer.catch(() => {});
    await expect.poll(() => auth.refreshes.length).toBe(1);
    await server.stop('SIGKILL');
    await expect(answer).rejects.toThrow();
    // The server has rotated the token nevertheless.
    await expect
      .poll(() => auth.logins[0]?.refresh === storedIn(home, 'codex').refreshToken, { timeout: 3_000 })
      .toBe(false);
    const next = await serve(home);
    const responseText = await (await ask(next)).text();
    expect(responseText).toContain(
      'was lost when a renewal was interrupted (refresh_token_reused). Run `ccp auth login codex`',
    );
    expect((await runCcp(home, ['auth', 'status', 'codex'])).out).toMatch(/^codex +ended/);
    await next.stop();
  });

  it('by Ctrl+C in a command stores the response first', async () => {
    const login = storeLogin(home, auth, minutes(-1));
    auth.faults.push('slow');
    auth.slowMs = 1_000;
    const child = spawn(process.execPath, [ccp, 'auth', 'status', 'codex'], {
      cwd: home.project,
      env: home.env,
      stdio: 'ignore',
    });
    await expect.poll(() => auth.refreshes.length).toBe(1);
    child.kill('SIGINT');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(storedIn(home, 'codex').refreshToken).toBe(login.refresh);
  });
});

describe('a launch', () => {
  it('passes only the API keys named in CCP_PASS_KEYS to Claude Code', async () => {
    const claude = join(home.home, 'claude.cjs');
    writeFileSync(
      claude,
      `#!${process.execPath}\nconsole.log(process.argv[2] === '--version' ? '2.1.197' : JSON.stringify(process.env));\n`,
    );
    chmodSync(claude, 0o755);
    const env = {
      CCP_CLAUDE_PATH: claude,
      OPENAI_API_KEY: 'sk-fake-a',
      DEEPSEEK_API_KEY: 'sk-fake-b',
      CCP_PASS_KEYS: 'OPENAI_API_KEY',
    };
    storeLogin(home, auth, minutes(60));
    const { out } = await runCcp(home, ['launch', '--', '-p', 'x'], { env });
    expect(out).toContain('sk-fake-a');
    expect(out).not.toContain('sk-fake-b');
  });

  it('renews an expired login and exposes no credential to Claude Code', async () => {
    const login = storeLogin(home, auth, minutes(-1));
    const first = login.refresh;
    Object.assign(home.env, { OPENAI_API_KEY: 'sk-fake-environment-key', MINE: 'kept' });
    const witness = join(home.home, 'witness');
    const claude = join(home.home, 'claude.cjs');
    writeFileSync(
      claude,
      `#!${process.execPath}
const { writeFileSync } = require('node:fs');
const { execFileSync } = require('node:child_process');
const asked = process.argv[2] === '--version';
writeFileSync('${witness}' + (asked ? '.version' : ''), JSON.stringify(process.env));
if (asked) console.log('2.1.197 (Claude Code)');
else {
  writeFileSync('${witness}.ps', execFileSync('ps', ['-eo', 'args']));
  const headers = { authorization: 'Bearer ' + process.env.ANTHROPIC_AUTH_TOKEN };
  const body = JSON.stringify({ model: 'gpt-5.5', max_tokens: 99, messages: [{ role: 'user', content: 'hi' }] });
  fetch(process.env.ANTHROPIC_BASE_URL + '/v1/messages', { method: 'POST', headers, body })
    .then((answer) => answer.text())
    .then((text) => console.log(text));
}
`,
    );
    chmodSync(claude, 0o755);
    const { out, err } = await runCcp(home, ['launch', '--', '-p', 'x'], { env: { CCP_CLAUDE_PATH: claude } });
    expect(out).toContain('Hello from the plan.');
    const secrets = [first, login.refresh, login.access, 'sk-fake-environment-key'];
    const seen = [out, err, ...['', '.version', '.ps'].map((part) => readFileSync(`${witness}${part}`, 'utf8'))];
    for (const secret of secrets) for (const text of seen) expect(text).not.toContain(secret);
    expect(readFileSync(witness, 'utf8')).toContain('"MINE":"kept"');
    const elsewhere = filesBelow(home.home).filter(
      (file) => !file.includes('/credentials/') && !file.includes('witness'),
    );
    for (const file of elsewhere)
      for (const secret of secrets) expect(readFileSync(file, 'utf8'), file).not.toContain(secret);
  });

  it('without a terminal fails with the command to sign in', async () => {
    const { code, err } = await runCcp(home, ['launch', '--', '-p', 'hi']);
    expect(code).toBe(1);
    expect(err).toMatch(/There is no credential for codex\. Run `ccp auth login codex`, or set CCP_CODEX_ACCESS_TOKEN/);
  });

  it('uses the ChatGPT plan for bare ids when that is the only login', async () => {
    const login = auth.issue('chatgpt');
    storeLogin(home, auth, minutes(60));
    rmSync(credentialFile(home, 'codex'));
    writeFileSync(
      credentialFile(home, 'chatgpt'),
      JSON.stringify({
        version: 1,
        type: 'oauth',
        accessToken: login.access,
        refreshToken: login.refresh,
        clientId: login.clientId,
        expiresAt: minutes(60),
      }),
    );
    const { models } = JSON.parse((await runCcp(home, ['models', '--json'])).out);
    const named = (name: string) => models.find((model: { name: string }) => model.name === name)?.upstream;
    expect(named('gpt-5.5')).toBe('chatgpt');
    expect(named('codex/gpt-5.5')).toBe('codex');
  });
});
