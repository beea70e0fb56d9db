/** The real Claude Code, headless, through the real proxy, against the strict upstream. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agent, answersSince } from '../support/agent.ts';
import * as up from '../support/events.ts';
import { fakeToken, filesBelow, type Home, makeHome } from '../support/home.ts';
import { type Finished, runCcp } from '../support/run.ts';
import { openStream, StrictUpstream } from '../support/strict-upstream.ts';

let home: Home;
let upstream: StrictUpstream;

beforeEach(async () => {
  home = makeHome();
  upstream = await StrictUpstream.start(() => up.saying('Hi.'));
});

afterEach(async () => {
  await upstream.stop();
  home.remove();
  expect(upstream.complaints).toEqual([]);
});

const allowed = ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash,Read,Edit,Write'];

const ask = (
  prompt: string,
  more: string[] = [],
  flags: string[] = [],
  env: Record<string, string> = {},
): Promise<Finished> =>
  runCcp(home, ['launch', '--model', 'gpt-5.5', ...flags, '--', '-p', prompt, ...more], {
    env: { CCP_CODEX_BASE_URL: upstream.url, ...env },
  });

const log = () => join(home.project, 'ran.log');

describe('ccp launch -- -p', () => {
  it('reads, edits and runs commands, each tool exactly once', async () => {
    const notes = join(home.project, 'notes.txt');
    upstream.script = agent([
      {
        thinking: 'I read first.',
        text: 'Reading.',
        calls: [{ name: 'Read', args: { file_path: notes, pages: '', limit: null } }],
      },
      {
        text: 'Editing and running.',
        calls: [
          { name: 'Edit', args: { file_path: notes, old_string: 'beta', new_string: 'BETA', replace_all: null } },
          { name: 'Bash', args: { command: `echo one >> ${log()}`, description: '' } },
          { name: 'Bash', args: { command: `echo two >> ${log()}` } },
        ],
      },
      { text: 'All done.' },
    ]);
    const { code, out, err } = await ask('work', allowed);
    expect(out).toContain('All done.');
    expect(code).toBe(0);
    expect(readFileSync(notes, 'utf8')).toBe('alpha\nBETA\ngamma\n');
    expect(readFileSync(log(), 'utf8').trim().split('\n').sort()).toEqual(['one', 'two']);
    expect(err).toMatch(
      /^ccp: 3 requests · tokens 3\.6k in \/ 3\.0k cached \/ 150 out · plan \(≈ \$[\d.]+ by API\) · [\d.]+ s · 3 repaired|^ccp: 3 requests/m,
    );
  });

  it('transfers a 200 kB Write and keeps the prompt prefix append-only', async () => {
    const content = Array.from(
      { length: 4200 },
      (_, line) => `${line}: línea "q" \\ 漢字 with some more words to fill`,
    ).join('\n');
    const path = join(home.project, 'big.txt');
    upstream.script = agent([{ calls: [{ name: 'Write', args: { file_path: path, content } }] }, { text: 'Written.' }]);
    const { out } = await ask('write', allowed);
    expect(out).toContain('Written.');
    expect(content.length).toBeGreaterThan(200_000);
    expect(readFileSync(path, 'utf8')).toBe(content);
    const [first, second] = upstream.requests.filter((request) => (request.body.tools ?? []).length > 3);
    for (const key of ['instructions', 'tools', 'prompt_cache_key'])
      expect(second?.body[key]).toEqual(first?.body[key]);
    expect(JSON.stringify(second?.body.input).startsWith(JSON.stringify(first?.body.input).slice(0, -1))).toBe(true);
  });

  it('never runs a truncated call, and reports the reason', async () => {
    upstream.script = (request, response) => {
      if ((request.body.tools ?? []).length <= 3) return up.saying('{}');
      openStream(response);
      const path = join(home.project, 'cut.txt');
      response.write(
        up.frames([
          up.created(),
          ...up.textItem(0, 'I write.'),
          up.callStart(1, { name: 'Write', args: '' }),
          up.callDelta(1, `{"file_path":${JSON.stringify(path)},"content":"half`),
        ]),
      );
      setTimeout(() => response.end(), 50);
      return undefined;
    };
    const { code, out } = await ask('write', allowed);
    expect(existsSync(join(home.project, 'cut.txt'))).toBe(false);
    expect(code).toBe(1);
    expect(out).toMatch(/codex \(gpt-5\.5\) ended the stream before the answer was complete|Server error mid-response/);
  });

  it('resumes with -c and the complete history', async () => {
    upstream.script = agent([{ thinking: 'Remember.', text: 'The word is heron.' }]);
    await ask('remember the word heron');
    upstream.script = agent([{ text: 'It was heron.' }]);
    const { out } = await ask('which word', ['-c']);
    expect(out).toContain('It was heron.');
    const { text } = upstream.requests.at(-1)!;
    expect(text).toContain('remember the word heron');
    expect(text).toContain('The word is heron.');
    expect(text).toContain('"encrypted_content":"opaque"');
  });

  it('passes its exit code, its arguments and its input through', async () => {
    expect((await ask('x', ['--no-such-flag'])).code).toBe(1);
    const { out } = await runCcp(home, ['launch', '--model', 'gpt-5.5', '--', '--version']);
    expect(out).toMatch(/^\d+\.\d+\.\d+ \(Claude Code\)/);
    upstream.script = (request) => up.saying(request.text.includes('from stdin') ? 'Got it.' : 'Nothing.');
    const piped = await runCcp(home, ['launch', '--model', 'gpt-5.5', '--', '-p'], {
      env: { CCP_CODEX_BASE_URL: upstream.url },
      input: 'words from stdin',
    });
    expect(piped.out).toContain('Got it.');
  });

  it('keeps its exit code and its receipt when a signal arrives during teardown', async () => {
    const slow = join(home.home, 'slow-claude');
    writeFileSync(
      slow,
      '#!/bin/sh\nif [ "$1" = --version ]; then echo "2.1.197 (Claude Code)"; exit; fi\n(for i in 1 2 3 4 5 6 7 8 9; do sleep 0.02; kill -TERM $PPID; done) 2>/dev/null &\nexit 7\n',
      { mode: 0o755 },
    );
    const { code, err } = await ask('x', [], [], { CCP_CLAUDE_PATH: slow });
    expect(code).toBe(7);
    expect(err).toMatch(/^ccp: 0 requests/m);
  });

  it('applies --effort, --fast-model and the session id', async () => {
    upstream.script = agent([{ calls: [{ name: 'Bash', args: { command: 'env' } }] }, { text: 'ok' }]);
    await ask('x', allowed, ['--fast-model', 'gpt-6-sol', '--effort', 'low']);
    const main = upstream.requests.filter((request) => (request.body.tools ?? []).length > 3);
    expect(main[0]?.body).toMatchObject({ model: 'gpt-5.5', reasoning: { effort: 'low' } });
    expect(main[0]?.body.prompt_cache_key).toMatch(/^[0-9a-f-]{36}$/);
    const environment = String(answersSince(main[1]!)[0]?.output);
    expect(environment).toContain('ANTHROPIC_MODEL=gpt-5.5[1m]');
    expect(environment).toContain('ANTHROPIC_DEFAULT_HAIKU_MODEL=gpt-6-sol');
    expect(environment).toContain('CLAUDE_CODE_AUTO_COMPACT_WINDOW=272000');
  });

  it('hides credentials from Claude Code, its commands, its files and the log', async () => {
    upstream.script = agent([{ calls: [{ name: 'Bash', args: { command: 'env' } }] }, { text: 'ok' }]);
    await ask('x', allowed, [], { ANTHROPIC_API_KEY: 'fake-anthropic-key', HTTP_PROXY: 'http://127.0.0.1:9' });
    const environment = String(
      answersSince(upstream.requests.filter((request) => (request.body.tools ?? []).length > 3)[1]!)[0]?.output,
    );
    expect(environment).toMatch(/NO_PROXY=127\.0\.0\.1,localhost,::1/);
    expect(environment).not.toContain(fakeToken);
    expect(environment).not.toContain('ANTHROPIC_API_KEY');
    for (const file of filesBelow(home.home)) {
      const text = readFileSync(file, 'utf8');
      expect(text.includes(fakeToken), `${file} holds the token`).toBe(false);
      // Claude Code's own transcript contains the output of `env`.
      if (!file.includes('.claude')) expect(/ccp-[\w-]{40}/.test(text), `${file} holds a secret`).toBe(false);
    }
  }, 60_000);

  it('does not modify the user’s Claude configuration', async () => {
    const settings = join(home.home, '.claude', 'settings.json');
    await ask('hello');
    expect(existsSync(settings)).toBe(false);
    expect(
      filesBelow(home.home).filter(
        (file) => file.includes('.claude') && readFileSync(file, 'utf8').includes('127.0.0.1:'),
      ),
    ).toEqual([]);
  });

  it('merges --settings, and a user’s gateway settings do not bypass the proxy', async () => {
    writeFileSync(
      join(home.project, 'mine.json'),
      JSON.stringify({ env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', MINE: 'yes' } }),
    );
    upstream.script = agent([{ calls: [{ name: 'Bash', args: { command: 'echo mine=$MINE' } }] }, { text: 'ok' }]);
    const { code } = await ask('x', [...allowed, '--settings', 'mine.json']);
    expect(code).toBe(0);
    const main = upstream.requests.filter((request) => (request.body.tools ?? []).length > 3);
    expect(answersSince(main[1]!)[0]?.output).toContain('mine=yes');
  });

  it('names a gateway in settings files that this session does not use, and a budget with other prices', async () => {
    const settings = { env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' }, apiKeyHelper: 'echo fake-key' };
    const path = join(home.home, '.claude', 'settings.json');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(settings));
    upstream.script = agent([{ text: 'ok' }]);
    const { code, out, err } = await ask('x', ['--max-budget-usd', '5']);
    expect([code, out.trim()]).toEqual([0, 'ok']);
    expect(err).toContain('ccp: --max-budget-usd: Claude Code counts with its own prices');
    expect(err).toContain(`ccp: ${path} sets env.ANTHROPIC_BASE_URL, apiKeyHelper. This session does not use it`);
  });

  it('reports a plan limit without repeated requests', async () => {
    upstream.script = () => ({
      status: 429,
      body: JSON.stringify({
        error: {
          type: 'usage_limit_reached',
          plan_type: 'plus',
          resets_in_seconds: 7200,
          resets_at: Math.floor(Date.now() / 1000) + 7200,
        },
      }),
    });
    const { code, out } = await ask('x');
    expect(code).toBe(1);
    expect(out).toMatch(/plus plan limit is reached, resets at/);
    expect(upstream.requests.length).toBeLessThanOrEqual(2);
  });

  it('recovers from a context overflow: Claude Code compacts and retries', async () => {
    let overflowed = false;
    upstream.script = (request) => {
      if (request.text.includes('Respond with TEXT ONLY'))
        return up.saying('<analysis>a</analysis><summary>They said hello.</summary>');
      if (!overflowed && request.text.includes('and now more')) {
        overflowed = true;
        return {
          status: 400,
          body: '{"error":{"code":"context_length_exceeded","message":"Your input exceeds the context window of this model."}}',
        };
      }
      return up.saying('Fine.');
    };
    // A conversation of one exchange has nothing to compact.
    await ask('hello');
    await ask('hello again', ['-c']);
    await ask('and again', ['-c']);
    const { code, out } = await ask('and now more', ['-c']);
    expect([code, out.trim()]).toEqual([0, 'Fine.']);
    expect(
      upstream.requests.some((request) => request.text.includes('being continued from a previous conversation')),
    ).toBe(true);
  });

  it('writes the ledger, which ccp usage sums', async () => {
    await ask('hello');
    const { out } = await runCcp(home, ['usage', '--json', '--by', 'model']);
    const { rows, total } = JSON.parse(out);
    expect(rows).toMatchObject([
      {
        key: 'gpt-5.5',
        requests: 1,
        inputTokens: 200,
        cacheReadTokens: 1000,
        outputTokens: 50,
        reasoningTokens: 20,
        totalTokens: 1250,
        costKind: 'plan',
      },
    ]);
    expect(total.requests).toBe(1);
    const [file] = filesBelow(join(home.home, '.state', 'ccp', 'ledger'));
    const line = readFileSync(file ?? '', 'utf8');
    expect(line).not.toContain('hello');
    expect(line).not.toContain(home.project);
  });

  it('says when Claude Code moves to its own fallback model', async () => {
    upstream.script = (request) =>
      request.body.model === 'gpt-5.5'
        ? { status: 503, body: '{"error":{"message":"overloaded","code":"server_is_overloaded"}}' }
        : up.saying('From the other one.');
    const { code, out, err } = await ask('hi', ['--fallback-model', 'codex/gpt-6-luna']);
    expect(`${code} ${out}`).toBe('0 From the other one.\n');
    expect(err).toContain('ccp: Claude Code’s --fallback-model acts: it asks for codex/gpt-6-luna');
  });
});
