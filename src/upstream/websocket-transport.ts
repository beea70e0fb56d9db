/**
 * The Codex back end over WebSocket. Connections are reused, and a request that continues the previous one sends only
 * its new items. Falls back to HTTP only before anything was sent.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Transport, UpstreamAnswer, UpstreamRequest } from '../ports/transport.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, parseJson } from '../wire/json.ts';
import { MarkedRequest } from './websocket-chain.ts';
import { Connection, ConnectionLost, type Frame } from './websocket-connection.ts';

const protocol = 'responses_websockets=2026-02-06';
/** The server closes a connection after an hour. */
const maxConnectionAgeMs = 55 * 60_000;
const maxConnections = 8;
/** ccp's own close code for a server that rejects a full request as a continuation. */
const historyLostCode = 4001;
/** How long HTTP is used after a refused upgrade. */
const httpOnlyMs = 10 * 60_000;

export function websocketTransport(http: Transport, clock: Clock): Transport & { close(): void } {
  return new WebsocketTransport(http, clock);
}

interface ConnectionKey {
  readonly url: string;
  /** Identifies the account and session that a connection belongs to. */
  readonly owner: string;
}

class WebsocketTransport implements Transport {
  readonly #http: Transport;
  readonly #clock: Clock;
  readonly #connections = new Map<Connection, string>();
  /** Number of handshakes in progress. */
  #opening = 0;
  readonly #httpOnlyUntil = new Map<string, number>();

  constructor(http: Transport, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  async send(request: UpstreamRequest, options: Parameters<Transport['send']>[1]): Promise<UpstreamAnswer> {
    options.signal.throwIfAborted();
    if (request.method !== 'POST' || !request.url.endsWith('/responses') || this.#mustUseHttp(request.url))
      return this.#http.send(request, options);
    const body = parseJson(request.body);
    if (!isObject(body)) return this.#http.send(request, options);
    const markedRequest = new MarkedRequest(body);
    const connection = await this.#connection(request, markedRequest, options.signal);
    if (connection === undefined) {
      options.signal.throwIfAborted();
      return this.#http.send(request, options);
    }
    return this.#sendOver(connection, request.url, markedRequest, options);
  }

  close(): void {
    for (const connection of this.#connections.keys()) connection.close();
    this.#connections.clear();
  }

  #mustUseHttp(url: string): boolean {
    return (this.#httpOnlyUntil.get(url) ?? 0) > this.#clock.elapsed();
  }

  #fallBackToHttp(url: string): void {
    this.#httpOnlyUntil.set(url, this.#clock.elapsed() + httpOnlyMs);
  }

  /** The free connection that stores most of the request, else a new one; `undefined` when neither is available. */
  async #connection(
    request: UpstreamRequest,
    markedRequest: MarkedRequest,
    signal: AbortSignal,
  ): Promise<Connection | undefined> {
    const { url, owner } = connectionKeyOf(request);
    this.#removeStale();
    const freeConnections = [...this.#connections].filter(
      ([connection, connectionOwner]) => connectionOwner === owner && !connection.busy,
    );
    const best = freeConnections
      .map(([connection]) => connection)
      .sort((a, b) => b.knows(markedRequest) - a.knows(markedRequest))[0];
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
      if (!signal.aborted) this.#fallBackToHttp(request.url);
      return undefined;
    } finally {
      this.#opening -= 1;
    }
  }

  /** Removes lost connections, and closes expired ones that are not in use. */
  #removeStale(): void {
    for (const connection of this.#connections.keys()) {
      const isExpired = this.#clock.elapsed() - connection.openedAt > maxConnectionAgeMs;
      if (isExpired && !connection.busy) connection.close();
      if (connection.lost || (isExpired && !connection.busy)) this.#connections.delete(connection);
    }
  }

  async #sendOver(
    connection: Connection,
    url: string,
    markedRequest: MarkedRequest,
    { signal, headersTimeoutMs }: Parameters<Transport['send']>[1],
  ): Promise<UpstreamAnswer> {
    const abort = () => connection.close();
    signal.addEventListener('abort', abort, { once: true });
    const removeAbortListener = () => signal.removeEventListener('abort', abort);
    const start = async () => {
      const events = connection.ask(markedRequest);
      return { events, first: await this.#withTimeout(headersTimeoutMs, firstFrames(events), connection) };
    };
    try {
      let { events, first } = await start();
      // The server no longer stores the previous request and generated nothing: the full request is sent.
      if (lastErrorCode(first) === 'previous_response_not_found') ({ events, first } = await start());
      if (lastErrorCode(first) === 'previous_response_not_found') throw new ConnectionLost(historyLostCode);
      if (lastErrorCode(first) === 'websocket_connection_limit_reached') {
        this.#fallBackToHttp(url);
        throw new CcpError('reset', 'The upstream refused another WebSocket.');
      }
      const errorResponse = errorResponseOf(first.at(-1)?.event ?? {});
      if (errorResponse) {
        removeAbortListener();
        return errorResponse;
      }
      const headers = { ...connection.takeHeaders(), 'content-type': 'text/event-stream' };
      return { status: 200, headers, body: encodeAsSse(first, events, removeAbortListener) };
    } catch (thrown) {
      removeAbortListener();
      connection.close();
      if (signal.aborted) throw signal.reason;
      // Too large for a frame: HTTP accepts larger requests.
      if (thrown instanceof ConnectionLost && thrown.closeCode === 1009) this.#fallBackToHttp(url);
      if (thrown instanceof CcpError) throw thrown;
      throw new CcpError('reset', 'The WebSocket closed before the answer began.', { cause: thrown });
    }
  }

  async #withTimeout<T>(ms: number, promise: Promise<T>, connection: Connection): Promise<T> {
    let hasTimedOut = false;
    const cancel = this.#clock.after(ms, () => {
      hasTimedOut = true;
      connection.close();
    });
    try {
      return await promise;
    } catch (thrown) {
      if (hasTimedOut)
        throw new CcpError('no_headers', `The WebSocket did not answer within ${Math.round(ms / 1000)} s.`);
      throw thrown;
    } finally {
      cancel();
    }
  }
}

const connectionKeyOf = ({ url, headers }: UpstreamRequest): ConnectionKey => {
  const socketUrl = url.replace(/^http/, 'ws');
  return { url: socketUrl, owner: `${socketUrl} ${headers.authorization ?? ''} ${headers['session-id'] ?? ''}` };
};

/** Reads up to the first frame that is a response event or an error. */
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

const lastErrorCode = (frames: readonly Frame[]): string | undefined => errorCodeOf(frames.at(-1)?.event ?? {});

const errorCodeOf = (event: JsonObject): string | undefined =>
  event.type === 'error' ? (asString(asObject(event.error).code) ?? asString(event.code)) : undefined;

/** Converts an error frame with a status to the equivalent HTTP response. */
function errorResponseOf(event: JsonObject): UpstreamAnswer | undefined {
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

/** Encodes frames as SSE, so that they are read by the same code as an HTTP response. */
async function* encodeAsSse(
  first: readonly Frame[],
  rest: AsyncGenerator<Frame>,
  removeAbortListener: () => void,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  try {
    for (const frame of first) yield encoder.encode(encodeFrame(frame));
    for await (const frame of rest) yield encoder.encode(encodeFrame(frame));
  } finally {
    removeAbortListener();
    await rest.return(undefined);
  }
}

const encodeFrame = ({ text }: Frame): string => `data: ${text.replaceAll('\n', '\ndata: ')}\n\n`;
