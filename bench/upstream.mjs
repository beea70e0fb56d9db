// A Responses server for the benchmarks: how many deltas, how fast, is asked for in the prompt as JSON.
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';

// A client that reads slowly makes many waits; each leaves one listener until the end.
EventEmitter.defaultMaxListeners = 0;

const frame = (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const head =
  frame({ type: 'response.created', response: { id: 'resp_bench', status: 'in_progress' } }) +
  frame({
    type: 'response.output_item.added',
    output_index: 0,
    item: { type: 'message', id: 'msg_0', role: 'assistant', content: [] },
  });
const usage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 10,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 110,
};
const tail =
  frame({
    type: 'response.output_item.done',
    output_index: 0,
    item: { type: 'message', id: 'msg_0', role: 'assistant', content: [] },
  }) + frame({ type: 'response.completed', response: { id: 'resp_bench', status: 'completed', output: [], usage } });
const delta = (n) =>
  frame({
    type: 'response.output_text.delta',
    output_index: 0,
    content_index: 0,
    item_id: 'msg_0',
    delta: `word${n % 100} and more `,
  });

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const {
    deltas = 1,
    perChunk = 1,
    everyMs = 0,
  } = JSON.parse(/BENCH(\{.*?\})/.exec(body.replaceAll('\\"', '"'))?.[1] ?? '{}');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(head);
  for (let n = 0; n < deltas && !response.destroyed; ) {
    let chunk = '';
    for (let k = 0; k < perChunk && n < deltas; k++, n++) chunk += delta(n);
    const free = response.write(chunk);
    if (!free) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  response.end(tail);
});
server.listen(0, '127.0.0.1', () => process.send?.({ url: `http://127.0.0.1:${server.address().port}` }));
