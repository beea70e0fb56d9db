/** A scripted Responses upstream on loopback. It rejects requests that the real one rejects and records all others. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { frame, type UpstreamEvent } from './events.ts';
import { bodyOf, LoopbackServer } from './loopback.ts';
import { complaint, headerComplaint, type ProfileName, refusalBody } from './responses-rules.ts';

export interface SeenRequest {
  readonly body: Record<string, any>;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
  /** The client closed the connection before the response was complete. */
  aborted: boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

/** Handles a request: returns a list of events or a plain reply, or writes the response itself. */
export type Script = (
  request: SeenRequest,
  response: ServerResponse,
  count: number,
) => UpstreamEvent[] | Reply | undefined | Promise<UpstreamEvent[] | Reply | undefined>;

export class StrictUpstream extends LoopbackServer {
  readonly requests: SeenRequest[] = [];
  readonly complaints: string[] = [];
  /** Responses by path for endpoints other than `/responses`: token counts, usage. */
  readonly others: Record<string, (request: SeenRequest) => Reply> = {};
  script: Script;
  readonly #profile: ProfileName;
  private constructor(script: Script, profile: ProfileName) {
    super();
    this.script = script;
    this.#profile = profile;
  }

  static async start(script: Script, profile: ProfileName = 'codex'): Promise<StrictUpstream> {
    return new StrictUpstream(script, profile).listening();
  }

  protected async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
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
