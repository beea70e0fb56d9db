/** A scripted chat or Messages host on loopback. It refuses what the real ones refuse, and keeps what it saw. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chatComplaint, chatPairing, messagesComplaint } from './dialect-rules.ts';
import { encodeChat, encodeMessages, type Step } from './dialect-scripts.ts';

export type Column = 'chat' | 'messages' | 'kimi' | 'kimi chat' | 'anthropic' | 'backend';

export interface Seen {
  readonly body: Record<string, any>;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
  aborted: boolean;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

export type Answer = readonly Step[] | Reply | { readonly raw: string } | undefined;
export type Script = (seen: Seen, count: number, response: ServerResponse) => Answer | Promise<Answer>;

export const speaksChat = (column: Column): boolean =>
  column === 'chat' || column === 'kimi chat' || column === 'backend';

export class DialectUpstream {
  readonly requests: Seen[] = [];
  readonly complaints: string[] = [];
  /** Answers by path beside the answers themselves. */
  readonly others: Record<string, unknown> = {
    '/v1/models': { data: [] },
    '/coding/v1/usages': {
      usage: { limit: '1000', used: '400', resetTime: '2026-11-29T00:00:00Z' },
      limits: [{ window: { duration: 300, timeUnit: 'TIME_UNIT_MINUTE' }, detail: { limit: '100', remaining: '88' } }],
    },
  };
  script: Script;
  readonly column: Column;
  readonly #server: Server;

  private constructor(column: Column, script: Script) {
    this.column = column;
    this.script = script;
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  static async start(column: Column, script: Script = () => saying('Fine.')): Promise<DialectUpstream> {
    const upstream = new DialectUpstream(column, script);
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
    const path = request.url ?? '';
    const other = this.others[path];
    if (other !== undefined) return reply(response, { status: 200, body: other });
    const body = text === '' ? {} : JSON.parse(text);
    const seen: Seen = { body, text, headers: request.headers, path, aborted: false };
    response.on('close', () => {
      seen.aborted = !response.writableFinished;
    });
    const chat = speaksChat(this.column);
    const wrong = this.#wrongPath(path) ?? this.#complaint(body, request.headers);
    if (wrong !== undefined) {
      this.complaints.push(wrong);
      const error = { type: 'invalid_request_error', message: wrong };
      return reply(response, { status: 400, body: chat ? { error } : { type: 'error', error } });
    }
    this.requests.push(seen);
    const answer = await this.script(seen, this.requests.length, response);
    if (answer === undefined) return;
    if ('status' in answer) return reply(response, answer);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if ('raw' in answer) return void response.end(answer.raw);
    const broken = answer.find((step) => 'breakOff' in step);
    response.write((chat ? encodeChat : encodeMessages)(answer));
    if (broken && 'breakOff' in broken && broken.breakOff === 'reset') setTimeout(() => response.destroy(), 20);
    else response.end();
  }

  #complaint(body: Record<string, any>, headers: IncomingMessage['headers']): string | undefined {
    if (headers['x-ccp-secret'] !== undefined) return 'the session secret went upstream';
    if (headers.authorization === undefined && headers['x-api-key'] === undefined) return 'no credential';
    // What stands behind a gateway gets the gateway's own fields too.
    if (this.column === 'backend') return chatPairing(body, false);
    if (speaksChat(this.column)) return chatComplaint(body, this.column === 'kimi chat');
    return messagesComplaint(body, this.column === 'anthropic');
  }

  #wrongPath(path: string): string | undefined {
    const wanted = speaksChat(this.column) ? /\/chat\/completions$/ : /\/v1\/messages(\?beta=true)?$/;
    return wanted.test(path) ? undefined : `Not found: ${path}`;
  }
}

export const saying = (text: string): readonly Step[] => [{ say: text }, { finish: 'stop' }];

function reply(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
