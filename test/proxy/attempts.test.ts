import { beforeEach, describe, expect, it } from 'vitest';
import { CcpError, overflowError } from '../../src/errors/ccp-error.ts';
import type { Credential } from '../../src/ports/credential.ts';
import type { UpstreamRequest } from '../../src/ports/transport.ts';
import { Attempts } from '../../src/proxy/attempts.ts';
import { Refusals } from '../../src/proxy/refusals.ts';
import { RejectedFields } from '../../src/proxy/rejected-fields.ts';
import { Resends } from '../../src/proxy/resends.ts';
import { StreamMeter } from '../../src/proxy/stream-meter.ts';
import { Warnings } from '../../src/proxy/warnings.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import type { PrepareOptions } from '../../src/translate/dialect.ts';
import type { Ending, Output } from '../../src/translate/output.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { candidate } from '../support/routing.ts';
import { sampleEnding } from '../support/samples.ts';
import { until } from '../support/until.ts';

const end: Output = { type: 'end', ending: sampleEnding };
const text = (words: string): Output => ({ type: 'text', text: words });
const key = (token: string): Credential =>
  ({ kind: 'api-key', token, accountId: undefined, origin: 'environment' }) as Credential;
const broken = new CcpError('truncated', 'It broke off.');

/** Outputs of a stream; an error before it; `end` alone by default. */
type Script = readonly Output[] | CcpError;

let clock: FakeClock;
let events: SessionEvent[];
let caches: {
  refusals: Refusals;
  rejected: RejectedFields;
  resends: Resends;
  warnings: Warnings;
  polled: string[];
  received: unknown[];
  counted: number;
};
let scripts: Script[];
let sent: UpstreamRequest[];
let prepared: PrepareOptions[];
let written: string[];
let abort: AbortController;
let world: {
  search: { hasNoSearch: boolean; answer: (() => readonly Output[]) | undefined };
  replayed: readonly string[];
  warnings: readonly string[];
  renewed: Credential | undefined;
  renewals: string[];
  trace: Record<string, string> | undefined;
  isCommitted: boolean;
};
const hash = (value: string) => `#${value.length}${value.slice(0, 8)}`;

beforeEach(() => {
  clock = new FakeClock();
  events = [];
  const ports = { ports: { clock, hash } };
  caches = {
    refusals: new Refusals(ports),
    rejected: new RejectedFields(),
    resends: new Resends(ports),
    warnings: new Warnings(),
    polled: [],
    received: [],
    counted: 0,
  };
  scripts = [];
  outputs = [];
  sent = [];
  prepared = [];
  written = [];
  abort = new AbortController();
  world = {
    search: { hasNoSearch: false, answer: undefined },
    replayed: [],
    warnings: [],
    renewed: undefined,
    renewals: [],
    trace: undefined,
    isCommitted: false,
  };
});

/** Outputs that frames refer to: an error is more than its JSON. */
let outputs: Output[] = [];
const frame = (output: Output): string => `data: {"at":${outputs.push(output) - 1}}\n\n`;

function answerOf(script: Script) {
  const error = script instanceof CcpError ? script : undefined;
  const listed = script instanceof CcpError ? [] : script;
  return {
    status: error === undefined ? 200 : 500,
    headers: error === undefined ? { 'content-type': 'text/event-stream' } : {},
    body: (async function* () {
      for (const output of listed) yield Buffer.from(frame(output));
    })(),
  };
}

