/** Waits for the browser to come back from a sign-in, on this machine's own addresses. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../errors/user-error.ts';
import { callbackPage } from './callback-page.ts';

const path = '/auth/callback';
/** A browser may speak either to `localhost`. */
const addresses = ['127.0.0.1', '::1'];

export interface Callback {
  readonly url: URL;
  /** What the browser is shown; it waits until the login is known to be good or bad. */
  finish(failure: string | undefined): void;
}

export interface CallbackServer {
  readonly port: number;
  /** The first request that answers this login: others are turned away and change nothing. */
  readonly arrived: Promise<Callback>;
  close(): void;
}

/**
 * @param ports tried in order; 0 takes any.
 * @param state what the right answer carries.
 * @throws UserError when all of them are taken.
 */
export async function callbackServer(ports: readonly number[], state: string): Promise<CallbackServer> {
  for (const port of ports) {
    const servers = await listenOn(port);
    if (servers) return waiting(servers, state);
  }
  throw new UserError(
    `The ports ${ports.filter((port) => port > 0).join(' and ')} of this machine are taken, by another login or by the Codex CLI. Finish or stop it, or use --device.`,
  );
}

/** All addresses or none: half a listener would leave some browsers before a stranger. */
async function listenOn(wanted: number): Promise<Server[] | undefined> {
  const servers: Server[] = [];
  let port = wanted;
  for (const address of addresses) {
    const server = createServer();
    const failure = await listening(server, port, address);
    if (failure === undefined) {
      servers.push(server);
      port = portOf(server);
    } else if (failure === 'EADDRINUSE' || failure === 'EACCES' || servers.length === 0) {
      for (const open of servers) open.close();
      return undefined;
    }
    // This machine has no IPv6.
  }
  return servers;
}

const listening = (server: Server, port: number, address: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen({ port, host: address, ipv6Only: true }, () => resolve(undefined));
  });

/** `//` is a request target that is no URL. */
const parsedUrl = (target: string | undefined, port: number): URL | undefined => {
  const base = `http://127.0.0.1:${port}`;
  return target !== undefined && URL.canParse(target, base) ? new URL(target, base) : undefined;
};

const portOf = (server: Server): number => {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

function waiting(servers: readonly Server[], state: string): CallbackServer {
  const [first] = servers;
  const port = first ? portOf(first) : 0;
  let taken = false;
  let resolve: (callback: Callback) => void = () => {};
  const arrived = new Promise<Callback>((settle) => {
    resolve = settle;
  });
  for (const server of servers)
    server.on('request', (request, response) => {
      const url = parsedUrl(request.url, port);
      if (request.method !== 'GET' || url?.pathname !== path)
        return answer(response, 404, 'This address waits for a sign-in to ccp and has nothing else.');
      // A tab of an earlier attempt must not end this one.
      if (url.searchParams.get('state') !== state)
        return answer(response, 400, 'This sign-in is not the one ccp waits for. Use the newest tab, or begin again.');
      if (taken) return answer(response, 409, 'This sign-in has been answered already. You can close this tab.');
      taken = true;
      resolve({
        url,
        finish: (failure) =>
          failure === undefined
            ? answer(response, 200, 'You are signed in. Go back to the terminal; this tab can be closed.')
            : answer(response, 400, `The sign-in did not work: ${failure}`),
      });
    });
  return {
    port,
    arrived,
    close: () => {
      for (const server of servers) {
        server.close();
        // What the browser was told still has to reach it; its spare connections do not.
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 500).unref();
      }
    },
  };
}

function answer(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    connection: 'close',
  });
  response.end(callbackPage(status === 200, sentence));
}
