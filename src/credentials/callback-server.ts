/** Receives the browser's callback at the end of a sign-in, on loopback addresses. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../errors/user-error.ts';
import { callbackPage } from './callback-page.ts';

const path = '/auth/callback';
/** A browser may connect to either for `localhost`. */
const addresses = ['127.0.0.1', '::1'];

export interface Callback {
  readonly url: URL;
  /** Sends the result page; the browser waits until the login has succeeded or failed. */
  finish(failure: string | undefined): void;
}

export interface CallbackServer {
  readonly port: number;
  /** Resolves with the first callback of this login; other requests are rejected and have no effect. */
  readonly arrived: Promise<Callback>;
  close(): void;
}

/**
 * @param ports tried in order; 0 means any free port.
 * @param state the `state` parameter of the expected callback.
 * @throws UserError if all ports are in use.
 */
export async function callbackServer(ports: readonly number[], state: string): Promise<CallbackServer> {
  for (const port of ports) {
    const servers = await listenOnAll(port);
    if (servers) return serveCallback(servers, state);
  }
  throw new UserError(
    `The ports ${ports.filter((port) => port > 0).join(' and ')} of this machine are taken, by another login or by the Codex CLI. Finish or stop it, or use --device.`,
  );
}

/** Listens on all addresses or on none: on an address left free, another process could receive the callback. */
async function listenOnAll(firstPort: number): Promise<Server[] | undefined> {
  const servers: Server[] = [];
  let port = firstPort;
  for (const address of addresses) {
    const server = createServer();
    const failure = await listenOn(server, port, address);
    if (failure === undefined) {
      servers.push(server);
      port = portOf(server);
    } else if (failure === 'EADDRINUSE' || failure === 'EACCES' || servers.length === 0) {
      for (const open of servers) open.close();
      return undefined;
    }
    // Otherwise this machine has no IPv6.
  }
  return servers;
}

const listenOn = (server: Server, port: number, address: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen({ port, host: address, ipv6Only: true }, () => resolve(undefined));
  });

/** @returns `undefined` for a request target that is not a URL, such as `//`. */
const parsedUrl = (target: string | undefined, port: number): URL | undefined => {
  const base = `http://127.0.0.1:${port}`;
  return target !== undefined && URL.canParse(target, base) ? new URL(target, base) : undefined;
};

const portOf = (server: Server): number => {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

function serveCallback(servers: readonly Server[], state: string): CallbackServer {
  const [first] = servers;
  const port = first ? portOf(first) : 0;
  let isAnswered = false;
  let resolve: (callback: Callback) => void = () => {};
  const arrived = new Promise<Callback>((settle) => {
    resolve = settle;
  });
  for (const server of servers)
    server.on('request', (request, response) => {
      const url = parsedUrl(request.url, port);
      if (request.method !== 'GET' || url?.pathname !== path)
        return sendPage(response, 404, 'This address only receives sign-ins to ccp.');
      // A tab of an earlier attempt must not complete this one.
      if (url.searchParams.get('state') !== state)
        return sendPage(
          response,
          400,
          'This sign-in is not the one ccp waits for. Use the newest tab, or run the login again.',
        );
      if (isAnswered) return sendPage(response, 409, 'This sign-in has been answered already. You can close this tab.');
      isAnswered = true;
      resolve({
        url,
        finish: (failure) =>
          failure === undefined
            ? sendPage(response, 200, 'You are signed in. Go back to the terminal; this tab can be closed.')
            : sendPage(response, 400, `The sign-in did not work: ${failure}`),
      });
    });
  return {
    port,
    arrived,
    close: () => {
      for (const server of servers) {
        server.close();
        // The last response must still reach the browser; idle connections are closed.
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 500).unref();
      }
    },
  };
}

function sendPage(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    connection: 'close',
  });
  response.end(callbackPage(status === 200, message));
}
