/** The control endpoints: state, events, route. Only for who holds the control secret. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CcpError } from '../errors/ccp-error.ts';
import { findModel } from '../models/find.ts';
import { isRouteClass } from '../routing/classes.ts';
import { unknownModel } from '../routing/table.ts';
import { EventQueue } from '../session/coalesce.ts';
import { encodeData } from '../sse/encoder.ts';
import { asString, isObject, parseJson } from '../wire/json.ts';
import { checkSecret } from './guard.ts';
import type { SessionHub } from './hub.ts';
import { metricsText } from './metrics.ts';

const flushEveryMs = 50;

export function addControl(app: FastifyInstance, hub: SessionHub, controlToken: string): void {
  // Before the body is read: nobody else may make this process buffer it.
  const guarded = { onRequest: async (request: FastifyRequest) => checkSecret(request.headers, controlToken) };
  app.get('/ccp/state', guarded, async () => hub.state);
  app.get('/metrics', guarded, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4').send(metricsText(hub.state)),
  );
  app.post('/ccp/route', guarded, async (request) => switchRoute(hub, request.body));
  app.post('/ccp/budget', guarded, async (request) => answerBudget(hub, request.body));
  app.get('/ccp/events', guarded, (_request, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    raw.write(encodeData({ type: 'state', state: hub.state }));
    const queue = new EventQueue();
    let blocked = false;
    const flush = () => {
      if (blocked || queue.size === 0) return;
      blocked = !raw.write(queue.takeAll().map(encodeData).join(''));
    };
    const timer = setInterval(flush, flushEveryMs);
    raw.on('drain', () => {
      blocked = false;
    });
    const unsubscribe = hub.subscribe((event) => queue.push(event));
    raw.on('close', () => {
      clearInterval(timer);
      unsubscribe();
    });
  });
}

/** Body: `{"allow":true}`: what is used up may be spent once more. `{"allow":false}`: no more turns. */
function answerBudget(hub: SessionHub, body: unknown) {
  const json = typeof body === 'string' ? parseJson(body) : body;
  if (!isObject(json) || typeof json.allow !== 'boolean')
    throw new CcpError('invalid_request', '$.allow: must be true or false.');
  hub.budget.answer(json.allow);
  return { budgets: hub.budget.views() };
}

/** Body: `{"class":"main","model":"gpt-5.5"}`; `class` defaults to main. */
function switchRoute(hub: SessionHub, body: unknown) {
  const json = typeof body === 'string' ? parseJson(body) : body;
  if (!isObject(json)) throw new CcpError('invalid_request', '$: the body must be a JSON object.');
  const routeClass = json.class ?? 'main';
  if (!isRouteClass(routeClass))
    throw new CcpError('invalid_request', `$.class: "${String(routeClass)}" is no route class.`);
  const model = asString(json.model);
  if (model === undefined) throw new CcpError('invalid_request', '$.model: must be a string.');
  const target = findModel(model, hub.directory.catalogue, hub.directory.upstreams);
  if (target === undefined) throw unknownModel(model, hub.directory);
  const { routes } = hub.table;
  return { route: hub.switchRoute(routeClass, { target, effort: (routes[routeClass] ?? routes.main).effort }) };
}
