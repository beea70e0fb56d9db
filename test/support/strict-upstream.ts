/** A scripted Responses upstream on loopback. It refuses what the real one refuses, and keeps every request it saw. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { frame, type UpstreamEvent } from './events.ts';
import { complaint, headerComplaint, type ProfileName, refusalBody } from './responses-rules.ts';

export interface SeenRequest {
  readonly body: Record<string, any>;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
  /** The client closed before the answer was whole. */
  aborted: boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

/** What to do with a request: a list of events, a plain reply, or full control. */
export type Script = (
  request: SeenRequest,
  response: ServerResponse,
  count: number,
) => UpstreamEvent[] | Reply | undefined | Promise<UpstreamEvent[] | Reply | undefined>;

export class StrictUpstream {
  readonly requests: SeenRequest[] = [];
  readonly complaints: string[] = [];
  /** Answers by path beside `/responses`: token counts, usage. */
  readonly others: Record<string, (request: SeenRequest) => Reply> = {};
  script: Script;
  readonly #profile: ProfileName;
  readonly #server: Server;

  private constructor(script: Script, profile: ProfileName) {
    this.script = script;
    this.#profile = profile;
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  static async start(script: Script, profile: ProfileName = 'codex'): Promise<StrictUpstream> {
    const upstream = new StrictUpstream(script, profile);
    await new Promise<void>((resolve) => upstream.#server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const path = (request.url ?? '').replace(/^\/backend-api\/codex(?=\/)/, '');
    const body = text === '' ? {} : JSON.parse(text);
    const seen: SeenRequest = { body, text, headers: request.headers, aborted: false };
    response.on('close', () => {
      seen.aborted = !response.writableFinished;
    });
    const other = this.others[path];
    if (other) return send(response, other(seen));
    const wrong =
      path === '/responses' ? complaint(body, this.#profile) : { param: 'url', message: `Not found: ${request.url}` };
    if (wrong !== undefined) {
      this.complaints.push(wrong.message);
      return send(response, { status: 400, body: refusalBody(this.#profile, wrong) });
    }
    const header = headerComplaint(request.headers, this.#profile);
    if (header !== undefined) this.complaints.push(header);
    if (!request.headers.authorization?.startsWith('Bearer '))
      return send(response, { status: 401, body: '{"detail":"Unauthorized"}' });
    this.requests.push(seen);
    const result = await this.script(seen, response, this.requests.length);
    if (result === undefined) return;
    if (!Array.isArray(result)) return send(response, result);
    openStream(response);
    for (const event of result) response.write(frame(event));
    response.end();
  }
}

export const openStream = (response: ServerResponse, headers: Record<string, string> = {}): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
};

function send(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}
