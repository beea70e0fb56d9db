// `npm run bench`: one long conversation over HTTP and over WebSocket, side by side, as the Codex back end takes it.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');
const folder = mkdtempSync(join(tmpdir(), 'ccp-bench-'));
const turns = 60;

const entry = `
export { httpTransport } from './src/upstream/http-transport.ts';
export { websocketTransport } from './src/upstream/websocket-transport.ts';
export { systemClock } from './src/platform/clock.ts';
`;
await esbuild.build({
  stdin: { contents: entry, resolveDir: root, loader: 'ts' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  outfile: join(folder, 'transports.mjs'),
  banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
  logLevel: 'error',
});
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
const { httpTransport, websocketTransport, systemClock } = await import(
  pathToFileURL(join(folder, 'transports.mjs')).href
);

const upstream = fork(join(here, 'transports-upstream.mjs'));
const url = await new Promise((resolve) => upstream.once('message', ({ url: listening }) => resolve(listening)));
const http = httpTransport('127.0.0.1');
const websocket = websocketTransport(http, systemClock);

const settings = {
  model: 'gpt-5.5',
  instructions: 'x'.repeat(20_000),
  tools: [{ type: 'function', name: 'T', parameters: { x: 'y'.repeat(40_000) } }],
};
const said = (n) => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text: `answer ${n}`, annotations: [] }],
});
const user = (n) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text: `${n} `.repeat(3_000) }] });

/** Milliseconds to the first event of each turn. */
async function converse(transport, session) {
  const input = [];
  const first = [];
  for (let n = 0; n < turns; n++) {
    input.push(user(n));
    const started = performance.now();
    const request = {
      method: 'POST',
      url: `${url}/responses`,
      headers: { 'content-type': 'application/json', 'session-id': session },
      body: JSON.stringify({ ...settings, input }),
    };
    const answer = await transport.send(request, { signal: new AbortController().signal, headersTimeoutMs: 10_000 });
    let seen = false;
    for await (const _chunk of answer.body) {
      if (!seen) first.push(performance.now() - started);
      seen = true;
    }
    input.push(said(n));
  }
  return first;
}

const ask = (what) =>
  new Promise((resolve) => {
    upstream.once('message', resolve);
    upstream.send(what);
  });
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const results = {};
for (const [name, transport] of [
  ['warm', http],
  ['HTTP', http],
  ['WebSocket', websocket],
]) {
  await ask('reset');
  const before = process.cpuUsage();
  const first = await converse(transport, name);
  const { user: u, system } = process.cpuUsage(before);
  const { bytes } = await ask('bytes');
  results[name] = { firstMs: median(first.slice(-20)), cpuMs: (u + system) / 1000 / turns, megabytes: bytes / 1e6 };
}
websocket.close();
await http.close();
upstream.kill();
rmSync(folder, { recursive: true, force: true });

process.stdout.write(
  `${turns} turns of one conversation\n${''.padEnd(12)}${'MB sent'.padStart(10)}${'CPU/turn'.padStart(12)}${'first event, late turns'.padStart(26)}\n`,
);
for (const name of ['HTTP', 'WebSocket']) {
  const { firstMs, cpuMs, megabytes } = results[name];
  process.stdout.write(
    `${name.padEnd(12)}${megabytes.toFixed(2).padStart(10)}${`${cpuMs.toFixed(1)} ms`.padStart(12)}${`${firstMs.toFixed(1)} ms`.padStart(26)}\n`,
  );
}
process.stdout.write(
  `${'ratio'.padEnd(12)}${(results.WebSocket.megabytes / results.HTTP.megabytes).toFixed(2).padStart(9)}×${(results.WebSocket.cpuMs / results.HTTP.cpuMs).toFixed(2).padStart(11)}×${(results.WebSocket.firstMs / results.HTTP.firstMs).toFixed(2).padStart(25)}×\n`,
);
