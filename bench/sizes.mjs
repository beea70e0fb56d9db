// `npm run bench:sizes`: a turn of each dialect at body sizes from 1 kB to 4 MB: time to the first delta beside a plain Node relay in the
// same run, CPU of the proxy, and the longest time for which the proxy does not respond to another connection.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ccp = process.argv[2] ?? fileURLToPath(new URL('../bin/ccp.js', import.meta.url));
/**
 * Bytes of the body, turns, how much longer than the relay the first delta may take, and the CPU of a turn (that of the
 * leanest proxy measured elsewhere), both in milliseconds.
 */
const sizes = [
  [1_000, 600, 2, 2],
  [100_000, 200, 3.5, 3],
  [1_000_000, 60, 15, 15],
  [4_000_000, 20, undefined, undefined],
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

const deltas = 20;
const words = Array.from({ length: deltas }, () => 'words ');
const frame = (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const data = (object) => `data: ${JSON.stringify(object)}\n\n`;
const chunk = (delta, more) =>
  data({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: null, ...more }] });

/** The same answer in each dialect, and the model that asks for it. */
const dialects = {
  responses: {
    model: 'codex/gpt-5.5',
    answer: [
      { type: 'response.created', response: { id: 'r' } },
      { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'm', content: [] } },
      ...words.map((delta) => ({
        type: 'response.output_text.delta',
        output_index: 0,
        item_id: 'm',
        content_index: 0,
        delta,
      })),
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { type: 'message', id: 'm', content: [{ type: 'output_text', text: words.join('') }] },
      },
      {
        type: 'response.completed',
        response: { status: 'completed', output: [], usage: { input_tokens: 5_000, output_tokens: 20 } },
      },
    ]
      .map(frame)
      .join(''),
  },
  chat: {
    model: 'chat-host/m',
    answer: [
      ...words.map((content) => chunk({ content })),
      chunk({}, { finish_reason: 'stop' }),
      data({ id: 'c', choices: [], usage: { prompt_tokens: 5_000, completion_tokens: 20 } }),
      'data: [DONE]\n\n',
    ].join(''),
  },
  messages: {
    model: 'messages-host/m',
    answer: [
      {
        type: 'message_start',
        message: {
          id: 'm',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          stop_reason: null,
          usage: { input_tokens: 5_000, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...words.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 20 } },
      { type: 'message_stop' },
    ]
      .map(frame)
      .join(''),
  },
  gemini: {
    model: 'gemini-host/m',
    answer: words
      .map((text, at) =>
        data({
          candidates: [
            {
              index: 0,
              content: { role: 'model', parts: [{ text }] },
              ...(at === deltas - 1 && { finishReason: 'STOP' }),
            },
          ],
          usageMetadata: { promptTokenCount: 5_000, candidatesTokenCount: 20, totalTokenCount: 5_020 },
        }),
      )
      .join(''),
  },
};
const answers = Object.fromEntries(Object.entries(dialects).map(([name, { answer }]) => [name, answer]));
const isGiven = process.argv.slice(3);
const measured = Object.keys(dialects).filter((name) => isGiven.length === 0 || isGiven.includes(name));
const upstream =
  await start(`const answers = ${JSON.stringify(answers)}; require('http').createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answers[request.url.split('/')[1]]));
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`);
const relay = await start(`const http = require('http'); const agent = new http.Agent({ keepAlive: true });
http.createServer((request, response) => {
  const sent = http.request('${upstream.url}' + request.url, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': request.headers['content-length'] } },
    (answer) => { response.writeHead(answer.statusCode, answer.headers); answer.pipe(response); });
  request.pipe(sent);
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`);
mkdirSync(join(home, '.config', 'ccp'), { recursive: true, mode: 0o700 });
const upstreams = Object.fromEntries(
  ['chat', 'messages', 'gemini'].map((dialect) => [
    `${dialect}-host`,
    { dialect, baseUrl: `${upstream.url}/${dialect}`, auth: { type: 'none' } },
  ]),
);
writeFileSync(join(home, '.config', 'ccp', 'config.json'), JSON.stringify({ upstreams }), { mode: 0o600 });
const proxy = spawn(process.execPath, [ccp, 'serve', '--port', '0', '--json'], {
  cwd: home,
  env: {
    PATH: process.env.PATH,
    HOME: home,
    CCP_KEYCHAIN: 'off',
    CCP_CODEX_ACCESS_TOKEN: 'fake-token',
    CCP_CODEX_ACCOUNT_ID: 'fake-account',
    CCP_CODEX_BASE_URL: `${upstream.url}/responses`,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
processes.push(proxy);
const { url, token } = JSON.parse(String(await new Promise((resolve) => proxy.stdout.once('data', resolve))));

function bodyOf(bytes, model) {
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
  return JSON.stringify({ model, max_tokens: 100, stream: true, messages, tools });
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
        if (first === undefined && chunk.includes('words')) first = performance.now() - began;
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
  for (const [dialect, [bytes, turns, limit, cpuLimit]] of measured.flatMap((name) =>
    sizes.map((size) => [name, size]),
  )) {
    const body = bodyOf(bytes, dialects[dialect].model);
    const [direct, through] = [[], []];
    // Code that has run often enough to be compiled: a session has thousands of turns.
    for (let n = 0; n < turns; n++) await call(`${url}/v1/messages`, body);
    const before = cpuMs();
    for (let n = 0; n < turns; n++) through.push(await call(`${url}/v1/messages`, body));
    const cpu = (cpuMs() - before) / turns;
    for (let n = 0; n < turns; n++) direct.push(await call(`${relay.url}/${dialect}`, body));
    const longest = await withProbe(async () => {
      for (let n = 0; n < Math.min(turns, 20); n++) await call(`${url}/v1/messages`, body);
    });
    const added = median(through) - median(direct);
    if (limit !== undefined && (added > limit || cpu > cpuLimit)) isSlow = true;
    const row = [
      dialect.padEnd(9),
      `${(body.length / 1_000).toFixed(0).padStart(5)} kB`,
      `first delta ${median(through).toFixed(1)} ms (relay ${median(direct).toFixed(1)}, added ${added.toFixed(1)}${limit === undefined ? '' : `, limit ${limit}`})`,
      `CPU ${cpu.toFixed(1)} ms a turn${cpuLimit === undefined ? '' : ` (limit ${cpuLimit})`}`,
      `longest wait of others ${longest.toFixed(0)} ms`,
    ];
    process.stdout.write(`${row.join('  ')}\n`);
  }
} finally {
  for (const child of processes) child.kill();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(isSlow ? 1 : 0);
