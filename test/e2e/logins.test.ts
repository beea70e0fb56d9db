/** Two logins for one upstream: each request carries the one that its route names, and no other. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { type Home, makeHome } from '../support/home.ts';
import { runCcp } from '../support/run.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';

let home: Home;
let codex: StrictUpstream;
const workToken = 'fake-work-token-of-no-value';
const bearers = () => [...new Set(codex.requests.map(({ headers }) => headers.authorization))];

beforeEach(async () => {
  home = makeHome();
  codex = await StrictUpstream.start(() => up.saying('It works.'));
  home.env.CCP_CODEX_BASE_URL = codex.url;
  const folder = join(home.home, '.config', 'ccp', 'credentials');
  mkdirSync(folder, { recursive: true });
  const document = { version: 1, type: 'oauth', accessToken: workToken, accountId: 'acct-work' };
  writeFileSync(join(folder, 'codex#work.json'), JSON.stringify(document), { mode: 0o600 });
});
afterEach(async () => {
  await codex.stop();
  home.remove();
});

const settings = (value: object) =>
  writeFileSync(join(home.home, '.config', 'ccp', 'config.json'), JSON.stringify(value));
const say = (...args: string[]) => runCcp(home, ['launch', ...args, '--', '-p', 'hello']);
const ownToken = () => `Bearer ${home.env.CCP_CODEX_ACCESS_TOKEN}`;

describe('a second login', () => {
  it('is used where it is named, by the flag, and for the small requests of its session too', async () => {
    expect((await say('--model', 'codex#work/gpt-5.5')).out).toBe('It works.\n');
    expect(bearers()).toEqual([`Bearer ${workToken}`]);
    expect(codex.requests.every(({ headers }) => headers['chatgpt-account-id'] === 'acct-work')).toBe(true);
    const usage = JSON.parse((await runCcp(home, ['usage', '--by', 'upstream', '--json'])).out);
    expect(usage.rows.map(({ key }: { key: string }) => key)).toEqual(['codex#work']);
  });

  it('is not used for the plain name, nor when the other one is at its limit', async () => {
    codex.script = () => ({
      status: 429,
      headers: { 'retry-after': '7200' },
      body: '{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached"}}',
    });
    expect((await say('--model', 'gpt-5.5')).code).toBe(1);
    expect(bearers()).toEqual([ownToken()]);
  });

  it('takes over where it is listed as a fallback', async () => {
    settings({ fallback: { main: ['codex#work/gpt-5.5'] } });
    codex.script = ({ headers }) =>
      headers.authorization === ownToken()
        ? {
            status: 429,
            headers: { 'retry-after': '7200' },
            body: '{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached"}}',
          }
        : up.saying('It works.');
    const { out, err } = await say('--model', 'gpt-5.5');
    expect(out).toBe('It works.\n');
    expect(err).toContain('turns go to codex#work/gpt-5.5, not to the main route: fallback');
  });

  it('is that of a folder by a profile', async () => {
    settings({
      profiles: { work: { model: 'codex#work/gpt-5.5', directories: [`${home.project}/**`, home.project] } },
    });
    expect((await say()).out).toBe('It works.\n');
    expect(bearers()).toEqual([`Bearer ${workToken}`]);
  });
});

describe('the commands', () => {
  it('list it, and sign in and out of it alone', async () => {
    expect((await runCcp(home, ['auth', 'status', 'codex#work'])).out).toMatch(/^codex#work +yes .*acct-work/);
    expect((await runCcp(home, ['models', '--upstream', 'codex#work'])).out).toMatch(/codex#work\/gpt-5\.5/);
    const signedIn = await runCcp(home, ['auth', 'login', 'openai#team'], { input: 'sk-fake-team-key\n' });
    expect(signedIn.err).toMatch(/^Signed in to openai#team with an API key/m);
    const file = join(home.home, '.config', 'ccp', 'credentials', 'openai#team.json');
    expect(readFileSync(file, 'utf8')).toContain('sk-fake-team-key');
    expect((await runCcp(home, ['auth', 'logout', 'openai#team'])).out).toBe('Signed out of openai#team.\n');
  });

  it('name the remedy for one that is not stored', async () => {
    const { err, code } = await say('--model', 'codex#home/gpt-5.5');
    expect(code).toBe(2);
    expect(err).toContain('Sign in with `ccp auth login codex#home`.');
    expect((await runCcp(home, ['auth', 'login', 'nobody#x'])).err).toContain('There is no upstream "nobody#x".');
  });
});