function start(body = '{"messages":[]}'): Promise<Ending> {
  const meter = new StreamMeter('req_1', clock, (event) => events.push(event), {
    switchModel: 'switch',
    allowMore: 'allow',
  });
  let current: Script = [end];
  const upstream = {
    name: 'nest',
    baseUrl: 'http://127.0.0.1:9',
    attributes: { local: false },
    auth: { type: 'bearer', isOptional: false },
    headers: () => ({}),
    translator: {
      prepare(_request: unknown, options: PrepareOptions) {
        prepared.push(options);
        return {
          path: '',
          body: { text: '{}' },
          headers: {},
          warnings: world.warnings,
          fromJson: undefined,
          replayedReasoning: options.rejected.reasoning.size > 0 ? [] : world.replayed,
          hasNoSearch: world.search.hasNoSearch,
          answerWithoutSearch: world.search.answer,
          open: () => ({
            step: ({ at }: { at: number }) => outputs.slice(at, at + 1),
            done: () => [],
            eof: () => [{ type: 'failure', error: broken }],
          }),
          readHeaders: () => ({ requestedModel: 'heron-1' }),
          failure: () => (current instanceof CcpError ? current : broken),
        };
      },
    },
  } as never;
  const turn = {
    request: { model: 'heron-1', messages: [{ role: 'user', content: 'hi' }], tools: [] },
    client: {
      headers: { traceparent: 'client', 'user-agent': 'claude-cli/9', other: 'x' },
      login: undefined,
      sessionId: 's',
    },
    body,
    signal: abort.signal,
    sink: {
      meter,
      onHeaders: () => {},
      delivery: {
        get hasContent() {
          return written.length > 0;
        },
        get isCommitted() {
          return world.isCommitted;
        },
        deliver(outputs: readonly Output[]) {
          for (const output of outputs) {
            if (output.type === 'text') written.push(output.text);
            else if (output.type === 'end') return output.ending;
            else if (output.type === 'failure') throw output.error;
          }
          return undefined;
        },
        flush: () => undefined,
      },
    },
  } as never;
  const session = {
    ...caches,
    quotaPoll: {
      poll: (_upstream: unknown, { token }: Credential, agent: string) => caches.polled.push(`${token} ${agent}`),
      received: (name: string, quota: unknown) => caches.received.push([name, quota]),
    },
    tokenCounts: { local: async () => caches.counted },
  } as never;
  const deps = {
    identity: { version: '1' },
    timeouts: { headersTimeoutMs: 1_000, idleTimeoutMs: 1_000_000, pingIntervalMs: 10_000 },
    ports: { clock, hash, clockTime: String, randomness: { id: String, fraction: () => 0 }, log: { debug: () => {} } },
    credentials: {
      get: async () => key('first'),
      renew: async (name: string, { token }: Credential) => {
        world.renewals.push(`${name} ${token}`);
        return world.renewed;
      },
    },
    transportOf: () => ({
      async send(request: UpstreamRequest) {
        sent.push(request);
        current = scripts.shift() ?? [end];
        return answerOf(current);
      },
    }),
    trace: world.trace && { headers: () => world.trace },
  } as never;
  return Attempts.run(candidate('heron-1', { upstream, credential: 'own' }), turn, session, deps);
}

const retries = () => events.flatMap((event) => (event.type === 'retry' ? [`${event.reason} (${event.waitMs})`] : []));
/** The ending or the error, after all waits. */
async function finish(body?: string): Promise<unknown> {
  let result: unknown;
  void start(body).then(
    (value) => {
      result = value;
    },
    (thrown: unknown) => {
      result = thrown;
    },
  );
  await until(() => {
    if (result === undefined && clock.pending > 0) clock.advance(400);
    return result !== undefined;
  });
  return result;
}

async function failed(body?: string): Promise<CcpError> {
  const result = await finish(body);
  if (result instanceof CcpError) return result;
  throw new Error(`no error but ${JSON.stringify(result)}`);
}

describe('a request that succeeds', () => {
  it('is sent once, with the trace of Claude Code, and its quota is known', async () => {
    scripts = [[{ type: 'quota', quota: { windows: [] } as never }, text('Hi.'), end]];
    expect(await start()).toEqual(sampleEnding);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.headers).toMatchObject({ traceparent: 'client', authorization: 'Bearer first' });
    expect(sent[0]?.headers).not.toHaveProperty('other');
    expect(caches.received).toEqual([['nest', { windows: [] }]]);
    expect(events.some(({ type }) => type === 'quota')).toBe(true);
    expect(caches.polled).toEqual(['first claude-cli/9']);
  });

  it('has ccp’s own trace, if there is one', async () => {
    world.trace = { traceparent: 'ccp' };
    await start();
    expect(sent[0]?.headers).toMatchObject({ traceparent: 'ccp' });
  });

  it('says what could not be translated, once in the session', async () => {
    world.warnings = ['A stop sequence is left out.'];
    await start();
    await start();
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(1);
  });

  it('ends the count of its attempts', async () => {
    caches.resends.record(caches.resends.stepOf('{"a":1}'));
    await start('{"b":2}');
    expect(caches.resends.isEmpty).toBe(false);
    await start('{"a":1}');
    expect(caches.resends.isEmpty).toBe(true);
  });
});

