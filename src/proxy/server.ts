/** The local Anthropic-compatible server: Fastify on loopback. Responses are hijacked to control their timing. */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { CcpError } from '../errors/ccp-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { SessionEvent } from '../session/events.ts';
import type { ScreenAction } from '../session/ipc.ts';
import type { SessionState } from '../session/state.ts';
import { errorHeaders, errorJson } from './answer.ts';
import { BodyBudget, type Reservation } from './body-budget.ts';
import { actOnScreen, addControl } from './control.ts';
import { countTokens } from './count.ts';
import type { ProxyDeps } from './deps.ts';
import { checkCaller, checkSecret } from './guard.ts';
import { addressOf, handleOf, type ListeningSocket } from './listening.ts';
import { modelListing } from './listing.ts';
import { announcedBytes, bodyLimitBytes, decoded, parseBody, textOf } from './request-bodies.ts';
import { notFoundError, requestError } from './request-error.ts';
import { postTo } from './self-request.ts';
import { createSequence } from './sequence.ts';
import { serveTurn } from './serve-turn.ts';
import { createSession } from './session/session.ts';
import { SessionTitle } from './session-title.ts';
import { waitForFlush } from './wait-for-flush.ts';

const renewalTimeoutMs = 15_000;
const drainTimeoutMs = 5_000;
const abortedRequestsTimeoutMs = 500;

export interface ProxyServer {
  /**
   * @param socket a listening socket to use instead of the port, from `socket` of an earlier proxy.
   * @throws the listen error (`EADDRINUSE`).
   */
  listen(port: number, socket?: ListeningSocket): Promise<{ url: string; port: number }>;
  /** The listening socket, which another process can hold open; `undefined` before `listen`. */
  readonly socket: ListeningSocket | undefined;
  readonly state: SessionState;
  subscribe(listener: (event: SessionEvent) => void): () => void;
  /** Publishes an event that does not belong to a request. */
  publish(event: SessionEvent): void;
  /** Does what the user decided on the session's screen. @throws CcpError of a switch. */
  act(action: ScreenAction): void;
  /** Refuses new requests, lets running streams finish for up to 5 s, then closes everything. */
  drain(): Promise<void>;
}

export function createProxy(deps: ProxyDeps): ProxyServer {
  const { identity, ports, onTitle } = deps;
  const title =
    onTitle && new SessionTitle((body) => postTo(addressOf(app.server).port, identity.secret, body), onTitle);
  const session = createSession(deps, title);
  const { bus } = session;
  const app = Fastify({
    bodyLimit: bodyLimitBytes,
    // Bodies are parsed here, not by Fastify: tool inputs may contain `__proto__` and `constructor`.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    forceCloseConnections: false,
    // A 404 on a messages path would make Claude Code fall back to requests without streaming.
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    return503OnClosing: false,
  });
  const runInSequence = createSequence();
  const bodies = new BodyBudget(ports.clock);
  const reservations = new WeakMap<object, Reservation>();
  const running = new Set<Promise<void>>();
  let isDraining = false;

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.addHook('preParsing', async (request, _reply, payload) => decoded(request.headers, payload));
  app.addHook('onRequest', async (request) => {
    checkCaller(request.headers, request.raw.rawHeaders);
    if (isDraining) throw new CcpError('draining', 'This proxy is shutting down.');
  });
  addErrors(app, deps);

  app.get('/healthz', async () => ({ status: 'ok', version: identity.version }));
  app.route({ method: 'HEAD', url: '/', handler: async (_request, reply) => reply.code(200).send() });

  const guarded = {
    onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
      checkSecret(request.headers, identity.secret);
      // The body is read after this: until then it waits in the connection.
      const reservation = await bodies.reserve(announcedBytes(request.headers));
      reservations.set(request.raw, reservation);
      if (reply.raw.closed) reservation.release();
      else reply.raw.once('close', reservation.release);
    },
    preHandler: async ({ raw, body }: FastifyRequest, reply: FastifyReply) => {
      // The length of a compressed or chunked body is known only now.
      if (typeof body === 'string' && !reply.raw.closed) reservations.get(raw)?.resize(body.length);
    },
  };
  app.post('/v1/messages', guarded, (request, reply) => {
    reply.hijack();
    const { raw } = reply;
    const inbound = { body: textOf(request.body), headers: request.headers, raw, socket: request.raw.socket };
    const turn = serveTurn(inbound, session, deps).then(() => waitForFlush(raw, inbound.socket));
    running.add(turn);
    void turn.finally(() => running.delete(turn));
  });
  app.post('/v1/messages/count_tokens', guarded, (request) =>
    runInSequence(() => countTokens(parseBody(request.body), request.headers, session, deps)),
  );
  app.get('/v1/models', guarded, async () => modelListing(deps.routing.directory));
  addControl(app, session, deps);

  return {
    get state() {
      return bus.state;
    },
    subscribe: (listener) => bus.subscribe(listener),
    publish: bus.publish,
    act: (action) => actOnScreen(action, session, deps),
    get socket() {
      return handleOf(app.server);
    },
    listen: async (port, socket) => {
      // With a handle, Node ignores host and port.
      await app.listen({ host: '127.0.0.1', port, ...(socket ? { handle: socket } : {}) });
      const { port: boundPort } = addressOf(app.server);
      return { url: `http://127.0.0.1:${boundPort}`, port: boundPort };
    },
    drain: async () => {
      isDraining = true;
      // If the process exited during a token renewal, the auth server's response and the login would be lost.
      const settled = Promise.race([deps.credentials.settled(), delay(ports.clock, renewalTimeoutMs)]);
      const closed = app.close();
      await Promise.race([Promise.allSettled([...running]), delay(ports.clock, drainTimeoutMs)]);
      app.server.closeAllConnections();
      // Aborted requests still publish how they ended.
      await Promise.race([Promise.allSettled([...running]), delay(ports.clock, abortedRequestsTimeoutMs)]);
      await closed;
      await settled;
      await Promise.race([deps.auditSettled(), delay(ports.clock, abortedRequestsTimeoutMs)]);
    },
  };
}

const delay = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });

function addErrors(app: FastifyInstance, deps: ProxyDeps): void {
  const send = (
    error: CcpError,
    reply: { code(n: number): { headers(h: Record<string, string>): { send(body: string): unknown } } },
  ) => {
    const id = `req_${deps.ports.randomness.id(20)}`;
    return reply
      .code(error.row.status)
      .headers(errorHeaders(error, id))
      .send(errorJson(error, id, deps.remedies));
  };
  app.setErrorHandler((thrown, request, reply) => {
    const error = requestError(thrown);
    if (error !== undefined) return send(error, reply);
    deps.ports.log.error({ cause: thrown, url: request.url }, 'unexpected error');
    return send(new CcpError('internal', 'ccp failed on this request.'), reply);
  });
  app.setNotFoundHandler(({ method, url }, reply) => send(notFoundError(method, url), reply));
}
