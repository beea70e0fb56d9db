/** A home directory whose user signs in to a scripted auth server. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AuthServer } from './auth-server.ts';
import { ccp, type Home, makeHome } from './home.ts';

/** A home without credentials in its environment and with every URL on loopback. */
export function homeWithout(auth: AuthServer, upstreamUrl = 'http://127.0.0.1:9'): Home {
  const home = makeHome();
  Object.assign(home.env, {
    CCP_CODEX_ACCESS_TOKEN: '',
    CCP_CODEX_ACCOUNT_ID: '',
    CCP_CODEX_AUTH_URL: auth.url,
    CCP_CHATGPT_AUTH_URL: auth.url,
    CCP_KIMI_AUTH_URL: auth.url,
    CCP_CODEX_BASE_URL: `${upstreamUrl}/backend-api/codex`,
    CCP_CHATGPT_BASE_URL: upstreamUrl,
    CCP_OPENAI_BASE_URL: upstreamUrl,
    CCP_KIMI_BASE_URL: upstreamUrl,
  });
  return home;
}

export const credentialFile = ({ home }: Home, upstream: string): string =>
  join(home, '.config', 'ccp', 'credentials', `${upstream}.json`);

export const storedIn = (home: Home, upstream: string): Record<string, unknown> =>
  JSON.parse(readFileSync(credentialFile(home, upstream), 'utf8'));

/** Writes the credential file of an earlier login. */
export function storeLogin(home: Home, auth: AuthServer, expiresAt: number): { access: string; refresh: string } {
  const login = auth.issue('codex');
  const path = credentialFile(home, 'codex');
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(
    path,
    JSON.stringify({
      version: 1,
      type: 'oauth',
      accessToken: login.access,
      refreshToken: login.refresh,
      expiresAt,
      accountId: 'acct-fake',
    }),
    { mode: 0o600 },
  );
  return login;
}

export interface Serving {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** @returns the exit code, or `null` when the signal terminated the process. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `ccp serve` as a separate process. */
export async function serve(home: Home): Promise<Serving> {
  const child = spawn(process.execPath, [ccp, 'serve', '--json', '--port', '0'], {
    cwd: home.project,
    env: home.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await new Promise<string[]>((resolve) =>
    createInterface(child.stdout).once('line', (text) => resolve([text])),
  );
  const { url, token } = JSON.parse(line ?? '{}');
  return {
    url,
    token,
    pid: child.pid ?? 0,
    stop: (signal = 'SIGTERM') =>
      new Promise((resolve) => {
        child.once('exit', (code) => resolve(code));
        child.kill(signal);
      }),
  };
}
