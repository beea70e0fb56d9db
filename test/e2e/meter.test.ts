/** The meter of a real session: switches, budgets, the status line, the receipt, and commands in other shells. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DialectUpstream } from '../support/dialect-upstream.ts';
import * as up from '../support/events.ts';
import { ccp, filesBelow, type Home, makeHome } from '../support/home.ts';
import { runCcp } from '../support/run.ts';
import { StrictUpstream } from '../support/strict-upstream.ts';
import { Terminals, type TestTerminal } from '../support/terminal.ts';

let home: Home;
let codex: StrictUpstream;
let small: DialectUpstream;
const terminals = new Terminals();

/** Prompt tokens that the next responses report. */
let promptTokens = 20_000;
const compactedMarker = 'This session is being continued';

beforeEach(async () => {
  home = makeHome();
  promptTokens = 20_000;
  codex = await StrictUpstream.start(({ body, text }) => {
    if ((body.tools ?? []).length <= 3 && !text.includes('TEXT ONLY')) return up.saying('{"title":"A test"}');
    const words = text.includes('TEXT ONLY')
      ? '<analysis>All of it.</analysis><summary>SUMMARY OF THE WORK.</summary>'
      : `${body.model} ANSWERS.`;
    return [
      up.created(),
      ...up.textItem(0, words),
      up.completed({ input_tokens: promptTokens, input_tokens_details: { cached_tokens: promptTokens - 2_000 } }),
    ];
  });
  small = await DialectUpstream.start('chat', ({ body, text }) => {
    if ((body.tools ?? []).length <= 3) return [{ say: '{"title":"A test"}' }, { finish: 'stop' }];
    // The window is 128k tokens, and the history is longer until it is compacted.
    if (!text.includes(compactedMarker))
      return {
        status: 400,
        body: {
          error: {
            code: 'context_length_exceeded',
            message: "This model's maximum context length is 128000 tokens. However, you requested 240123 tokens",
          },
        },
      };
    return [{ say: 'SMALL ANSWERS.' }, { finish: 'stop' }];
  });
  const folder = join(home.home, '.config', 'ccp');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({
      upstreams: {
        heronry: {
          dialect: 'chat',
          baseUrl: small.url,
          auth: { type: 'bearer', env: 'HERONRY_KEY' },
          models: [{ id: 'heron-1', contextWindow: 128_000 }],
        },
      },
    }),
  );
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

const open = (args: readonly string[], env: Record<string, string> = {}): TestTerminal =>
  terminals.open({
    argv: [process.execPath, ccp, ...args],
    env: { ...home.env, ...env },
    cwd: home.project,
    cols: 150,
    rows: 50,
  });

const prefix = '\x1c';
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** Waits for the status line, which appears with the input. Keys sent earlier are echoed and lost. */
const ready = (terminal: TestTerminal): Promise<void> => terminal.waitFor(/❯[\s\S]*ccp \S+ · context/);

async function quit(terminal: TestTerminal): Promise<void> {
  terminal.send(`${prefix}q`);
  // Claude Code may send a request of its own at this moment: then ccp asks.
  await terminal.waitFor(() => terminal.exit !== undefined || terminal.text.includes('Quit?'));
  if (terminal.exit === undefined) terminal.send('y');
  await terminal.waitFor(() => terminal.exit !== undefined);
}

describe('a session', () => {
  it('switches three times, once from 240k tokens in use to a window of 128k, and records it in receipt and ledger', async () => {
    const receipt = join(home.home, 'receipt.json');
    const terminal = open(['launch', '--model', 'gpt-5.5', '--receipt', receipt]);
    await ready(terminal);
    await terminal.type('first words');
    await terminal.waitFor(/gpt-5\.5 ANSWERS/);
    await terminal.waitFor(/hit rate 90 %/);
    await terminal.waitFor(/claude-opus-5-5 would[\s\S]{0,120}cost ≈ \$0\.0/);
    // First switch: in the list on the screen.
    terminal.send(`${prefix}s`);
    await terminal.waitFor(/Switch main:/);
    terminal.send('6-luna\r');
    await terminal.waitFor(/Switch main to gpt-6-luna\?[\s\S]*20k tokens are sent again uncached/);
    terminal.send('\r');
    await terminal.waitFor(/main codex\/gpt-6-luna/);
    promptTokens = 240_000;
    await terminal.type('second words');
    await terminal.waitFor(/gpt-6-luna ANSWERS/);
    await terminal.waitFor(/context 240k of 272k/);
    // Second switch: from another shell, to a window that is too small.
    const refused = await runCcp(home, ['switch', 'heronry/heron-1']);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('Add --yes') });
    const shell = open(['switch', 'heronry/heron-1', '--yes']);
    // Where the proxy cannot tell that this is a terminal of the user, the screen confirms.
    if (process.platform !== 'linux') {
      await terminal.waitFor(/Switch main to heronry/);
      await pause(700);
      terminal.send(`${prefix}y`);
    }
    expect(await shell.waitForExit()).toMatchObject({ exitCode: 0 });
    const shellText = shell.history.replace(/\s+/g, ' ');
    expect(shellText).toContain('240k in use do not fit 128k: the history is compacted on codex/gpt-6-luna first.');
    expect(shellText).toContain('new requests go to heronry/heron-1');
    await terminal.waitFor(/compacts on gpt-6-luna first/);
    await terminal.type('third words');
    await terminal.waitFor(/SMALL ANSWERS/, 60_000);
    expect(codex.requests.at(-1)?.text).toContain('TEXT ONLY');
    expect(codex.requests.at(-1)?.body.model).toBe('gpt-6-luna');
    expect(small.requests.at(-1)?.text).toContain('SUMMARY OF THE WORK');
    await terminal.waitFor(() => !terminal.text.includes('compacts on'));
    // Third switch: back, with one key.
    promptTokens = 21_000;
    terminal.send(`${prefix}b`);
    await terminal.waitFor(/main codex\/gpt-6-luna/);
    await terminal.type('fourth words');
    await terminal.waitFor(
      () =>
        (terminal.text.match(/gpt-6-luna ANSWERS/g) ?? []).length >= 1 &&
        codex.requests.at(-1)?.text.includes('fourth words') === true,
    );
    await terminal.waitFor(/○ idle/);
    await quit(terminal);
    const receiptDocument = json(receipt);
    expect(receiptDocument.switches.map(({ from, to }: { from: string; to: string }) => `${from} → ${to}`)).toEqual([
      'codex/gpt-5.5 → codex/gpt-6-luna',
      'codex/gpt-6-luna → heronry/heron-1',
      'heronry/heron-1 → codex/gpt-6-luna',
    ]);
    expect(receiptDocument.models.map(({ model }: { model: string }) => model)).toEqual(
      expect.arrayContaining(['gpt-5.5', 'gpt-6-luna', 'heron-1']),
    );
    expect(receiptDocument.exitCode).toBe(0);
    const summed = JSON.parse((await runCcp(home, ['usage', '--by', 'session', '--json'])).out).total;
    expect(summed.totalTokens).toBe(receiptDocument.tokens.totalTokens);
    expect(summed.requests).toBe(receiptDocument.requests);
    expect(terminal.history).toMatch(/ccp: \d+ requests · tokens/);
    expect(filesBelow(join(home.home, '.state', 'ccp', 'run'))).toEqual([]);
  });

  it('shows ccp’s status line below the user’s own, and prints it in any shell', async () => {
    mkdirSync(join(home.home, '.claude'), { recursive: true });
    const settings = JSON.stringify({
      statusLine: {
        type: 'command',
        command: "printf 'MINE in '; node -p 'JSON.parse(require(\"fs\").readFileSync(0)).model.id' # and so on",
      },
    });
    writeFileSync(join(home.home, '.claude', 'settings.json'), settings);
    const terminal = open(['launch', '--model', 'gpt-5.5']);
    await terminal.waitFor(/MINE in gpt-5\.5/);
    await terminal.waitFor(/ccp codex\/gpt-5\.5 · context/);
    await terminal.type('first words');
    await terminal.waitFor(/gpt-5\.5 ANSWERS/);
    await terminal.waitFor(/ccp codex\/gpt-5\.5 · context 20k\/272k 7 % · plan \(≈ \$0\.\d+ by API\)/);
    const { out } = await runCcp(home, ['statusline']);
    expect(out).toMatch(/^ccp codex\/gpt-5\.5 · context 20k\/272k 7 % · plan .* · streams ok\n$/);
    await quit(terminal);
    expect(readFileSync(join(home.home, '.claude', 'settings.json'), 'utf8')).toBe(settings);
    expect(await runCcp(home, ['statusline'])).toMatchObject({ out: 'ccp: no session is running\n' });
  });

  it('asks when its budget is used up, and continues when allowed', async () => {
    const paid = await StrictUpstream.start(
      ({ body }) =>
        (body.tools ?? []).length <= 3
          ? up.saying('{"title":"A test"}')
          : [
              up.created(),
              ...up.textItem(0, 'PAID ANSWER.'),
              up.completed({ input_tokens: 30_000, input_tokens_details: { cached_tokens: 0 } }),
            ],
      'openai',
    );
    const terminal = open(['launch', '--model', 'openai/gpt-5.5', '--budget', '0.10'], {
      CCP_OPENAI_BASE_URL: paid.url,
      OPENAI_API_KEY: 'sk-fake-key-of-no-value',
    });
    await ready(terminal);
    await terminal.waitFor(/budget session/);
    await terminal.type('first words');
    await terminal.waitFor(/PAID ANSWER/);
    await terminal.waitFor(/budget session .* 1\d\d % of \$0\.10/);
    await terminal.type('second words');
    await terminal.waitFor(/The budget for this session is used/);
    // Input typed to Claude Code never approves spending.
    terminal.send('yes y');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(terminal.text).toContain('The budget for this session is used');
    // A zoomed pane shows the question in a row of its own, until it is answered.
    terminal.send(`${prefix}z`);
    await terminal.waitFor(() => !terminal.text.includes('budget session'));
    await terminal.waitFor(() => terminal.rows.at(-1)?.includes('The budget for this session is used') === true);
    terminal.send(`${prefix}y`);
    await terminal.waitFor(() => !/The budget for|The budget .* is raised/.test(terminal.rows.at(-1) ?? ''));
    terminal.send(`${prefix}z`);
    await terminal.waitFor(/budget session/);
    await terminal.waitFor(() => (terminal.text.match(/PAID ANSWER/g) ?? []).length >= 2);
    await terminal.waitFor(() => !terminal.text.includes('used up'));
    await quit(terminal);
    await paid.stop();
  });
});

it('a headless run stops at its budget with a clear error', async () => {
  const paid = await StrictUpstream.start(() => up.saying('PAID.'), 'openai');
  const { code, out, err } = await runCcp(
    home,
    ['launch', '--model', 'openai/gpt-5.5', '--budget', '0', '--', '-p', 'hi'],
    {
      env: { CCP_OPENAI_BASE_URL: paid.url, OPENAI_API_KEY: 'sk-fake-key-of-no-value' },
    },
  );
  expect(`${out}${err}`).toMatch(/The budget of \$0\.0000 for this session is used up/);
  expect(code).not.toBe(0);
  expect(paid.requests).toEqual([]);
  await paid.stop();
});
