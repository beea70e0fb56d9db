/** A local model: discovered, sized, used by the real Claude Code, and reported with a remedy when missing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Home, makeHome } from '../support/home.ts';
import { OllamaServer } from '../support/ollama.ts';
import { runCcp } from '../support/run.ts';

let home: Home;
let ollama: OllamaServer;

beforeEach(async () => {
  home = makeHome();
  ollama = await OllamaServer.start();
});

afterEach(async () => {
  await ollama.stop();
  home.remove();
});

const ccp = (...args: string[]) => runCcp(home, args, { env: { CCP_OLLAMA_BASE_URL: `${ollama.url}/v1` } });

it('a local model works with complete tool calls that end with "stop"', async () => {
  const log = join(home.project, 'ran.log');
  const bash = (command: string, id: string) => ({
    id,
    index: 0,
    type: 'function',
    function: { name: 'Bash', arguments: JSON.stringify({ command, description: command }) },
  });
  ollama.rounds = [
    {
      reasoning: 'Let me look.',
      tool_calls: [
        bash(
          `echo one >> ${log}; echo $CLAUDE_CODE_AUTO_COMPACT_WINDOW $CLAUDE_CODE_MAX_CONTEXT_TOKENS >> ${log}`,
          'call_a1',
        ),
      ],
    },
    { content: 'All done.' },
  ];
  const { out, err } = await ccp('launch', '--model', 'ollama/qwen3:8b', '--', '-p', 'work', '--allowedTools', 'Bash');
  expect(`${out}${err}`).toContain('All done.');
  // Below 100k the client would raise its own compaction window.
  expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual(['one', '98304']);
  expect(ollama.requests[0]?.max_tokens).toBeLessThan(98_304);
});

it('the model list shows the running window, else the configured window, else an assumed one', async () => {
  ollama.running = [{ name: 'gemma3:4b', context_length: 65_536 }];
  const listed = async () => {
    const { out } = await ccp('models', '--upstream', 'ollama', '--json');
    return JSON.parse(out).models.map((model: Record<string, unknown>) => [
      model.id,
      model.contextWindow,
      model.windowAssumed,
      model.vision,
    ]);
  };
  expect(await listed()).toEqual([
    ['qwen3:8b', 98_304, false, false],
    ['gemma3:4b', 65_536, false, true],
  ]);
  ollama.running = [];
  expect((await listed())[1]).toEqual(['gemma3:4b', 32_768, true, true]);
  const { err } = await ccp('launch', '--model', 'ollama/gemma3:4b', '--', '-p', 'hi');
  expect(err).toMatch(/OLLAMA_CONTEXT_LENGTH/);
});

it('a missing model is reported with the command that pulls it', async () => {
  const { out, err, code } = await ccp('launch', '--model', 'ollama/phi9', '--', '-p', 'hi');
  expect(`${out}${err}`).toContain('ollama pull phi9');
  expect(code).toBe(1);
});

it('an unreachable server is reported with the command that starts it, before the launch', async () => {
  const env = { CCP_OLLAMA_BASE_URL: `${ollama.url}/v1` };
  await ollama.stop();
  const { err, code } = await runCcp(home, ['launch', '--model', 'ollama/qwen3:8b', '--', '-p', 'hi'], { env });
  expect(err).toMatch(
    /Nothing answers at http:\/\/127\.0\.0\.1:\d+\/v1 \(ECONNREFUSED\)\. Start it with `ollama serve`/,
  );
  expect(code).toBe(1);
  ollama.stop = async () => {};
});
