/** An HTTP proxy on loopback that denies each connection and records its target. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { LoopbackServer } from './loopback.ts';

/** The proxy's user in the environment of a Claude Code with a login of its own, which asks Anthropic about it. */
export const ownLoginUser = 'own-login:none';

export class DenyingProxy extends LoopbackServer {
  /** The target of each request, as host and port or as an address, except Anthropic's for an own login. */
  readonly denied: string[] = [];

  private constructor() {
    super();
  }

  static async start(): Promise<DenyingProxy> {
    return new DenyingProxy().listening();
  }

  protected async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#record(request);
    response.writeHead(403).end();
  }

  protected override tunnel(request: IncomingMessage, socket: Duplex): void {
    this.#record(request);
    socket.on('error', () => {});
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  }

  #record({ url = '', headers }: IncomingMessage): void {
    const ownLogin = `Basic ${Buffer.from(ownLoginUser).toString('base64')}`;
    if (url === 'api.anthropic.com:443' && headers['proxy-authorization'] === ownLogin) return;
    this.denied.push(url);
  }
}
