// `npm run bench`: translating a stream beside parsing and writing the same events as plain JSON, in one process.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(join(tmpdir(), 'ccp-bench-'));
const limit = 2.5;
const rounds = 15;

const entry = `
export { SseDecoder } from './src/sse/decoder.ts';
export { encodeEvent } from './src/sse/encoder.ts';
export { MessageWriter } from './src/translate/messages/writer.ts';
export { ResponsesStream } from './src/translate/responses/stream.ts';
export { ToolTable } from './src/translate/responses/tools.ts';
export { codexProfile } from './src/translate/responses/profile.ts';
export { sha256 } from './src/platform/randomness.ts';
`;
const bundle = await esbuild.build({
  stdin: { contents: entry, resolveDir: root, loader: 'ts' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
  minifySyntax: true,
});
const file = join(folder, 'translate.mjs');
writeFileSync(file, bundle.outputFiles[0].text);
const { SseDecoder, encodeEvent, MessageWriter, ResponsesStream, ToolTable, codexProfile, sha256 } = await import(
  pathToFileURL(file).href
);

/** An agent's turn, over and over: reasoning, words, a live call and a held-back one, in pieces as small as the real ones. */
function* events(count) {
  let sequence = 0;
  const next = (event) => ({ ...event, sequence_number: sequence++ });
  yield next({ type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } });
  for (let index = 0; sequence < count; index++) {
    const kind = ['reasoning', 'message', 'function_call', 'function_call'][index % 4];
    const id = `${kind}_${index}`;
    const name = index % 8 < 4 ? 'Write' : 'Read';
    const item = {
      type: kind,
      id,
      ...(kind === 'function_call' ? { call_id: `call_${index}`, name, arguments: '' } : {}),
    };
    yield next({ type: 'response.output_item.added', output_index: index, item });
    const at = { output_index: index, item_id: id };
    const pieces = Array.from({ length: 150 }, (_, n) => ` word${n} 漢`);
    if (kind === 'function_call') {
      const text = JSON.stringify({ file_path: '/a', [name === 'Write' ? 'content' : 'pages']: pieces.join('') });
      for (let from = 0; from < text.length; from += 9)
        yield next({ type: 'response.function_call_arguments.delta', ...at, delta: text.slice(from, from + 9) });
      yield next({ type: 'response.function_call_arguments.done', ...at, arguments: text });
      yield next({
        type: 'response.output_item.done',
        output_index: index,
        item: { ...item, arguments: text, status: 'completed' },
      });
    } else if (kind === 'message') {
      for (const delta of pieces) yield next({ type: 'response.output_text.delta', ...at, content_index: 0, delta });
      const content = [{ type: 'output_text', text: pieces.join(''), annotations: [] }];
      yield next({
        type: 'response.output_item.done',
        output_index: index,
        item: { ...item, role: 'assistant', content },
      });
    } else {
      for (const delta of pieces)
        yield next({ type: 'response.reasoning_summary_text.delta', ...at, summary_index: 0, delta });
      const summary = [{ type: 'summary_text', text: pieces.join('') }];
      yield next({
        type: 'response.output_item.done',
        output_index: index,
        item: { ...item, summary, encrypted_content: 'x'.repeat(800) },
      });
    }
  }
  const usage = { input_tokens: 1, output_tokens: 1 };
  yield next({ type: 'response.completed', response: { id: 'resp_1', status: 'completed', output: [], usage } });
}

const all = [...events(100_000)];
const payloads = all.map((event) => JSON.stringify(event));
const stream = Buffer.from(all.map((event, n) => `event: ${event.type}\ndata: ${payloads[n]}\n\n`).join(''));
const chunks = [];
for (let at = 0; at < stream.length; at += 16_384) chunks.push(stream.subarray(at, at + 16_384));

const required = {
  type: 'object',
  properties: { file_path: { type: 'string' }, content: { type: 'string' } },
  required: ['file_path', 'content'],
};
const optional = {
  type: 'object',
  properties: { file_path: { type: 'string' }, pages: { type: 'string' } },
  required: ['file_path'],
};
const tools = new ToolTable(
  {
    tools: [
      { name: 'Write', input_schema: required },
      { name: 'Read', input_schema: optional },
    ],
    messages: [],
    raw: {},
  },
  codexProfile('http://127.0.0.1:1'),
  sha256,
);

function translate() {
  let written = 0;
  const writer = new MessageWriter({
    id: 'msg_1',
    model: 'gpt-5.5',
    emit: (event) => {
      written += encodeEvent(event).length;
    },
  });
  const translator = new ResponsesStream({
    writer,
    tools,
    stopSequences: [],
    maker: { upstream: 'codex', model: 'gpt-5.5', account: '' },
    failure: { upstream: 'codex', model: 'gpt-5.5' },
    tiny: false,
    usedIds: new Set(),
    judged: (error) => error,
    thinkingWanted: true,
    newId: (prefix) => `${prefix}_1`,
    onToolCall: () => {},
    onRepair: () => {},
    onQuota: () => {},
  });
  const decoder = new SseDecoder((data) => translator.step(JSON.parse(data)));
  for (const chunk of chunks) decoder.push(chunk);
  writer.end(translator.ending.end);
  return written;
}

function plain() {
  let written = 0;
  for (const payload of payloads) written += JSON.stringify(JSON.parse(payload)).length;
  return written;
}

function cpuMs(work) {
  const before = process.cpuUsage();
  if (work() === 0) throw new Error('nothing was written');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const times = { translate: [], plain: [] };
for (let round = 0; round < rounds + 3; round++) {
  const [ours, base] = [cpuMs(translate), cpuMs(plain)];
  if (round < 3) continue;
  times.translate.push(ours);
  times.plain.push(base);
}
rmSync(folder, { recursive: true, force: true });

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const [ours, base] = [median(times.translate), median(times.plain)];
const rates = (ms) =>
  `${((stream.length / 1e6 / ms) * 1000).toFixed(0)} MB/s, ${Math.round((all.length / ms) * 1000).toLocaleString('en')} events/s`;
const over = ours / base > limit;
process.stdout.write(
  `translation of ${all.length.toLocaleString('en')} events\n  through ccp   ${rates(ours)}\n  plain JSON    ${rates(base)}\n  CPU ratio     ${(ours / base).toFixed(2)}× (limit ${limit}×)${over ? ' OVER' : ''}\n`,
);
process.exitCode = over ? 1 : 0;
