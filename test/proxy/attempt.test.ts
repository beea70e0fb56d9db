import { beforeEach, describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import type { UpstreamAnswer, UpstreamRequest } from '../../src/ports/transport.ts';
import { Attempt, type AttemptRequest } from '../../src/proxy/attempt.ts';
import { StreamMeter } from '../../src/proxy/stream-meter.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import type { Ending, Output } from '../../src/translate/output.ts';
import type { JsonObject } from '../../src/wire/json.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { sampleEnding } from '../support/samples.ts';

/** A body that the test writes. Reading fails when the request is aborted. */
class Body implements AsyncIterableIterator<Uint8Array> {
  signal: AbortSignal | undefined;
  reads = 0;
  isClosed = false;
  readonly #results: (string | Error | 'end')[] = [];
  #wake = () => {};

  push(...results: (string | Error)[]): void {
    this.#results.push(...results);
    this.#wake();
  }

  end(): void {
    this.#results.push('end');
    this.#wake();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    this.reads += 1;
    for (;;) {
      const result = this.#results.shift();
      if (result === 'end') return { done: true, value: undefined };
      if (result instanceof Error) throw result;
      if (result !== undefined) return { done: false, value: Buffer.from(result) };
      if (this.signal?.aborted) throw Object.assign(new Error('aborted'), { code: 'ABORT_ERR' });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.isClosed = true;
    return { done: true, value: undefined };
  }
}

const frame = (output: unknown): string => `data: ${JSON.stringify(output)}\n\n`;
const ending = (more: Partial<Ending> = {}): Ending => ({ ...sampleEnding, ...more });
const endFrame = (more: Partial<Ending> = {}) => frame({ type: 'end', ending: ending(more) });
const stream = { 'content-type': 'text/event-stream; charset=utf-8' };

interface World {
  answer: { status?: number; headers?: Record<string, string> } | Error;
  isLocal: boolean;
  facts: { quota?: unknown; servedModel?: string; forClient?: Record<string, string> };
  fromJson: ((json: JsonObject) => readonly JsonObject[]) | undefined;
  slowClient: Promise<void> | undefined;
  /** What the stream yields when its bytes end. */
  eof: readonly Output[];
}

let clock: FakeClock;
let body: Body;
let world: World;
let meter: StreamMeter;
let events: SessionEvent[];
let log: string[];
let sent: (UpstreamRequest & { signal: AbortSignal; headersTimeoutMs: number })[];
let client: AbortController;

beforeEach(() => {
  clock = new FakeClock();
  body = new Body();
  events = [];
  log = [];
  sent = [];
  client = new AbortController();
  world = {
    answer: { headers: stream },
    isLocal: false,
    facts: {},
    fromJson: undefined,
    slowClient: undefined,
    eof: [{ type: 'failure', error: new CcpError('truncated', 'cut') }],
  };
});

function start(): Promise<Ending> {
  meter = new StreamMeter('req_1', clock, (event) => events.push(event), {} as never);
  const request = {
    upstream: {
      name: 'nest',
      baseUrl: 'http://127.0.0.1:9/v1',
      attributes: { local: world.isLocal },
      auth: { type: 'bearer' },
      headers: ({ sessionId }: { sessionId: string }) => ({ 'x-session': sessionId }),
    },
    prepared: {
      path: '/chat',
      body: { text: '{"model":"heron-1"}' },
      headers: { 'x-dialect': '1' },
      fromJson: world.fromJson,
      open: (newId: (prefix: string) => string) => ({
        step: (event: JsonObject) => {
          if (event.type === 'id') log.push(newId('msg'));
          return event.type === 'id' ? [] : [event as unknown as Output];
        },
        done: () => [],
        eof: () => world.eof,
      }),
      readHeaders: () => ({ requestedModel: 'heron-1', ...world.facts }),
      failure: (status: number, _headers: unknown, text: string) =>
        new CcpError('upstream_failed', `HTTP ${status}: ${text}`),
    },
    credential: { kind: 'key', token: 'fake-token', accountId: undefined, origin: 'environment' },
    sessionId: 'session-1',
    trace: { traceparent: '00-1-2-01' },
  } as unknown as AttemptRequest;
  const sink = {
    meter,
    delivery: {
      deliver(outputs: readonly Output[]) {
        for (const output of outputs) {
          if (output.type === 'end') return output.ending;
          if (output.type === 'failure') throw output.error;
          log.push(output.type === 'text' ? output.text : output.type);
        }
        return undefined;
      },
      flush: () => world.slowClient,
    } as never,
    onQuota: (quota: unknown) => log.push(`quota ${JSON.stringify(quota)}`),
    onHeaders: (headers: unknown) => log.push(`headers ${JSON.stringify(headers)}`),
  };
  const transport = {
    async send(one: UpstreamRequest, options: { signal: AbortSignal; headersTimeoutMs: number }) {
      sent.push({ ...one, ...options });
      options.signal.throwIfAborted();
      body.signal = options.signal;
      if (world.answer instanceof Error) throw world.answer;
      const { status = 200, headers = {} } = world.answer;
      return { status, headers, body } as UpstreamAnswer;
    },
  };
  const deps = {
    identity: { version: '1.0.0' },
    timeouts: { headersTimeoutMs: 30_000, idleTimeoutMs: 60_000 },
    ports: {
      clock,
      randomness: { id: (length: number) => 'x'.repeat(length) },
      log: { debug: (fields: unknown, text: string) => log.push(`${text} ${JSON.stringify(fields)}`) },
    },
    logBody: (id: string, kind: string, text: string) => log.push(`${id} ${kind} ${text.length}`),
  } as never;
  return new Attempt(request, sink, client.signal, transport, deps).run();
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const texts = () => log.filter((entry) => !entry.startsWith('req_1'));

describe('a request', () => {
  it('is sent with the headers of its trace, its dialect and its credential', async () => {
    body.push(endFrame());
    await start();
    expect(sent[0]).toMatchObject({
      method: 'POST',
      url: 'http://127.0.0.1:9/v1/chat',
      body: '{"model":"heron-1"}',
      headersTimeoutMs: 30_000,
    });
    expect(sent[0]?.headers).toMatchObject({
      traceparent: '00-1-2-01',
      'x-dialect': '1',
      'x-session': 'session-1',
      authorization: 'Bearer fake-token',
      'user-agent': 'ccp/1.0.0',
    });
    expect(events.map(({ type }) => type).slice(0, 2)).toEqual(['sent', 'upstream_headers']);
    expect(log.filter((entry) => entry.startsWith('req_1'))).toEqual([
      'req_1 sent 19',
      `req_1 answer ${endFrame().length}`,
    ]);
  });

  it('to a local model has twice the time', async () => {
    world.isLocal = true;
    body.push(endFrame());
    await start();
    expect(sent[0]?.headersTimeoutMs).toBe(60_000);
  });

  it('that was cancelled before is not sent, and one that is cancelled fails with the reason', async () => {
    const reason = new CcpError('cancelled', 'Closed.');
    const running = start();
    await settled();
    client.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(start()).rejects.toBe(reason);
    expect(sent[1]?.signal.aborted).toBe(true);
  });
});

describe('the headers of a response', () => {
  it('tell quota and headers for Claude Code', async () => {
    world.facts = { quota: { windows: [] }, forClient: { 'x-limit': '5' } };
    body.push(endFrame());
    await start();
    expect(texts()).toEqual(['headers {"x-limit":"5"}', 'quota {"windows":[]}']);
  });

  it.each([
    ['wren-1', 200, ['nest serves wren-1 instead of heron-1']],
    ['heron-1-2026', 200, []],
    ['not-heron-1', 200, ['nest serves not-heron-1 instead of heron-1']],
    ['wren-1', 503, []],
  ])('warn when %s serves the request, with status %i', async (servedModel, status, warnings) => {
    world.facts = { servedModel };
    world.answer = { status, headers: stream };
    body.push(endFrame());
    body.end();
    await start().catch(() => {});
    expect(events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))).toEqual(warnings);
  });
});

describe('a stream', () => {
  it('is delivered as it arrives, and its rest is read so that the connection can be used again', async () => {
    const running = start();
    body.push(frame({ type: 'id' }), frame({ type: 'text', text: 'one' }));
    await settled();
    expect(texts()).toEqual([`msg_${'x'.repeat(24)}`, 'one']);
    expect(events.some(({ type }) => type === 'progress')).toBe(true);
    body.push(endFrame());
    expect(await running).toEqual(ending());
    const { reads } = body;
    body.push(': rest\n\n');
    await settled();
    expect(body.reads).toBeGreaterThan(reads);
    expect(body.signal?.aborted).toBe(false);
    body.end();
    await settled();
    clock.advance(10_000);
    expect([body.signal?.aborted, clock.pending]).toEqual([false, 0]);
  });

  it('whose rest does not end is closed half a second later', async () => {
    body.push(endFrame());
    await start();
    clock.advance(499);
    expect(body.signal?.aborted).toBe(false);
    clock.advance(1);
    expect(body.signal?.aborted).toBe(true);
    await settled();
  });

  it('that ccp ends at a stop sequence is closed at once', async () => {
    body.push(endFrame({ abort: true }));
    expect(await start()).toMatchObject({ abort: true });
    expect(body.signal?.aborted).toBe(true);
    expect(body.reads).toBe(1);
  });

  it('that ends without its last event is what the dialect says', async () => {
    body.push(frame({ type: 'text', text: 'one' }));
    body.end();
    await expect(start()).rejects.toMatchObject({ code: 'truncated', message: 'cut' });
    world.eof = [{ type: 'end', ending: ending() }];
    body.end();
    expect(await start()).toEqual(ending());
    world.eof = [];
    body.end();
    await expect(start()).rejects.toMatchObject({
      code: 'truncated',
      message: 'nest ended before the response was complete.',
    });
  });

  it('that breaks is a reset', async () => {
    body.push(frame({ type: 'text', text: 'one' }), Object.assign(new Error('hang up'), { code: 'ECONNRESET' }));
    await expect(start()).rejects.toMatchObject({ code: 'reset' });
    expect(body.signal?.aborted).toBe(true);
  });

  it('that is silent for the limit is idle; comments are no events', async () => {
    const running = start();
    const expected = { code: 'idle', message: 'nest sent nothing for 60 s.' };
    const failed = running.catch((thrown: unknown) => thrown);
    await settled();
    clock.advance(59_000);
    body.push(frame({ type: 'text', text: 'one' }));
    await settled();
    clock.advance(59_000);
    body.push(': ping\n\n');
    await settled();
    expect(body.signal?.aborted).toBe(false);
    clock.advance(1_000);
    expect(await failed).toMatchObject(expected);
    expect(clock.pending).toBe(0);
  });

  it('of a local model may be silent twice as long', async () => {
    world.isLocal = true;
    const running = start();
    const expected = { message: 'nest sent nothing for 120 s.' };
    const failed = running.catch((thrown: unknown) => thrown);
    await settled();
    clock.advance(119_999);
    expect(body.signal?.aborted).toBe(false);
    clock.advance(1);
    expect(await failed).toMatchObject(expected);
  });

  it('is not idle while Claude Code reads slowly', async () => {
    let read = () => {};
    world.slowClient = new Promise((resolve) => {
      read = resolve;
    });
    const running = start();
    body.push(frame({ type: 'text', text: 'one' }));
    await settled();
    clock.advance(600_000);
    expect(body.signal?.aborted).toBe(false);
    read();
    world.slowClient = undefined;
    await settled();
    clock.advance(59_000);
    body.push(endFrame());
    expect(await running).toEqual(ending());
  });

  it('notes the names of unknown events, of at most 20', async () => {
    body.push(
      ...Array.from({ length: 25 }, (_, n) => frame({ type: 'unknown', event: `event-${n}\x1b` })),
      frame({ type: 'unknown', event: 'event-0\x1b' }),
      frame({ type: 'quota', quota: 7 }),
      endFrame(),
    );
    await start();
    const line = log.find((entry) => entry.startsWith('unknown events')) ?? '';
    const { id, unknown } = JSON.parse(line.replace('unknown events ', ''));
    expect(id).toBe('req_1');
    expect(unknown).toHaveLength(20);
    expect(unknown[0]).toEqual(['event-0', 2]);
    expect(unknown[19]).toEqual(['event-19', 1]);
    expect(log).toContain('quota 7');
  });

  it('without unknown events notes nothing', async () => {
    body.push(endFrame());
    await start();
    expect(log.some((entry) => entry.startsWith('unknown events'))).toBe(false);
  });
});

describe('complete content', () => {
  const content = [frame({ type: 'text', text: 'one' }), frame({ type: 'settled' })];
  beforeEach(() => {
    world.eof = [{ type: 'end', ending: ending({ measured: false }) }];
  });

  it('waits two seconds for its usage', async () => {
    const running = start();
    body.push(...content);
    await settled();
    body.push(': ping\n\n');
    await settled();
    clock.advance(1_999);
    expect(body.signal?.aborted).toBe(false);
    clock.advance(1);
    expect(await running).toMatchObject({ measured: false });
  });

  it('that goes on was not complete', async () => {
    const running = start();
    body.push(...content);
    await settled();
    body.push(frame({ type: 'text', text: 'two' }));
    await settled();
    clock.advance(10_000);
    expect(body.signal?.aborted).toBe(false);
    body.push(Object.assign(new Error('hang up'), { code: 'ECONNRESET' }));
    await expect(running).rejects.toMatchObject({ code: 'reset' });
  });

  it('is an answer also when the connection breaks, and not when Claude Code closed it', async () => {
    body.push(...content, Object.assign(new Error('hang up'), { code: 'ECONNRESET' }));
    expect(await start()).toMatchObject({ measured: false });
    const reason = new CcpError('cancelled', 'Closed.');
    const running = start();
    body.push(...content);
    await settled();
    client.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it('is not one when an event after it is broken', async () => {
    body.push(...content, 'data: {"broken\n\n');
    await expect(start()).rejects.toMatchObject({ code: 'garbage' });
  });
});

describe('a response without a stream', () => {
  it.each([
    [200, 'application/json', true],
    [200, 'text/event-stream', true],
    [200, 'text/html', false],
    [200, '', false],
    [503, 'application/json', false],
  ])('of status %i and type "%s" comes from a model: %s', async (status, type, isAccepted) => {
    world.answer = { status, headers: { 'content-type': type } };
    body.push('{}');
    body.end();
    await start().catch(() => {});
    expect(meter.isAccepted).toBe(isAccepted);
  });

  it('may be one JSON document', async () => {
    world.answer = { headers: { 'content-type': 'Application/JSON' } };
    world.fromJson = ({ words }) => [{ type: 'text', text: String(words) }, { type: 'end', ending: ending() } as never];
    body.push('{"words":', '"All at once."}');
    body.end();
    expect(await start()).toEqual(ending());
    expect(texts()).toEqual(['All at once.']);
    expect(log).toContain('req_1 answer 24');
  });

  it('that has no end is what the dialect says at its end', async () => {
    world.answer = { headers: { 'content-type': 'application/json' } };
    world.fromJson = () => [{ type: 'text', text: 'x' }];
    body.push('{}');
    body.end();
    await expect(start()).rejects.toMatchObject({ code: 'truncated', message: 'cut' });
    world.eof = [];
    body.push('{}');
    body.end();
    await expect(start()).rejects.toMatchObject({ message: 'nest ended before the response was complete.' });
  });

  it.each([
    ['[1]', 'application/json'],
    ['{"no":"answer"}', 'application/json'],
    ['{"words":"x"}', 'text/plain'],
  ])('that is %s of type %s is no answer', async (text, type) => {
    world.answer = { headers: { 'content-type': type } };
    world.fromJson = (json) => (json.words === undefined ? [] : [json]);
    body.push(text);
    body.end();
    await expect(start()).rejects.toMatchObject({ code: 'not_a_stream' });
  });

  it('with an error status is the dialect’s error, whatever its type, without what is secret', async () => {
    for (const headers of [stream, { 'content-type': 'application/json' }]) {
      world.answer = { status: 500, headers };
      world.fromJson = (json) => [json];
      body.push('{"bad":"fake-token"}');
      body.end();
      await expect(start()).rejects.toMatchObject({
        code: 'upstream_failed',
        message: 'HTTP 500: {"bad":"[redacted]"}',
      });
    }
  });

  it('whose error does not end is read for three seconds, and is never idle', async () => {
    world.answer = { status: 500, headers: {} };
    const running = start();
    const expected = { message: 'HTTP 500: half' };
    const failed = running.catch((thrown: unknown) => thrown);
    body.push('half');
    await settled();
    clock.advance(2_999);
    await settled();
    expect(body.signal?.aborted).toBe(false);
    clock.advance(1);
    expect(await failed).toMatchObject(expected);
  });

  it('that is a slow JSON document has the time of a stream', async () => {
    world.answer = { headers: { 'content-type': 'application/json' } };
    world.fromJson = () => [{ type: 'end', ending: ending() } as never];
    const running = start();
    await settled();
    clock.advance(59_000);
    body.push('{}');
    body.end();
    expect(await running).toEqual(ending());
  });
});

it('what the transport throws is reported', async () => {
  world.answer = new CcpError('unreachable', 'No connection.');
  await expect(start()).rejects.toMatchObject({ code: 'unreachable' });
});
