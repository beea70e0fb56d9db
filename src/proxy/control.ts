/** The control endpoints: state, metrics, events, route, budget. Each requires the control token. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CcpError } from '../errors/ccp-error.ts';
import { firstCandidate } from '../routing/candidate.ts';
import { isRouteClass } from '../routing/classes.ts';
import { decideNamed } from '../routing/launch-routes.ts';
import { EventQueue } from '../session/coalesce.ts';
import type { ScreenAction } from '../session/ipc.ts';
import { encodeData } from '../sse/encoder.ts';
import { asString, isObject, parseJson } from '../wire/json.ts';
import type { ProxyDeps } from './deps.ts';
import { checkSecret } from './guard.ts';
import { metricsText } from './metrics.ts';
import type { Session } from './session/session.ts';
import { spendingSwitch, switchRoute } from './session/switch-route.ts';

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
  app.post('/ccp/route', guarded, (request, reply) => {
    const confirm = confirmFor(request, reply, session, deps);
    return routeFrom(request.body, confirm, session, deps);
  });
  app.post('/ccp/budget', guarded, (request, reply) =>
    answerBudget(request.body, confirmFor(request, reply, session, deps), session),
  );
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

/** Resolves when the user allowed the change. @throws CcpError `not_confirmed`. */
type Confirm = (change: string) => Promise<void>;

/** A request of a program on a terminal of the user needs no further confirmation. */
const confirmFor =
  ({ socket }: FastifyRequest, reply: FastifyReply, { confirmation }: Session, { money }: ProxyDeps): Confirm =>
  (change) => {
    const { remotePort: port, localPort } = socket;
    if (port !== undefined && localPort !== undefined && money.isUserTerminal({ port, localPort }))
      return Promise.resolve();
    const abort = new AbortController();
    reply.raw.once('close', () => abort.abort());
    return confirmation.require(change, abort.signal);
  };

/** Body: `{"allow":true}` lets each exhausted budget be spent once more; `{"allow":false}` refuses further turns. */
async function answerBudget(body: unknown, confirm: Confirm, { budget }: Session) {
  const json = parseJson(asString(body) ?? '');
  if (!isObject(json) || typeof json.allow !== 'boolean')
    throw new CcpError('invalid_request', '$.allow: must be true or false.');
  if (json.allow) await confirm('Raise the budget by the same amount');
  budget.answer(json.allow);
  return { budgets: budget.views() };
}

/** Body: `{"class":"main","model":"gpt-5.5"}`; `class` defaults to main. */
async function routeFrom(body: unknown, confirm: Confirm, session: Session, deps: ProxyDeps) {
  const json = parseJson(asString(body) ?? '');
  if (!isObject(json)) throw new CcpError('invalid_request', '$: the body must be a JSON object.');
  const routeClass = json.class ?? 'main';
  if (!isRouteClass(routeClass))
    throw new CcpError('invalid_request', `$.class: "${String(routeClass)}" is not a route class.`);
  const model = asString(json.model);
  if (model === undefined) throw new CcpError('invalid_request', '$.model: must be a string.');
  await deps.routing.refreshRules();
  const spending = spendingSwitch(routeClass, model, session, deps);
  if (spending !== undefined) await confirm(spending);
  return { route: switchRoute(routeClass, model, session, deps) };
}

/** Does what the user decided on the session's screen. @throws CcpError of a switch. */
export function actOnScreen(action: ScreenAction, session: Session, deps: ProxyDeps): void {
  if (action.do === 'switch') switchRoute(action.routeClass, action.model, session, deps);
  else if (action.do === 'answer budget') session.budget.answer(action.allow);
  else if (action.do === 'answer confirmation') session.confirmation.answer(action.id, action.allow);
  else if (action.do === 'answer fan-out') session.fanOut.answer(action.id, action.allow);
  else answerWall(action, session, deps);
}

/** Another model takes the requests of a route until its limit is over, or they wait. */
function answerWall(
  { id, model }: Extract<ScreenAction, { do: 'answer wall' }>,
  { limits, routes }: Session,
  { routing }: ProxyDeps,
): void {
  const route = limits.routeOf(id);
  if (model === undefined) return limits.await(route);
  const { target } = firstCandidate(
    decideNamed(model, routing.directory, routing.rules, { clientLogins: routes.clientLogins }),
  );
  routes.chooseSubstitute(route, target);
  limits.decideAgain();
}
