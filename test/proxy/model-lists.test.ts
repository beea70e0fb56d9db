/** Model list requests to upstreams over real sockets. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { httpTransport } from '../../src/upstream/http-transport.ts';
import { listModels } from '../../src/upstream/model-lists.ts';
import { codexList, litellmList, lmstudioList, plainList, rootList } from '../../src/upstreams/model-lists.ts';

const lists = { codex: codexList, lmstudio: lmstudioList, litellm: litellmList, openai: plainList, vllm: rootList };

const transport = httpTransport('127.0.0.1');
const servers: ReturnType<typeof createServer>[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function fetchList(
  kind: keyof typeof lists,
  path: string,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  etag?: string,
) {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  return listModels({
    list: lists[kind],
    baseUrl,
    headers: {},
    etag,
    today: '2026-11-22',
    timeoutMs: 1_500,
    transport,
  });
}

const json = (response: ServerResponse, status: number, body: unknown, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};

it('an unchanged list is confirmed by its ETag and not sent again', async () => {
  const requests: unknown[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    requests.push([request.url, request.headers['if-none-match']]);
    if (request.headers['if-none-match'] === '"v1"') return void response.writeHead(304).end();
    json(response, 200, { models: [{ slug: 'gpt-9', context_window: 5 }] }, { etag: '"v1"' });
  };
  expect(await fetchList('codex', '/backend-api/codex', answer)).toEqual({
    state: 'listed',
    models: [{ id: 'gpt-9', contextWindow: 5 }],
    etag: '"v1"',
  });
  expect(await fetchList('codex', '/backend-api/codex', answer, '"v1"')).toEqual({ state: 'unchanged' });
  expect(requests).toEqual([
    ['/backend-api/codex/models?client_version=0.169.0', undefined],
    ['/backend-api/codex/models?client_version=0.169.0', '"v1"'],
  ]);
});

it('a host without the detailed list provides the plain one, unless it rejects the request', async () => {
  const paths: string[] = [];
  const plain = (request: IncomingMessage, response: ServerResponse) => {
    paths.push(request.url ?? '');
    if (request.url === '/v1/models') return json(response, 200, { data: [{ id: 'a' }, { id: 'text-embedding-3' }] });
    json(response, 404, { error: 'no' });
  };
  expect(await fetchList('lmstudio', '/v1', plain)).toMatchObject({ state: 'listed', models: [{ id: 'a' }] });
  expect(paths).toEqual(['/api/v0/models', '/v1/models']);
  const refuse = (_request: IncomingMessage, response: ServerResponse) => json(response, 401, {});
  expect(await fetchList('litellm', '', refuse)).toEqual({ state: 'failed', reason: 'HTTP 401' });
});

it.each([
  ['an HTML page', '<html>Sign in</html>'],
  ['another JSON shape', '{"ok":true}'],
])('%s is reported as a failure, not as an empty list', async (_name, body) => {
  const answer = (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(200).end(body);
  expect(await fetchList('openai', '/v1', answer)).toEqual({
    state: 'failed',
    reason: 'the response contains no model list',
  });
});

it('a list without models is an empty list', async () => {
  const answer = (_request: IncomingMessage, response: ServerResponse) => json(response, 200, { data: [] });
  expect(await fetchList('vllm', '/v1', answer)).toMatchObject({ state: 'listed', models: [] });
});

it('a silent host times out, and an unreachable host is reported', async () => {
  expect(await fetchList('vllm', '/v1', () => {})).toMatchObject({ state: 'failed' });
  const unreachable = await listModels({
    list: rootList,
    baseUrl: 'http://127.0.0.1:9/v1',
    headers: {},
    etag: undefined,
    today: '',
    timeoutMs: 1_000,
    transport,
  });
  expect(unreachable).toEqual({ state: 'failed', reason: 'ECONNREFUSED' });
});
