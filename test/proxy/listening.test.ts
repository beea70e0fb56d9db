import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { addressOf, handleOf } from '../../src/proxy/listening.ts';

it('a server that listens has a port, and a socket that another server can listen on', async () => {
  const first = createServer();
  expect(handleOf(first)).toBeUndefined();
  expect(handleOf({ _handle: 'text' })).toBeUndefined();
  expect(() => addressOf(first)).toThrow('the proxy has no TCP address');
  first.listen(0, '127.0.0.1');
  await once(first, 'listening');
  const { port } = addressOf(first);
  const second = createServer((_request, response) => response.end('second'));
  second.listen(handleOf(first));
  await once(second, 'listening');
  expect(addressOf(second).port).toBe(port);
  second.close();
  first.close();
});

it('a server on a path has no port', () => {
  expect(() => addressOf({ address: () => '/run/x.sock' })).toThrow('the proxy has no TCP address');
});
