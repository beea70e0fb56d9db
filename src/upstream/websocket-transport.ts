/**
 * The Codex back end over WebSocket: connections are kept, and a request that continues the one before sends only what is
 * new. Falls back to HTTP before anything was sent, never after.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Transport, UpstreamAnswer, UpstreamRequest } from '../ports/transport.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, parseJson } from '../wire/json.ts';
import { MarkedRequest } from './websocket-chain.ts';
import { Connection, ConnectionLost, type Frame } from './websocket-connection.ts';

const protocol = 'responses_websockets=2026-02-06';
/** The server ends a connection after an hour. */
const oldMs = 55 * 60_000;
const maxConnections = 8;
/** Our own close code for a server that forgets at once. */
const historyLostCode = 4001;
/** After a refused upgrade. */
const httpOnlyMs = 10 * 60_000;

export function websocketTransport(http: Transport, clock: Clock): Transport & { close(): void } {
  return new WebsocketTransport(http, clock);
}

interface Place {
  readonly url: string;
  /** Who asks: a connection belongs to one account and one session. */
  readonly owner: string;
}

class WebsocketTransport implements Transport {
  readonly #http: Transport;
  readonly #clock: Clock;
  readonly #connections = new Map<Connection, string>();
  /** Handshakes under way. */
  #opening = 0;
  readonly #httpOnlyUntil = new Map<string, number>();

  constructor(http: Transport, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  async send(request: UpstreamRequest, options: Parameters<Transport['send']>[1]): Promise<UpstreamAnswer> {
    options.signal.throwIfAborted();
    const body = parseJson(request.body);
    if (
      request.method !== 'POST' ||
      !request.url.endsWith('/responses') ||
      !isObject(body) ||
      this.#mustUseHttp(request.url)
    )
      return this.#http.send(request, options);
    const marked = new MarkedRequest(body);
    const connection = await this.#connection(request, marked, options.signal);
    if (connection === undefined) {
      options.signal.throwIfAborted();
      return this.#http.send(request, options);
    }
    return this.#ask(connection, request.url, marked, options);
  }

  close(): void {
    for (const connection of this.#connections.keys()) connection.close();
    this.#connections.clear();
  }

  #mustUseHttp(url: string): boolean {
    return (this.#httpOnlyUntil.get(url) ?? 0) > this.#clock.elapsed();
  }

  #stayWithHttp(url: string): void {
    this.#httpOnlyUntil.set(url, this.#clock.elapsed() + httpOnlyMs);
  }

  /** The free connection that knows most of the request, else a new one; `undefined` when there is none to be had. */
  async #connection(
    request: UpstreamRequest,
    marked: MarkedRequest,
    signal: AbortSignal,
  ): Promise<Connection | undefined> {
    const { url, owner } = placeOf(request);
    this.#clean();
    const free = [...this.#connections].filter(([connection, of]) => of === owner && !connection.busy);
    const best = free.map(([connection]) => connection).sort((a, b) => b.knows(marked) - a.knows(marked))[0];
    best?.reserve();
    if (best) return best;
    if (this.#connections.size + this.#opening >= maxConnections) return undefined;
    this.#opening += 1;
    try {
      const headers = { ...request.headers, 'openai-beta': protocol };
      const connection = await Connection.open(url, headers, this.#clock.elapsed(), signal);
      connection.reserve();
      this.#connections.set(connection, owner);
      return connection;
    } catch {
      if (!signal.aborted) this.#stayWithHttp(request.url);
      return undefined;
    } finally {
      this.#opening -= 1;
    }
  }

  #clean(): void {
    for (const connection of this.#connections.keys()) {
      const old = this.#clock.elapsed() - connection.openedAt > oldMs;
      if (old && !connection.busy) connection.close();
      if (connection.lost || (old && !connection.busy)) this.#connections.delete(connection);
    }
  }

  async #ask(
    connection: Connection,
    url: string,
    marked: MarkedRequest,
    { signal, headersTimeoutMs }: Parameters<Transport['send']>[1],
  ): Promise<UpstreamAnswer> {
    const abort = () => connection.close();
    signal.addEventListener('abort', abort, { once: true });
    const over = () => signal.removeEventListener('abort', abort);
    const ask = async () => {
      const events = connection.ask(marked);
      return { events, first: await this.#within(headersTimeoutMs, firstFrames(events), connection) };
    };
    try {
      let { events, first } = await ask();
      // It forgot the request before and generated nothing: the whole is sent.
      if (codeIn(first) === 'previous_response_not_found') ({ events, first } = await ask());
      if (codeIn(first) === 'previous_response_not_found') throw new ConnectionLost(historyLostCode);
      if (codeIn(first) === 'websocket_connection_limit_reached') {
        this.#stayWithHttp(url);
        throw new CcpError('reset', 'The upstream refused another WebSocket.');
      }
      const refusal = refusalOf(first.at(-1)?.event ?? {});
      if (refusal) {
        over();
        return refusal;
      }
      const headers = { ...connection.takeHeaders(), 'content-type': 'text/event-stream' };
      return { status: 200, headers, body: asSse(first, events, over) };
    } catch (thrown) {
      over();
      connection.close();
      if (signal.aborted) throw signal.reason;
      // Too big for a frame: HTTP takes more.
      if (thrown instanceof ConnectionLost && thrown.closeCode === 1009) this.#stayWithHttp(url);
      if (thrown instanceof CcpError) throw thrown;
      throw new CcpError('reset', 'The WebSocket closed before the answer began.', { cause: thrown });
    }
  }

  async #within<T>(ms: number, promise: Promise<T>, connection: Connection): Promise<T> {
    let late = false;
    const cancel = this.#clock.after(ms, () => {
      late = true;
      connection.close();
    });
    try {
      return await promise;
    } catch (thrown) {
      if (late) throw new CcpError('no_headers', `The WebSocket did not answer within ${Math.round(ms / 1000)} s.`);
      throw thrown;
    } finally {
      cancel();
    }
  }
}

