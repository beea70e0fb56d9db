/** One failed HTTP response: made from a seed, read by the dialect, judged by what Claude Code may receive. */
import { CcpError } from '../../src/errors/ccp-error.ts';
import { remedyWords } from '../../src/errors/remedies.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { upstreamOfDialect } from '../support/dialects.ts';
import { prepareOptions } from '../support/upstreams.ts';
import { withChangedMember } from './odd-values.ts';
import { Random } from './random.ts';
import { dialects, type StreamResult } from './streams.ts';

export interface FailureCase {
  readonly dialect: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const words = [
  'rate limit',
  'model',
  'not found',
  'quota',
  'context length',
  '\u001b[2J',
  '漢字',
  '<',
  'a'.repeat(300),
];

function bodyOf(random: Random): string {
  const sentence = random.many(0, 12, () => random.pick(words)).join(' ');
  const json = {
    error: {
      message: sentence,
      type: random.pick(words),
      code: random.pick<unknown>(['x', 429, null]),
      param: 'tools',
    },
    detail: sentence,
  };
  return random.pick<() => string>([
    () => JSON.stringify(json),
    () => JSON.stringify(withChangedMember(json, random)),
    () => JSON.stringify([json]),
    () => `<html><head><title>${sentence}</title></head><body>${sentence.repeat(20)}</body></html>`,
    () => sentence,
    () => '',
    () => JSON.stringify(json).slice(0, random.below(120)),
    () => '['.repeat(random.below(20_000)),
  ])();
}

export function failureCase(seed: number): FailureCase {
  const random = new Random(seed ^ 0x27d4eb2d);
  const headers: Record<string, string> = { 'content-type': random.pick(['application/json', 'text/html', '', 'x']) };
  if (random.chance(0.3))
    headers['retry-after'] = random.pick(['5', '-1', 'soon', '1e9', 'Wed, 21 Oct 2026 07:28:00 GMT']);
  if (random.chance(0.2)) headers['cf-ray'] = random.pick(['8f00', '\u009b']);
  const status = random.pick([400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 451, 500, 502, 503, 504, 529, 599]);
  return { dialect: random.pick(dialects), status, headers, text: bodyOf(random) };
}

const request = validateRequest({
  model: 'm',
  max_tokens: 9,
  stream: true,
  messages: [{ role: 'user', content: 'hi' }],
});
const controls = /[\u0000-\u001f\u007f-\u009f]/;
const maxMessageLength = 2_000;

export function runFailure({ dialect, status, headers, text }: FailureCase): StreamResult {
  const upstream = upstreamOfDialect[dialect];
  if (upstream === undefined) throw new Error(`no upstream of ${dialect}`);
  try {
    const error = upstream.translator.prepare(request, prepareOptions()).failure(status, headers, text);
    const faults: string[] = [];
    if (!(error instanceof CcpError) || error.code === 'internal') faults.push('no error of its own');
    const { message, type } = error.body('req_fuzz', false, remedyWords(undefined));
    if (controls.test(message)) faults.push(`a control character in ${JSON.stringify(message).slice(0, 200)}`);
    if (message.length > maxMessageLength) faults.push(`a message of ${message.length} characters`);
    if (!/_error$|^request_too_large$/.test(type)) faults.push(`type ${type}`);
    // Claude Code would take these for a failed login, or ask again without streaming.
    if (error.row.status === 403 || error.row.status === 404) faults.push(`status ${error.row.status}`);
    const wait = error.retryAfterSec;
    if (wait !== undefined && !(wait >= 0 && Number.isFinite(wait))) faults.push(`retry-after ${wait}`);
    return { faults, internal: undefined };
  } catch (thrown) {
    return { faults: [], internal: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
  }
}
