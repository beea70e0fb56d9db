// `npm run bench:sizes`: a turn at body sizes from 1 kB to 4 MB: time to the first delta beside a plain Node relay in the
// same run, CPU of the proxy, and the longest time for which the proxy does not respond to another connection.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ccp = process.argv[2] ?? fileURLToPath(new URL('../bin/ccp.js', import.meta.url));
/** Bytes of the body, turns, and how much longer than the relay the first delta may take, in milliseconds. */
const sizes = [
  [1_000, 600, 2],
  [100_000, 200, 3.5],
  [1_000_000, 60, 15],
  [4_000_000, 20, undefined],
];
const ticksPerSecond = 100;
const home = mkdtempSync(join(tmpdir(), 'ccp-sizes-'));
const processes = [];

/** Starts Node on a source that prints its port first. */
async function start(source) {
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(child);
  const port = Number(String(await new Promise((resolve) => child.stdout.once('data', resolve))));
  return { child, url: `http://127.0.0.1:${port}` };
}

const events = [
  { type: 'response.created', response: { id: 'r' } },
  { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'm', content: [] } },
  ...Array.from({ length: 20 }, () => ({
    type: 'response.output_text.delta',
    output_index: 0,
    item_id: 'm',
    content_index: 0,
    delta: 'words ',
  })),
  {
    type: 'response.output_item.done',
    output_index: 0,
    item: { type: 'message', id: 'm', content: [{ type: 'output_text', text: 'words '.repeat(20) }] },
  },
  {
    type: 'response.completed',
    response: { status: 'completed', output: [], usage: { input_tokens: 5_000, output_tokens: 20 } },
  },
];
const answer = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
const upstream = await start(`require('http').createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(${JSON.stringify(answer)}));
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`);
const relay = await start(`const http = require('http'); const agent = new http.Agent({ keepAlive: true });
http.createServer((request, response) => {
  const sent = http.request('${upstream.url}/responses', { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': request.headers['content-length'] } },
    (answer) => { response.writeHead(answer.statusCode, answer.headers); answer.pipe(response); });
  request.pipe(sent);
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`);
const proxy = spawn(process.execPath, [ccp, 'serve', '--port', '0', '--json'], {
  cwd: home,
  env: {
    PATH: process.env.PATH,
    HOME: home,
    CCP_KEYCHAIN: 'off',
    CCP_CODEX_ACCESS_TOKEN: 'fake-token',
    CCP_CODEX_ACCOUNT_ID: 'fake-account',
    CCP_CODEX_BASE_URL: upstream.url,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
processes.push(proxy);
const { url, token } = JSON.parse(String(await new Promise((resolve) => proxy.stdout.once('data', resolve))));

function bodyOf(bytes) {
  const messages = [{ role: 'user', content: 'Begin.' }];
  for (let n = 0, length = 600; length < bytes; n++) {
    const text = `line ${n} of a file\n`.repeat(20);
    messages.push(
      { role: 'assistant', content: [{ type: 'tool_use', id: `t${n}`, name: 'Read', input: { file_path: `/${n}` } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: `t${n}`, content: text }] },
    );
    length += text.length + 230;
  }
  const schema = { type: 'object', properties: { file_path: { type: 'string' } }, required: ['file_path'] };
  const tools = [{ name: 'Read', description: 'Reads a file.', input_schema: schema }];
  return JSON.stringify({ model: 'gpt-5.5', max_tokens: 100, stream: true, messages, tools });
}

const agent = new http.Agent({ keepAlive: true });

/** Milliseconds to the first delta. */
const call = (target, body) =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    let first;
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const sent = http.request(target, { method: 'POST', agent, headers }, (response) => {
      response.on('data', (chunk) => {
        if (first === undefined && chunk.includes('delta')) first = performance.now() - began;
      });
      response.on('end', () =>
        response.statusCode === 200 ? resolve(first) : reject(new Error(`HTTP ${response.statusCode}`)),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });

function cpuMs() {
  const fields = readFileSync(`/proc/${proxy.pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** A second process that measures how long the proxy takes for a request that needs no work. */
async function withProbe(work) {
  const probe = spawn(
    process.execPath,
    [
      '-e',
      `const http = require('http'); const agent = new http.Agent({ keepAlive: true }); let longest = 0;
      const once = () => { const began = performance.now(); http.get('${url}/healthz', { agent }, (response) => response.resume().on('end', () => { longest = Math.max(longest, performance.now() - began); setTimeout(once, 1); })); };
      once(); setTimeout(() => { longest = 0; process.stdout.write('ready\\n'); }, 300); process.on('SIGTERM', () => { process.stdout.write(String(longest)); process.exit(); });`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let out = '';
  probe.stdout.on('data', (data) => {
    out += data;
  });
  await new Promise((resolve) => probe.stdout.once('data', resolve));
  await work();
  probe.kill('SIGTERM');
  await new Promise((resolve) => probe.once('exit', resolve));
  return Number(out.replace('ready\n', ''));
}

let isSlow = false;
try {
  for (const [bytes, turns, limit] of sizes) {
    const body = bodyOf(bytes);
    const [direct, through] = [[], []];
    for (let n = 0; n < 10; n++) await call(`${url}/v1/messages`, body);
    const before = cpuMs();
    for (let n = 0; n < turns; n++) through.push(await call(`${url}/v1/messages`, body));
    const cpu = (cpuMs() - before) / turns;
    for (let n = 0; n < turns; n++) direct.push(await call(`${relay.url}/v1/messages`, body));
    const longest = await withProbe(async () => {
      for (let n = 0; n < Math.min(turns, 20); n++) await call(`${url}/v1/messages`, body);
    });
    const added = median(through) - median(direct);
    if (limit !== undefined && added > limit) isSlow = true;
    const row = [
      `${(body.length / 1_000).toFixed(0).padStart(5)} kB`,
      `first delta ${median(through).toFixed(1)} ms (relay ${median(direct).toFixed(1)}, added ${added.toFixed(1)}${limit === undefined ? '' : `, limit ${limit}`})`,
      `CPU ${cpu.toFixed(1)} ms a turn`,
      `longest wait of others ${longest.toFixed(0)} ms`,
    ];
    process.stdout.write(`${row.join('  ')}\n`);
  }
} finally {
  for (const child of processes) child.kill();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(isSlow ? 1 : 0);
