/** A session that was switched to a smaller window compacts by itself, before any refusal: with the real Claude Code. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DialectUpstream } from '../support/dialect-upstream.ts';
import * as up from '../support/events.ts';
import { ccp, type Home, makeHome } from '../support/home.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { Terminals } from '../support/terminal.ts';

let home: Home;
let codex: StrictUpstream;
let small: DialectUpstream;
/** Prompt tokens that the small model reports. */
let promptTokens: number;
const terminals = new Terminals();

beforeEach(async () => {
  home = makeHome();
  codex = await StrictUpstream.start(({ body }) =>
    (body.tools ?? []).length <= 3
      ? up.saying('{"title":"A test"}')
      : [up.created(), ...up.textItem(0, 'LARGE ANSWERS.'), up.completed({ input_tokens: 100_000 })],
  );
  small = await DialectUpstream.start('chat', ({ body, text }) => {
    if ((body.tools ?? []).length <= 3 && !text.includes('TEXT ONLY'))
      return [{ say: '{"title":"A test"}' }, { finish: 'stop' }];
    if (text.includes('TEXT ONLY'))
      return [{ say: '<analysis>All.</analysis><summary>SUMMARY OF THE WORK.</summary>' }, { finish: 'stop' }];
    return [{ say: 'SMALL ANSWERS.' }, { finish: 'stop', promptTokens }];
  });
  const folder = join(home.home, '.config', 'ccp');
  mkdirSync(folder, { recursive: true });
  const heronry = {
    dialect: 'chat',
    baseUrl: small.url,
    auth: { type: 'bearer', env: 'HERONRY_KEY' },
    models: [{ id: 'heron-1', contextWindow: 128_000 }],
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ upstreams: { heronry } }));
  Object.assign(home.env, {
    CCP_CODEX_BASE_URL: `${codex.url}/backend-api/codex`,
    HERONRY_KEY: 'fake-key-of-no-value',
  });
});

afterEach(async () => {
  await terminals.closeAll();
  home.remove();
  await codex.stop();
  await small.stop();
});

it('after a switch at 100k tokens from 272k to 128k', async () => {
  const terminal = terminals.open({
    argv: [process.execPath, ccp, 'launch', '--model', 'gpt-5.5'],
    env: home.env,
    cwd: home.project,
  });
  await terminal.waitFor(/❯/);
  await terminal.type('first words');
  await terminal.waitFor(/LARGE ANSWERS/);
  await terminal.waitFor(/context 100k of 272k/);
  terminal.send('\x1cs');
  await terminal.waitFor(/Switch main:/);
  terminal.send('heron-1\r');
  await terminal.waitFor(/Switch main to heronry.heron-1\?/);
  terminal.send('\r');
  await terminal.waitFor(/main heronry\/heron-1/);
  // Almost the compaction threshold of the new window, and far from that of the old one.
  promptTokens = 118_000;
  await terminal.type('second words');
  await terminal.waitFor(/SMALL ANSWERS/);
  await terminal.waitFor(/context 118k of 128k/);
  await terminal.waitFor(/told ×2\.1/);
  promptTokens = 5_000;
  await terminal.type('third words');
  await expect
    .poll(() => small.requests.some(({ text }) => text.includes('TEXT ONLY')), { timeout: 60_000 })
    .toBe(true);
  await expect.poll(() => small.requests.at(-1)?.text.includes('SUMMARY OF THE WORK'), { timeout: 60_000 }).toBe(true);
}, 180_000);
