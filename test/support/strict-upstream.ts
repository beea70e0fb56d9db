/** A scripted Codex back end on loopback. It refuses what the real one refuses, and keeps every request it saw. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { frame, type UpstreamEvent } from './events.ts';

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

const forbidden = [
  'background',
  'conversation',
  'max_output_tokens',
  'max_tokens',
  'max_tool_calls',
  'messages',
  'metadata',
  'moderation',
  'previous_response_id',
  'prompt',
  'prompt_cache_retention',
  'safety_identifier',
  'stop',
  'system',
  'temperature',
  'top_logprobs',
  'top_p',
  'truncation',
  'user',
];

/** The 400 the back end would give, or `undefined`. */
export function complaint(body: Record<string, any>): string | undefined {
  for (const field of forbidden) if (field in body) return `Unsupported parameter: ${field}`;
  if (body.store !== false) return 'Store must be set to false';
  if (body.stream !== true) return 'Stream must be set to true';
  if (typeof body.instructions !== 'string' || body.instructions === '') return 'Instructions are required';
  if (!Array.isArray(body.input)) return 'Input must be a list';
  if (body.prompt_cache_key !== undefined && body.prompt_cache_key.length > 64)
    return 'string_above_max_length: prompt_cache_key';
  for (const tool of body.tools ?? []) {
    if (tool.type !== 'function') return `Unknown tool type ${tool.type}`;
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(tool.name)) return `Invalid tool name ${tool.name}`;
    if (tool.parameters?.type !== 'object' || typeof tool.parameters.properties !== 'object')
      return `Invalid schema for ${tool.name}`;
    if ('$schema' in tool.parameters) return `Invalid schema for ${tool.name}: $schema`;
  }
  return pairing(body.input) ?? contents(body.input);
}

function pairing(input: Record<string, any>[]): string | undefined {
  const calls = new Set<string>();
  const answered = new Set<string>();
  for (const item of input) {
    if (item.type === 'function_call') {
      if (!/^[a-zA-Z0-9_-]{1,64}$/.test(item.call_id)) return `Invalid call_id ${item.call_id}`;
      if (calls.has(item.call_id)) return `Duplicate call_id ${item.call_id}`;
      calls.add(item.call_id);
    }
    if (item.type === 'function_call_output') {
      if (!calls.has(item.call_id)) return `No tool call found for function call output with call_id ${item.call_id}`;
      if (answered.has(item.call_id)) return `Two outputs for call_id ${item.call_id}`;
      answered.add(item.call_id);
    }
  }
  for (const id of calls) if (!answered.has(id)) return `No tool output found for function call ${id}`;
  return undefined;
}

function contents(input: Record<string, any>[]): string | undefined {
  for (const item of input) {
    if (item.type !== 'message') continue;
    if (!['user', 'assistant', 'developer'].includes(item.role)) return `Invalid role ${item.role}`;
    if (item.content.length === 0) return 'Empty content';
    for (const part of item.content) {
      const wanted = item.role === 'assistant' ? ['output_text'] : ['input_text', 'input_image', 'input_file'];
      if (!wanted.includes(part.type)) return `Invalid content ${part.type} for role ${item.role}`;
    }
  }
  return undefined;
}

export class StrictUpstream {
  readonly requests: SeenRequest[] = [];
  readonly complaints: string[] = [];
  script: Script;
  readonly #server: Server;

  private constructor(script: Script) {
    this.script = script;
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  static async start(script: Script): Promise<StrictUpstream> {
    const upstream = new StrictUpstream(script);
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
    const body = JSON.parse(text);
    const seen: SeenRequest = { body, text, headers: request.headers, aborted: false };
    response.on('close', () => {
      seen.aborted = !response.writableFinished;
    });
    const wrong = request.url === '/responses' ? complaint(body) : `Not found: ${request.url}`;
    if (wrong !== undefined) {
      this.complaints.push(wrong);
      return send(response, { status: 400, body: JSON.stringify({ detail: wrong }) });
    }
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
