/** A transport that returns scripted responses in order and records the requests. No socket is opened. */
import type { Transport, UpstreamAnswer, UpstreamRequest } from '../../src/ports/transport.ts';

export interface ScriptedResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, one chunk each. */
  readonly chunks?: readonly string[];
}

export interface SentRequest extends UpstreamRequest {
  readonly signal: AbortSignal;
  readonly headersTimeoutMs: number;
}

export class ScriptedTransport implements Transport {
  readonly requests: SentRequest[] = [];
  /** Number of chunks that were read from response bodies. */
  chunksRead = 0;
  readonly #responses: (ScriptedResponse | Error)[];

  constructor(...responses: (ScriptedResponse | Error)[]) {
    this.#responses = responses;
  }

  async send(
    request: UpstreamRequest,
    options: { signal: AbortSignal; headersTimeoutMs: number },
  ): Promise<UpstreamAnswer> {
    this.requests.push({ ...request, ...options });
    const response = this.#responses.shift();
    if (response === undefined) throw new Error(`no response for ${request.url}`);
    if (response instanceof Error) throw response;
    const { status = 200, headers = {}, json, chunks = [JSON.stringify(json)] } = response;
    return { status, headers, body: this.#bytes(chunks) };
  }

  async *#bytes(chunks: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      this.chunksRead += 1;
      yield Buffer.from(chunk);
    }
  }

  /** The form of a request, as an object. */
  form(index: number): Record<string, string> {
    return Object.fromEntries(new URLSearchParams(this.requests[index]?.body));
  }

  /** The JSON body of a request. */
  json(index: number): unknown {
    return JSON.parse(this.requests[index]?.body ?? 'null');
  }
}
