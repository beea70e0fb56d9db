/** The control endpoints: state, metrics, events, route, budget. Each requires the control token. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CcpError } from '../errors/ccp-error.ts';
import { isRouteClass } from '../routing/classes.ts';
import { EventQueue } from '../session/coalesce.ts';
import { encodeData } from '../sse/encoder.ts';
import { asString, isObject, parseJson } from '../wire/json.ts';
import type { ProxyDeps } from './deps.ts';
import { checkSecret } from './guard.ts';
import { metricsText } from './metrics.ts';
import type { Session } from './session/session.ts';
import { switchRoute } from './session/switch-route.ts';

const flushEveryMs = 50;

export function addControl(app: FastifyInstance, session: Session, deps: ProxyDeps): void {
  const { bus } = session;
  // Checked before the body is read, so that an unauthorized caller cannot make this process buffer it.
  const guarded = {
    onRequest: async (request: FastifyRequest) => checkSecret(request.headers, deps.identity.controlToken),
  };
  app.get('/ccp/state', guarded, async () => bus.state);
  app.get('/metrics', guarded, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4').send(metricsText(bus.state)),
  );
  app.post('/ccp/route', guarded, async (request) => routeFrom(request.body, session, deps));
  app.post('/ccp/budget', guarded, async (request) => answerBudget(session, request.body));
  app.get('/ccp/events', guarded, (_request, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    raw.write(encodeData({ type: 'state', state: bus.state }));
    const queue = new EventQueue();
    let isBlocked = false;
    const flush = () => {
      if (isBlocked || queue.size === 0) return;
      isBlocked = !raw.write(queue.takeAll().map(encodeData).join(''));
    };
    const timer = setInterval(flush, flushEveryMs);
    raw.on('drain', () => {
      isBlocked = false;
    });
    const unsubscribe = bus.subscribe((event) => queue.push(event));
    raw.on('close', () => {
      clearInterval(timer);
      unsubscribe();
    });
  });
}

/** Body: `{"allow":true}` lets each exhausted budget be spent once more; `{"allow":false}` refuses further turns. */
function answerBudget({ budget }: Session, body: unknown) {
  const json = typeof body === 'string' ? parseJson(body) : body;
  if (!isObject(json) || typeof json.allow !== 'boolean')
    throw new CcpError('invalid_request', '$.allow: must be true or false.');
  budget.answer(json.allow);
  return { budgets: budget.views() };
}

/** Body: `{"class":"main","model":"gpt-5.5"}`; `class` defaults to main. */
function routeFrom(body: unknown, session: Session, deps: ProxyDeps) {
  const json = typeof body === 'string' ? parseJson(body) : body;
  if (!isObject(json)) throw new CcpError('invalid_request', '$: the body must be a JSON object.');
  const routeClass = json.class ?? 'main';
  if (!isRouteClass(routeClass))
    throw new CcpError('invalid_request', `$.class: "${String(routeClass)}" is not a route class.`);
  const model = asString(json.model);
  if (model === undefined) throw new CcpError('invalid_request', '$.model: must be a string.');
  return { route: switchRoute(routeClass, model, session, deps) };
}
