// `npm run bench`: the proxy beside the upstream itself, in one run on one machine. Ratios count, not seconds.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'ccp-bench-'));
const limits = { addedMs: 2, cpuSeconds: 1.2, memoryMb: 160 };
const agent = new Agent({ keepAlive: true, maxSockets: 100 });

const upstream = fork(join(here, 'upstream.mjs'));
const upstreamUrl = await new Promise((resolve) => upstream.once('message', ({ url }) => resolve(url)));
const proxy = spawn(process.execPath, [join(here, '..', 'bin', 'ccp.js'), 'serve', '--json', '--port', '0'], {
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

const prompt = (plan) => `BENCH${JSON.stringify(plan)}`;
const direct = (plan) => ({
  url: `${upstreamUrl}/responses`,
  body: { model: 'gpt-5.5', input: [{ role: 'user', content: [{ type: 'input_text', text: prompt(plan) }] }] },
});
const proxied = (plan) => ({
  url: `${url}/v1/messages`,
  body: { model: 'gpt-5.5', max_tokens: 1000, stream: true, messages: [{ role: 'user', content: prompt(plan) }] },
});

/** Milliseconds to the first delta and to the end. */
function call({ url: target, body }) {
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

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const ticksPerSecond = 100;
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

process.kill(pid, 'SIGTERM');
upstream.kill();
agent.destroy();
rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

let failed = false;
const number = (value) => (value === undefined ? '' : value.toFixed(2));
process.stdout.write(
  `${'measure'.padEnd(40)}${'through ccp'.padStart(12)}${'direct'.padStart(10)}${'ratio'.padStart(8)}${'limit'.padStart(10)}\n`,
);
for (const { what, value, base, limit, unit } of results) {
  const over = limit !== undefined && value > limit;
  failed ||= over;
  process.stdout.write(
    `${`${what} (${unit})`.padEnd(40)}${number(value).padStart(12)}${number(base).padStart(10)}${(base ? `${(value / base).toFixed(2)}×` : '').padStart(8)}${number(limit).padStart(10)} ${over ? 'OVER' : ''}\n`,
  );
}
process.exitCode = failed ? 1 : 0;
