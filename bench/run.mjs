// `npm run bench`: the proxy beside the upstream itself, in one run on one machine. Ratios count, not seconds.
// `node bench/run.mjs OTHER/bin/ccp.js` measures another build of ccp in the same run, for comparison.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const limits = { addedMs: 2, cpuSeconds: 1.2, memoryMb: 160 };
/** Bytes of the request bodies for which the CPU of a turn is measured. */
const bodySizes = [1_000, 100_000, 500_000, 2_000_000];
const agent = new Agent({ keepAlive: true, maxSockets: 100 });

const upstream = fork(join(here, 'upstream.mjs'));
const upstreamUrl = await new Promise((resolve) => upstream.once('message', ({ url }) => resolve(url)));

const prompt = (plan) => `BENCH${JSON.stringify(plan)}`;
const direct = (plan) => ({
  url: `${upstreamUrl}/responses`,
  body: { model: 'gpt-5.5', input: [{ role: 'user', content: [{ type: 'input_text', text: prompt(plan) }] }] },
});

/** A conversation of an agent, about `bytes` long: reads of files, edits, their results, words between them. */
function conversation(bytes) {
  const messages = [{ role: 'user', content: prompt({}) }];
  for (let n = 0, length = 0; length < bytes; n++) {
    const text = `line ${n}: const value = compute("${n}"); // a comment\n`.repeat(Math.min(60, 1 + bytes / 1_000));
    const id = `toolu_${n}`;
    messages.push(
      {
        role: 'assistant',
        content: [
          { type: 'text', text: `Reading file ${n}.` },
          { type: 'tool_use', id, name: 'Read', input: { file_path: `/src/file${n}.ts` } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: text }] },
    );
    length += text.length + 250;
  }
  return messages;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const ticksPerSecond = 100;

/** Milliseconds to the first delta and to the end. */
function call({ url: target, body, token = 'fake' }) {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const start = performance.now();
    let first;
    const sent = request(
      target,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'x-api-key': token,
          authorization: 'Bearer fake',
          'content-length': Buffer.byteLength(text),
        },
      },
      (answer) => {
        answer.on('data', (chunk) => {
          if (first === undefined && chunk.includes('delta')) first = performance.now() - start;
        });
        answer.on('end', () => resolve({ first, total: performance.now() - start, status: answer.statusCode }));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

async function measure(program) {
  const home = mkdtempSync(join(tmpdir(), 'ccp-bench-'));
  const proxy = spawn(process.execPath, [program, 'serve', '--json', '--port', '0'], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      XDG_STATE_HOME: join(home, 'state'),
      XDG_CONFIG_HOME: join(home, 'config'),
      CCP_CODEX_BASE_URL: upstreamUrl,
      CCP_CODEX_ACCESS_TOKEN: 'fake-bench-token',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { url, token, pid } = JSON.parse(
    await new Promise((resolve) => createInterface({ input: proxy.stdout }).once('line', resolve)),
  );
  const turn = (messages) => ({
    url: `${url}/v1/messages`,
    body: { model: 'gpt-5.5', max_tokens: 1000, stream: true, messages },
    token,
  });
  const proxied = (plan) => turn([{ role: 'user', content: prompt(plan) }]);
  const cpuSeconds = () => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  };
  const memoryMb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  const results = [];
  const row = (what, value, base, limit, unit) => results.push({ what, value, base, limit, unit });

  for (let warm = 0; warm < 30; warm++) {
    await call(direct({}));
    await call(proxied({}));
  }

  const times = { direct: [], proxied: [] };
  for (let round = 0; round < 200; round++) {
    times.direct.push((await call(direct({}))).first);
    times.proxied.push((await call(proxied({}))).first);
  }
  row(
    'time to first token, median',
    median(times.proxied),
    median(times.direct),
    median(times.direct) + limits.addedMs,
    'ms',
  );

  const plan = { deltas: 40_000, perChunk: 8 };
  const directRun = await call(direct(plan));
  const cpuBefore = cpuSeconds();
  const proxiedRun = await call(proxied(plan));
  row('CPU of the proxy for 40,000 deltas', cpuSeconds() - cpuBefore, undefined, limits.cpuSeconds, 's');
  row('wall time for 40,000 deltas', proxiedRun.total, directRun.total, undefined, 'ms');

  const streams = Array.from({ length: 50 }, () => call(proxied({ deltas: 200, everyMs: 10 })));
  let peak = 0;
  const sampling = setInterval(() => {
    peak = Math.max(peak, memoryMb());
  }, 50);
  await Promise.all(streams);
  clearInterval(sampling);
  row('memory with 50 streams, peak', peak, undefined, limits.memoryMb, 'MB');

  for (const bytes of bodySizes) {
    const messages = conversation(bytes);
    const text = JSON.stringify(turn(messages).body);
    const turns = Math.max(10, Math.min(200, Math.round(20_000_000 / text.length)));
    for (let warm = 0; warm < 5; warm++) await call(turn(messages));
    const before = cpuSeconds();
    for (let n = 0; n < turns; n++) await call(turn(messages));
    const ours = (cpuSeconds() - before) / turns;
    const start = process.cpuUsage();
    for (let n = 0; n < turns; n++) JSON.stringify(JSON.parse(text));
    const { user, system } = process.cpuUsage(start);
    row(
      `CPU of a turn, body of ${(text.length / 1000).toFixed(0)} kB`,
      ours * 1000,
      (user + system) / 1000 / turns,
      undefined,
      'ms',
    );
  }

  process.kill(pid, 'SIGTERM');
  await new Promise((resolve) => proxy.once('exit', resolve));
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return results;
}

const number = (value) => (value === undefined ? '' : value.toFixed(2));
function print(name, results) {
  process.stdout.write(
    `${name.padEnd(42)}${'through ccp'.padStart(12)}${'direct*'.padStart(10)}${'ratio'.padStart(9)}${'limit'.padStart(10)}\n`,
  );
  for (const { what, value, base, limit, unit } of results) {
    const over = limit !== undefined && value > limit;
    if (over) process.exitCode = 1;
    process.stdout.write(
      `${`${what} (${unit})`.padEnd(42)}${number(value).padStart(12)}${number(base).padStart(10)}${(base ? `${(value / base).toFixed(2)}×` : '').padStart(9)}${number(limit).padStart(10)} ${over ? 'OVER' : ''}\n`,
    );
  }
}

const programs = [join(here, '..', 'bin', 'ccp.js'), ...process.argv.slice(2)];
for (const [index, program] of programs.entries())
  print(index === 0 ? 'measure' : `other build ${index}`, await measure(program));
process.stdout.write('* the upstream itself; for the CPU of a turn, JSON.parse + JSON.stringify of the same body\n');
upstream.kill();
agent.destroy();
