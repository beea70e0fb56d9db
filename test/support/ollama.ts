/** A server that behaves like Ollama: complete calls in one chunk, "stop" after calls, errors as plain strings. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, LoopbackServer } from './loopback.ts';

type Body = Record<string, any>;

export class OllamaServer extends LoopbackServer {
  readonly requests: Body[] = [];
  /** The message of each call round. The last one is repeated. */
  rounds: readonly Body[] = [{ content: 'Hello from the llama.' }];
  running: Body[] = [];
  private constructor() {
    super();
  }

  static async start(): Promise<OllamaServer> {
    return new OllamaServer().listening();
  }

  protected async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    const body: Body = text === '' ? {} : JSON.parse(text);
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    switch (request.url) {
      case '/api/tags':
        return json(200, { models: [{ name: 'qwen3:8b' }, { name: 'gemma3:4b' }] });
      case '/api/ps':
        return json(200, { models: this.running });
      case '/api/show':
        return json(200, details[String(body.model)] ?? {});
      case '/v1/chat/completions':
        return this.#chat(body, response, json);
      default:
        return json(404, { error: '404 page not found' });
    }
  }

  #chat(body: Body, response: ServerResponse, json: (status: number, value: unknown) => void): void {
    const modelDetails = details[String(body.model)];
    if (!modelDetails)
      return json(404, {
        error: { message: `model "${body.model}" not found, try pulling it first`, type: 'api_error' },
      });
    if (body.reasoning_effort !== undefined && !modelDetails.capabilities.includes('thinking'))
      return json(400, { error: `"${body.model}" does not support thinking` });
    this.requests.push(body);
    const resultCount = body.messages.filter(({ role }: Body) => role === 'tool').length;
    const isMain = (body.tools ?? []).length > 3;
    const round = isMain ? (this.rounds[resultCount] ?? this.rounds.at(-1)) : { content: '{"title":"t"}' };
    const chunk = (delta: Body, finish: string | null) => ({ choices: [{ index: 0, delta, finish_reason: finish }] });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (value: unknown) => response.write(`data: ${JSON.stringify(value)}\n\n`);
    if (round?.reasoning) send(chunk({ role: 'assistant', content: '', reasoning: round.reasoning }, null));
    if (round?.content) send(chunk({ role: 'assistant', content: round.content }, null));
    if (round?.tool_calls) send(chunk({ role: 'assistant', content: '', tool_calls: round.tool_calls }, null));
    send(chunk({ role: 'assistant', content: '' }, 'stop'));
    if (body.stream_options?.include_usage)
      send({ choices: [], usage: { prompt_tokens: 900, completion_tokens: 12, total_tokens: 912 } });
    response.end('data: [DONE]\n\n');
  }
}

const details: Record<string, Body> = {
  'qwen3:8b': {
    capabilities: ['completion', 'tools', 'thinking'],
    parameters: 'stop "<|im_end|>"\nnum_ctx                        98304',
    model_info: { 'qwen3.context_length': 40_960 },
  },
  'gemma3:4b': {
    capabilities: ['completion', 'tools', 'vision'],
    parameters: '',
    model_info: { 'gemma3.context_length': 131_072 },
  },
};