describe('a request that breaks off', () => {
  it('is repeated twice with growing waits, and each accepted attempt is counted', async () => {
    scripts = [[], [], [], []];
    expect(await failed()).toMatchObject({ code: 'truncated', final: false });
    expect(sent).toHaveLength(3);
    expect(retries()).toEqual(['It broke off. (200)', 'It broke off. (400)']);
    expect(caches.resends.countOf(caches.resends.stepOf('{"messages":[]}')).attempts).toBe(3);
    expect(caches.polled).toHaveLength(1);
  });

  it('is final after the sixth accepted attempt', async () => {
    scripts = Array.from({ length: 6 }, () => []);
    expect((await failed()).final).toBe(false);
    const last = await failed();
    expect(last.final).toBe(true);
    expect(last.message).toMatch(/It broke off 6 times/);
    expect(sent).toHaveLength(6);
  });

  it('is not counted when the upstream did not accept it, or the error is final', async () => {
    scripts = [new CcpError('upstream_overloaded', 'Busy.')];
    expect(await finish()).toEqual(sampleEnding);
    expect(retries()).toEqual(['Busy. (200)']);
    scripts = [[{ type: 'failure', error: new CcpError('policy_refused', 'No.') }]];
    expect(await failed()).toMatchObject({ code: 'policy_refused' });
    expect(caches.resends.isEmpty).toBe(true);
  });

  it('is not repeated once content was forwarded, nor after Claude Code closed it', async () => {
    scripts = [[text('Half')]];
    expect(await failed()).toMatchObject({ code: 'truncated' });
    expect(sent).toHaveLength(1);
    written = [];
    scripts = [[], []];
    const running = start();
    await until(() => retries().length > 0);
    const reason = new CcpError('cancelled', 'Closed.');
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(sent).toHaveLength(2);
    await expect(start()).rejects.toBe(reason);
    expect(sent).toHaveLength(2);
  });

  it('is not repeated when a block opened during the wait', async () => {
    scripts = [[]];
    const running = start();
    const result = running.catch((thrown: unknown) => thrown);
    await until(() => retries().length > 0);
    written.push('kept alive');
    clock.advance(400);
    expect(await result).toMatchObject({ code: 'truncated', message: 'It broke off.' });
  });
});

describe('a refusal', () => {
  it('of the content is remembered for the same conversation, and costs nothing then', async () => {
    scripts = [new CcpError('policy_refused', 'No.')];
    const first = await failed();
    await expect(start()).rejects.toBe(first);
    expect(sent).toHaveLength(1);
    expect(caches.polled).toHaveLength(1);
  });

  it('after content is not remembered', async () => {
    scripts = [[text('Half'), { type: 'failure', error: new CcpError('policy_refused', 'No.') }]];
    await failed();
    written = [];
    expect(await start()).toEqual(sampleEnding);
  });
});

