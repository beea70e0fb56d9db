/** A scripted HTTP server on a free port of this machine. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export abstract class LoopbackServer {
  readonly #server: Server;

  protected constructor() {
    this.#server = createServer((request, response) => void this.handle(request, response));
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex) => this.tunnel(request, socket));
  }

  /** Handles a `CONNECT` request to a proxy. */
  protected tunnel(_request: IncomingMessage, socket: Duplex): void {
    socket.destroy();
  }

  protected abstract handle(request: IncomingMessage, response: ServerResponse): Promise<void>;

  /** Starts listening. @returns this server. */
  protected async listening(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
