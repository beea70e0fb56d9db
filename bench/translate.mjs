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

const bundle = await esbuild.build({
  entryPoints: [join(root, 'bench', 'translate-entry.ts')],
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
  minifySyntax: true,
});
const file = join(folder, 'translate.mjs');
writeFileSync(file, bundle.outputFiles[0].text);
const { openStream } = await import(pathToFileURL(file).href);

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

/** The same turn as chat chunks. */
function* chunksOfChat(count) {
  const chunk = (delta, finish_reason = null) => ({
    id: 'c',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason }],
  });
  let sent = 0;
  for (let index = 0; sent < count; index++) {
    const pieces = Array.from({ length: 150 }, (_, n) => ` word${n} 漢`);
    sent += pieces.length;
    if (index % 4 === 0) for (const piece of pieces) yield chunk({ reasoning_content: piece });
    else if (index % 4 === 1) for (const piece of pieces) yield chunk({ content: piece });
    else {
      const name = index % 8 < 4 ? 'Write' : 'Read';
      const text = JSON.stringify({ file_path: '/a', [name === 'Write' ? 'content' : 'pages']: pieces.join('') });
      yield chunk({
        tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }],
      });
      for (let from = 0; from < text.length; from += 9, sent++)
        yield chunk({ tool_calls: [{ index, function: { arguments: text.slice(from, from + 9) } }] });
    }
  }
  yield chunk({}, 'tool_calls');
}

/** And as Messages events. */
function* eventsOfMessages(count) {
  yield { type: 'message_start', message: { usage: { input_tokens: 1 } } };
  let sent = 0;
  for (let index = 0; sent < count; index++) {
    const pieces = Array.from({ length: 150 }, (_, n) => ` word${n} 漢`);
    const name = index % 8 < 4 ? 'Write' : 'Read';
    const type = ['thinking', 'text', 'tool_use', 'tool_use'][index % 4];
    yield { type: 'content_block_start', index, content_block: { type, id: `t${index}`, name, input: {} } };
    const text = JSON.stringify({ file_path: '/a', [name === 'Write' ? 'content' : 'pages']: pieces.join('') });
    const parts = type === 'tool_use' ? text.match(/[\s\S]{1,9}/g) : pieces;
    for (const part of parts) {
      sent += 1;
      const delta =
        type === 'tool_use'
          ? { type: 'input_json_delta', partial_json: part }
          : type === 'text'
            ? { type: 'text_delta', text: part }
            : { type: 'thinking_delta', thinking: part };
      yield { type: 'content_block_delta', index, delta };
    }
    yield { type: 'content_block_stop', index };
  }
  yield { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } };
  yield { type: 'message_stop' };
}

/** Gemini sends a call in one piece. */
function* chunksOfGemini(count) {
  const chunk = (parts, more = {}) => ({ candidates: [{ index: 0, content: { role: 'model', parts }, ...more }] });
  let sent = 0;
  for (let index = 0; sent < count; index++) {
    const pieces = Array.from({ length: 150 }, (_, n) => ` word${n} 漢`);
    sent += index % 4 < 2 ? pieces.length : 1;
    if (index % 4 === 0) for (const piece of pieces) yield chunk([{ text: piece, thought: true }]);
    else if (index % 4 === 1) for (const piece of pieces) yield chunk([{ text: piece }]);
    else {
      const name = index % 8 < 4 ? 'Write' : 'Read';
      const args = { file_path: '/a', [name === 'Write' ? 'content' : 'pages']: pieces.join('') };
      yield chunk([{ functionCall: { id: `call_${index}`, name, args } }]);
    }
  }
  yield { ...chunk([], { finishReason: 'STOP' }), usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 } };
}

function recorded(all) {
  const payloads = all.map((event) => JSON.stringify(event));
  const stream = Buffer.from(all.map((event, n) => `event: ${event.type}\ndata: ${payloads[n]}\n\n`).join(''));
  const chunks = [];
  for (let at = 0; at < stream.length; at += 16_384) chunks.push(stream.subarray(at, at + 16_384));
  return { payloads, chunks, bytes: stream.length };
}

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
const tools = [
  { name: 'Write', input_schema: required },
  { name: 'Read', input_schema: optional },
];
const dialects = {
  responses: { ...recorded([...events(100_000)]), upstream: 'codex' },
  chat: { ...recorded([...chunksOfChat(100_000)]), upstream: 'openrouter' },
  gemini: { ...recorded([...chunksOfGemini(100_000)]), upstream: 'gemini' },
  messages: { ...recorded([...eventsOfMessages(100_000)]), upstream: 'deepseek' },
};

function translate({ chunks, upstream }) {
  const stream = openStream(upstream, tools);
  for (const chunk of chunks) stream.push(chunk);
  return stream.end();
}

function plain({ payloads }) {
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

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
process.stdout.write('translation beside plain JSON parse and stringify of the same events, CPU\n');
for (const [name, dialect] of Object.entries(dialects)) {
  const times = { ours: [], base: [] };
  for (let round = 0; round < rounds + 3; round++) {
    const [ours, base] = [cpuMs(() => translate(dialect)), cpuMs(() => plain(dialect))];
    if (round < 3) continue;
    times.ours.push(ours);
    times.base.push(base);
  }
  const [ours, base] = [median(times.ours), median(times.base)];
  const over = ours / base > limit;
  const rate = `${((dialect.bytes / 1e6 / ours) * 1000).toFixed(0)} MB/s, ${Math.round((dialect.payloads.length / ours) * 1000).toLocaleString('en')} events/s`;
  process.stdout.write(
    `  ${name.padEnd(10)} ${rate.padEnd(34)} ${(ours / base).toFixed(2)}× (limit ${limit}×)${over ? ' OVER' : ''}\n`,
  );
  if (over) process.exitCode = 1;
}
rmSync(folder, { recursive: true, force: true });