describe('what the upstream rejects', () => {
  const reasoning = new CcpError('reasoning_rejected', 'Unknown reasoning.');
  const refused = (name: string | undefined) =>
    name === undefined
      ? new CcpError('field_refused', 'A field.')
      : new CcpError('field_refused', 'A field.', { field: name } as never).as('field_refused', name);

  it('replayed reasoning is removed, once', async () => {
    world.replayed = ['rs_1', 'rs_2'];
    scripts = [reasoning];
    expect(await start()).toEqual(sampleEnding);
    expect(retries()).toEqual(['the upstream refused replayed reasoning; sent without it (0)']);
    expect([...(prepared[1]?.rejected.reasoning ?? [])]).toEqual(['rs_1', 'rs_2']);
    scripts = [reasoning, reasoning];
    expect(await failed()).toMatchObject({ code: 'reasoning_rejected' });
    expect(sent).toHaveLength(3);
  });

  it('without any reasoning is the error', async () => {
    scripts = [reasoning];
    expect(await failed()).toMatchObject({ code: 'reasoning_rejected' });
    expect(retries()).toEqual([]);
  });

  it('optional fields are left out, three of a request at most, and never again', async () => {
    scripts = ['a', 'b', 'c', 'd'].map(refused);
    expect(await failed()).toMatchObject({ code: 'field_refused', field: 'd' });
    expect(retries()).toEqual(
      ['a', 'b', 'c'].map(
        (name) => `nest rejected ${name}; retried without it, and ${name} will not be sent again (0)`,
      ),
    );
    expect([...(prepared.at(-1)?.rejected.fields ?? [])]).toEqual(['a', 'b', 'c']);
  });

  it('a field that was left out already, or has no name, is the error', async () => {
    scripts = [refused('a'), refused('a')];
    expect(await failed()).toMatchObject({ code: 'field_refused' });
    expect(sent).toHaveLength(2);
    scripts = [refused(undefined)];
    expect(await failed()).toMatchObject({ code: 'field_refused' });
    expect(sent).toHaveLength(3);
  });

  it('a token is renewed, once', async () => {
    world.renewed = key('second');
    const stale = new CcpError('credential_rejected', 'Expired.');
    scripts = [stale];
    expect(await start()).toEqual(sampleEnding);
    expect(world.renewals).toEqual(['nest first']);
    expect(retries()).toEqual(['the token was refused; sent with a new one (0)']);
    expect(sent[1]?.headers).toMatchObject({ authorization: 'Bearer second' });
    expect(caches.polled).toEqual(['second claude-cli/9']);
    scripts = [stale, stale];
    expect(await failed()).toMatchObject({ code: 'credential_rejected' });
    expect(world.renewals).toHaveLength(2);
    world.renewed = undefined;
    scripts = [stale];
    expect(await failed()).toMatchObject({ code: 'credential_rejected' });
    expect(world.renewals).toHaveLength(3);
    expect(retries()).toHaveLength(2);
  });
});

describe('a request that is only a search', () => {
  const unavailable: Output[] = [text('Search is not available.'), end];

  it('is answered without the upstream where it has none', async () => {
    world.search = { hasNoSearch: true, answer: () => unavailable };
    expect(await start()).toEqual(sampleEnding);
    expect([sent.length, written]).toEqual([0, ['Search is not available.']]);
  });

  it('is answered so when the upstream refuses its search', async () => {
    world.search = { hasNoSearch: false, answer: () => unavailable };
    scripts = [new CcpError('search_refused', 'No search.')];
    expect(await start()).toEqual(sampleEnding);
    expect([sent.length, written]).toEqual([1, ['Search is not available.']]);
    written = [];
    scripts = [new CcpError('upstream_invalid', 'Bad.')];
    expect(await failed()).toMatchObject({ code: 'upstream_invalid' });
  });

  it('of which the search is only a part fails, and is sent where it is unknown', async () => {
    scripts = [new CcpError('search_refused', 'No search.')];
    expect(await failed()).toMatchObject({ code: 'search_refused' });
    world.search = { hasNoSearch: true, answer: undefined };
    expect(await start()).toEqual(sampleEnding);
  });

  it('must have an end', async () => {
    world.search = { hasNoSearch: true, answer: () => [text('x')] };
    await expect(start()).rejects.toThrow('an answer without a search has no ending');
  });
});

describe('a prompt that is too long', () => {
  const overflow = (used: number | undefined) => overflowError({ used, maximum: 1_000 } as never);

  it('without the upstream’s count has ccp’s own, if that exceeds the limit', async () => {
    caches.counted = 1_001;
    scripts = [overflow(undefined)];
    expect((await failed()).overflow).toMatchObject({ used: 1_001, maximum: 1_000, isCounted: true });
    caches.counted = 1_000;
    scripts = [overflow(undefined)];
    expect((await failed()).overflow?.used).toBeUndefined();
  });

  it('has the upstream’s count', async () => {
    caches.counted = 5_000;
    scripts = [overflow(1_234)];
    expect((await failed()).overflow).toMatchObject({ used: 1_234 });
    scripts = [new CcpError('context_overflow', 'Too long.')];
    expect(await failed()).toMatchObject({ code: 'context_overflow', overflow: undefined });
    expect(sent).toHaveLength(2);
  });
});
