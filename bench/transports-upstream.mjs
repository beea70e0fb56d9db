// A back end that answers each turn with one short message, over HTTP and over WebSocket, and counts what it is sent.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

let bytes = 0;
/** Turns answered, by session over HTTP and by connection over WebSocket. */
const turns = new Map();

function events(key) {
  const n = turns.get(key) ?? 0;
  turns.set(key, n + 1);
  const id = `resp_${key}_${n}`;
  const item = {
    type: 'message',
    id: `msg_${n}`,
    role: 'assistant',
    content: [{ type: 'output_text', text: `answer ${n}`, annotations: [] }],
  };
  return [
    { type: 'response.created', response: { id } },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { id, status: 'completed', usage: {} } },
  ];
}

const server = createServer(async (request, response) => {
  for await (const chunk of request) bytes += chunk.length;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(
    events(request.headers['session-id'])
      .map((event) => `data: ${JSON.stringify(event)}\n\n`)
      .join(''),
  );
});
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => {
  const key = `socket ${Math.random()}`;
  socket.on('message', (data) => {
    bytes += data.length;
    for (const event of events(key)) socket.send(JSON.stringify(event));
  });
});
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.on('message', (what) => {
  if (what === 'reset') bytes = 0;
  process.send({ bytes });
});
