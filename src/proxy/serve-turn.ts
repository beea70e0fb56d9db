/** Serves one `POST /v1/messages`: validates the request, runs it, and reports every failure as a response. */
import { CcpError, toCcpError } from '../errors/ccp-error.ts';
import { validateRequest } from '../translate/anthropic/validate.ts';
import { parseJson } from '../wire/json.ts';
import { type Answer, JsonAnswer, SseAnswer } from './answer.ts';
import type { ProxyDeps } from './deps.ts';
import type { Session } from './session/session.ts';
import { betweenSteps, isLarge } from './steps.ts';
import { StreamMeter } from './stream-meter.ts';
import { type Inbound, Turn } from './turn.ts';

/** Never rejects: every failure is sent as a response and published. */
export async function serveTurn(inbound: Inbound, session: Session, deps: ProxyDeps): Promise<void> {
  const { randomness, clock, log } = deps.ports;
  const id = `req_${randomness.id(20)}`;
  const meter = new StreamMeter(id, clock, session.bus.publish, deps.remedies);
  let turn: Turn | undefined;
  let answer: Answer = new JsonAnswer(inbound.raw, id, deps.remedies);
  try {
    deps.logBody?.(id, 'received', inbound.body);
    const large = isLarge(inbound.body.length);
    const body = parseJson(inbound.body);
    await betweenSteps(large);
    const request = validateRequest(body);
    await betweenSteps(large);
    if (request.stream) answer = new SseAnswer(inbound.raw, id, deps.remedies);
    turn = new Turn(request, inbound, answer, meter, session, deps);
    await turn.run();
  } catch (thrown) {
    const error = thrown instanceof RangeError ? nestingError(thrown) : toCcpError(thrown);
    if (error.code === 'internal') log.error({ id, cause: error.cause }, 'internal error');
    else if (error.cause !== undefined) log.warn({ id, code: error.code, cause: error.cause }, error.message);
    answer.fail(error);
    const { resends } = session.caches;
    // An answer of which a part was forwarded is not asked for again; newer clients continue it with another request.
    const isOver = error.final || turn?.hasContent === true;
    const { retryAfterSec } = error;
    const resend = {
      ...resends.countOf(resends.stepOf(inbound.body)),
      ...(retryAfterSec === undefined ? {} : { retryAfterMs: retryAfterSec * 1_000 }),
    };
    meter.failed(error, isOver ? undefined : resend);
  }
}

/** JSON that parses but is nested too deep to be serialized again. */
const nestingError = (cause: RangeError): CcpError =>
  new CcpError('invalid_request', '$: the request or answer is nested too deep.', { cause });