const placeOf = ({ url, headers }: UpstreamRequest): Place => {
  const place = url.replace(/^http/, 'ws');
  return { url: place, owner: `${place} ${headers.authorization ?? ''} ${headers['session-id'] ?? ''}` };
};

/** Up to the frame that says whether there will be an answer. */
async function firstFrames(events: AsyncGenerator<Frame>): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (;;) {
    const next = await events.next();
    if (next.done) throw new ConnectionLost(1005);
    frames.push(next.value);
    const { type } = next.value.event;
    if (typeof type !== 'string' || !(type.startsWith('codex.') || type === 'response.metadata')) return frames;
  }
}

const codeIn = (frames: readonly Frame[]): string | undefined => codeOf(frames.at(-1)?.event ?? {});

const codeOf = (event: JsonObject): string | undefined =>
  event.type === 'error' ? (asString(asObject(event.error).code) ?? asString(event.code)) : undefined;

/** What would have been an HTTP status comes as the first frame. */
function refusalOf(event: JsonObject): UpstreamAnswer | undefined {
  const status = asNumber(event.status) ?? asNumber(event.status_code);
  if (event.type !== 'error' || status === undefined || status < 400) return undefined;
  const headers = Object.fromEntries(
    Object.entries(asObject(event.headers)).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const text = new TextEncoder().encode(JSON.stringify({ error: event.error ?? event }));
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: (async function* () {
      yield text;
    })(),
  };
}

/** The same bytes that HTTP would have brought: one road for both. */
async function* asSse(
  first: readonly Frame[],
  rest: AsyncGenerator<Frame>,
  over: () => void,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  try {
    for (const frame of first) yield encoder.encode(sse(frame));
    for await (const frame of rest) yield encoder.encode(sse(frame));
  } finally {
    over();
    await rest.return(undefined);
  }
}

const sse = ({ text }: Frame): string => `data: ${text.replaceAll('\n', '\ndata: ')}\n\n`;
