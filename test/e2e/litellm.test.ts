/** The real Claude Code through the real proxy through a real LiteLLM, in both dialects, to a scripted backend. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agent } from '../support/dialect-agent.ts';
import { DialectUpstream } from '../support/dialect-upstream.ts';
import { type Home, makeHome } from '../support/home.ts';
import { type Litellm, litellmKey, litellmProgram, startLitellm } from '../support/litellm.ts';
import { runCcp } from '../support/run.ts';

const program = litellmProgram();
if (program === undefined) process.stdout.write('LiteLLM cannot be installed here: its tests are skipped.\n');

describe.skipIf(program === undefined)('a real LiteLLM (needs a Python that can install it)', () => {
  const homes: Home[] = [];
  let litellm: Litellm;
  let backend: DialectUpstream;

  beforeAll(async () => {
    const home = makeHome();
    homes.push(home);
    backend = await DialectUpstream.start('backend');
    litellm = await startLitellm(program ?? '', home.home, backend.url);
  }, 120_000);

  afterAll(async () => {
    await litellm?.stop();
    await backend?.stop();
    for (const home of homes) home.remove();
  });

  function newHome(dialect: string): Home {
    const home = makeHome();
    homes.push(home);
    const folder = join(home.home, '.config', 'ccp');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ upstreams: { litellm: { dialect } } }));
    return home;
  }

  const env = () => ({ LITELLM_API_KEY: litellmKey, CCP_LITELLM_BASE_URL: `${litellm.url}/v1` });

  it.each(['chat', 'messages'])('answers Claude Code with its mock model, as %s', async (dialect) => {
    const home = newHome(dialect);
    const { out, err, code } = await runCcp(home, ['launch', '--model', 'litellm/mock', '--', '-p', 'hi'], {
      env: env(),
    });
    expect(`${out}${err}`).toContain('Hello from the mock.');
    expect(code).toBe(0);
  });

  it.each(['chat', 'messages'])('supports the tools of Claude Code, as %s', async (dialect) => {
    const home = newHome(dialect);
    const log = join(home.project, 'ran.log');
    backend.script = agent(
      [
        { say: 'Reading.' },
        { call: 'Read', args: { file_path: join(home.project, 'notes.txt') } },
        { finish: 'calls' },
      ],
      [
        { call: 'Bash', args: { command: `echo one >> ${log}`, description: 'one' } },
        { call: 'Bash', args: { command: `echo two >> ${log}`, description: 'two' } },
        { finish: 'calls' },
      ],
      [{ say: 'All done.' }, { finish: 'stop' }],
    );
    const { out, err } = await runCcp(
      home,
      ['launch', '--model', 'litellm/heron', '--', '-p', 'work', '--allowedTools', 'Bash,Read'],
      { env: env() },
    );
    expect(`${out}${err}`).toContain('All done.');
    expect(readFileSync(log, 'utf8').trim().split('\n').sort()).toEqual(['one', 'two']);
    expect(backend.complaints).toEqual([]);
  });

  it('takes the key that a command prints', async () => {
    const home = newHome('messages');
    const auth = { type: 'command', command: [process.execPath, '-e', `console.log(${JSON.stringify(litellmKey)})`] };
    const gate = { dialect: 'messages', baseUrl: litellm.url, auth };
    writeFileSync(join(home.home, '.config', 'ccp', 'config.json'), JSON.stringify({ upstreams: { gate } }));
    const { code, out } = await runCcp(home, ['launch', '--model', 'gate/mock', '--', '-p', 'hi']);
    expect(`${code} ${out}`).toContain('0 Hello from the mock.');
  });

  it('lists its models with their windows', async () => {
    const { out } = await runCcp(newHome('chat'), ['models', '--upstream', 'litellm', '--json'], { env: env() });
    const { models } = JSON.parse(out);
    expect(models).toContainEqual(
      expect.objectContaining({ name: 'litellm/heron', contextWindow: 131_072, vision: true, unavailable: null }),
    );
  });
});
