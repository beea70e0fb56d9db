/** A scripted host on loopback. It rejects requests that the real host rejects and records all others. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { chatComplaint, chatPairing, geminiComplaint, messagesComplaint } from './dialect-rules.ts';
import { encodeChat, encodeGemini, encodeMessages, type Step } from './dialect-scripts.ts';
import { bodyOf, LoopbackServer } from './loopback.ts';

export type Column = 'chat' | 'messages' | 'kimi' | 'kimi chat' | 'anthropic' | 'backend' | 'gemini';

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

export class DialectUpstream extends LoopbackServer {
  readonly requests: Seen[] = [];
  readonly complaints: string[] = [];
  /** Responses by path for endpoints other than the model endpoint. */
  readonly others: Record<string, unknown> = {
    '/v1/models': { data: [] },
    '/coding/v1/usages': {
      usage: { limit: '1000', used: '400', resetTime: '2026-11-29T00:00:00Z' },
      limits: [{ window: { duration: 300, timeUnit: 'TIME_UNIT_MINUTE' }, detail: { limit: '100', remaining: '88' } }],
    },
  };
  script: Script;
  readonly column: Column;
  private constructor(column: Column, script: Script) {
    super();
    this.column = column;
    this.script = script;
  }

  static async start(column: Column, script: Script = () => saying('Fine.')): Promise<DialectUpstream> {
    return new DialectUpstream(column, script).listening();
  }

  protected async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
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
      const refusal = { status: 400, body: chat ? { error } : { type: 'error', error } };
      return reply(response, this.#toNativeError(refusal));
    }
    this.requests.push(seen);
    const answer = await this.script(seen, this.requests.length, response);
    if (answer === undefined) return;
    if ('status' in answer) return reply(response, this.#toNativeError(answer));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if ('raw' in answer) return void response.end(answer.raw);
    const broken = answer.find((step) => 'breakOff' in step);
    const encode = this.column === 'gemini' ? encodeGemini : chat ? encodeChat : encodeMessages;
    response.write(encode(answer));
    if (broken && 'breakOff' in broken && broken.breakOff === 'reset') setTimeout(() => response.destroy(), 20);
    else response.end();
  }

  #complaint(body: Record<string, any>, headers: IncomingMessage['headers']): string | undefined {
    if (headers['x-ccp-secret'] !== undefined) return 'the session secret went upstream';
    if (this.column === 'gemini')
      return headers['x-goog-api-key'] === 'fake-test-key' ? geminiComplaint(body) : 'API key not valid.';
    if (headers.authorization === undefined && headers['x-api-key'] === undefined) return 'no credential';
    // A backend behind a gateway also receives fields of the gateway.
    if (this.column === 'backend') return chatPairing(body, false);
    if (speaksChat(this.column)) return chatComplaint(body, this.column === 'kimi chat');
    return messagesComplaint(body, this.column === 'anthropic');
  }

  /** Converts an error to Google's error format. */
  #toNativeError(answer: Reply): Reply {
    const { error } = (answer.body ?? {}) as { error?: { message?: string } };
    if (this.column !== 'gemini' || error === undefined) return answer;
    const status = googleStatus[answer.status];
    const { message = '' } = error;
    return { ...answer, body: { error: { code: answer.status, message, ...(status ? { status } : {}) } } };
  }

  #wrongPath(path: string): string | undefined {
    if (this.column === 'gemini')
      return /^\/v1beta\/models\/[\w.-]+:streamGenerateContent\?alt=sse$/.test(path) ? undefined : `Not found: ${path}`;
    const wanted = speaksChat(this.column) ? /\/chat\/completions$/ : /\/v1\/messages(\?beta=true)?$/;
    return wanted.test(path) ? undefined : `Not found: ${path}`;
  }
}

const googleStatus: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

export const saying = (text: string): readonly Step[] => [{ say: text }, { finish: 'stop' }];

function reply(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
