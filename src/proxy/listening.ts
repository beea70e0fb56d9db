/** The socket on which the HTTP server listens. */
import type { AddressInfo } from 'node:net';

/** A socket as Node passes it between processes: a handle without an accepting server. */
export type ListeningSocket = object;

/** @returns `undefined` before the server listens. */
export function handleOf(server: object): ListeningSocket | undefined {
  const handle: unknown = Reflect.get(server, '_handle');
  return typeof handle === 'object' && handle !== null ? handle : undefined;
}

/** @throws Error if the server does not listen on a port. */
export function addressOf(server: { address(): AddressInfo | string | null }): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no TCP address');
  return address;
}
