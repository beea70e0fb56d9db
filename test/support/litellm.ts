/** A real LiteLLM proxy, installed from PyPI into its own folder. Its tests are skipped when the install fails. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { root } from './home.ts';

const version = '1.106.2';
const folder = join(root, 'node_modules', '.cache', `litellm-${version}`);
const installMs = 240_000;
const startMs = 90_000;
export const litellmKey = 'sk-fake-litellm-key-of-no-value';

/** @returns the path of the program, or `undefined` when Python or PyPI is not available. */
export function litellmProgram(): string | undefined {
  if (process.env.CCP_TEST_LITELLM) return process.env.CCP_TEST_LITELLM;
  const program = join(folder, 'bin', 'litellm');
  if (existsSync(join(folder, 'installed'))) return program;
  if (process.env.CCP_TEST_LITELLM === '') return undefined;
  const run = (command: string, args: string[]) =>
    spawnSync(command, args, { stdio: 'ignore', timeout: installMs }).status === 0;
  mkdirSync(folder, { recursive: true });
  if (!run('python3', ['-m', 'venv', folder])) return undefined;
  if (
    !run(join(folder, 'bin', 'pip'), [
      'install',
      '--quiet',
      '--retries',
      '1',
      '--timeout',
      '20',
      `litellm[proxy]==${version}`,
    ])
  )
    return undefined;
  writeFileSync(join(folder, 'installed'), '');
  return program;
}

export interface Litellm {
  readonly url: string;
  stop(): Promise<void>;
}

/** Configures two models: `mock` answers by itself, `heron` is forwarded to the backend. */
export async function startLitellm(program: string, home: string, backendUrl: string): Promise<Litellm> {
  const config = join(home, 'litellm.json');
  const heron = { model: 'openai/heron', api_base: `${backendUrl}/v1`, api_key: 'fake-backend-key' };
  const mock = { model: 'openai/mock', api_key: 'fake', mock_response: 'Hello from the mock.' };
  writeFileSync(
    config,
    JSON.stringify({
      model_list: [
        { model_name: 'mock', litellm_params: mock },
        {
          model_name: 'heron',
          litellm_params: heron,
          model_info: { max_input_tokens: 131_072, supports_vision: true },
        },
      ],
      litellm_settings: { drop_params: true, telemetry: false, use_chat_completions_url_for_anthropic_messages: true },
      general_settings: { master_key: litellmKey },
    }),
  );
  const port = await freePort();
  const child: ChildProcess = spawn(program, ['--config', config, '--host', '127.0.0.1', '--port', String(port)], {
    env: { PATH: process.env.PATH ?? '', HOME: home, LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
    stdio: 'ignore',
    detached: true,
  });
  const url = `http://127.0.0.1:${port}`;
  const end = performance.now() + startMs;
  while (performance.now() < end) {
    const alive = await fetch(`${url}/health/liveliness`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (alive) return { url, stop: () => stop(child) };
    await wait(250);
  }
  await stop(child);
  throw new Error('LiteLLM did not start');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGTERM');
  await Promise.race([exited, wait(5_000)]);
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
}
