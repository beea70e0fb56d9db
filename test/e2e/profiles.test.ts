/** Profiles of the settings, with the real Claude Code. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { type Home, makeHome } from '../support/home.ts';
import { runCcp } from '../support/run.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';

let home: Home;
let codex: StrictUpstream;
beforeEach(async () => {
  home = makeHome();
  codex = await StrictUpstream.start(({ body }) => up.saying(`${body.model} ${body.reasoning?.effort}`));
  home.env.CCP_CODEX_BASE_URL = codex.url;
  mkdirSync(join(home.home, '.config', 'ccp'), { recursive: true });
  const profiles = {
    here: { model: 'gpt-6-luna', directories: [home.project] },
    deep: { model: 'gpt-6-sol', effort: 'high' },
  };
  writeFileSync(join(home.home, '.config', 'ccp', 'config.json'), JSON.stringify({ model: 'gpt-5.5', profiles }));
});
afterEach(async () => {
  await codex.stop();
  home.remove();
});

const answer = async (flags: string[], env: Record<string, string> = {}) => {
  const { code, out, err } = await runCcp(home, ['launch', ...flags, '--', '-p', 'hi'], { env });
  return code === 0 ? out.trim() : err;
};

it('the folder chooses a profile, a flag another one, and variables and flags take precedence', async () => {
  expect(await answer([])).toMatch(/^gpt-6-luna /);
  expect(await answer(['--profile', 'deep'])).toBe('gpt-6-sol high');
  expect(await answer([], { CCP_PROFILE: 'deep' })).toBe('gpt-6-sol high');
  expect(await answer(['--profile', 'deep'], { CCP_MODEL: 'gpt-6-astra' })).toMatch(/^gpt-6-astra /);
  expect(await answer(['--profile', 'deep', '--model', 'gpt-5.5'])).toBe('gpt-5.5 high');
  expect(await answer(['--profile', 'none'])).toBe('ccp: There is no profile "none". There are: here, deep.\n');
});

it('status says which profile is used, and why', async () => {
  const { out } = await runCcp(home, ['status']);
  expect(out).toContain(`Profile:  here (the folder matches ${home.project})`);
});
