import { beforeEach, describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { StreamMeter } from '../../src/proxy/stream-meter.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import type { MessageEnd } from '../../src/translate/output.ts';
import type { MessagesUsage } from '../../src/wire/anthropic.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { candidate } from '../support/routing.ts';

const remedies = { switchModel: 'switch the model', allowMore: 'allow more' };
const price = { input: 1, cacheRead: 0.5, cacheWrite: 2, output: 10, source: 'a test', date: '2026-11-01' };
const usage: MessagesUsage = {
  input_tokens: 1_000,
  cache_read_input_tokens: 2_000,
  cache_creation_input_tokens: 500,
  output_tokens: 100,
  output_tokens_details: { thinking_tokens: 40 },
};
const tokens = {
  inputTokens: 1_000,
  cacheReadTokens: 2_000,
  cacheWriteTokens: 500,
  outputTokens: 100,
  reasoningTokens: 40,
};
const costMicroUsd = 1_000 + 1_000 + 1_000 + 1_000;
const { output_tokens_details: _details, ...withoutThinking } = usage;
const estimate: MessagesUsage = { ...withoutThinking, input_tokens: 7 };
const end = (stopReason: MessageEnd['stopReason'] = 'end_turn'): MessageEnd => ({
  stopReason,
  stopSequence: null,
  usage,
});

let clock: FakeClock;
let events: SessionEvent[];
let meter: StreamMeter;

beforeEach(() => {
  clock = new FakeClock();
  events = [];
  meter = new StreamMeter('req_1', clock, (event) => events.push(event), remedies);
});

const heron = candidate('heron-1', { costKind: 'metered', price });
const route = (costKind = 'metered') => ({
  routeClass: 'main',
  upstream: 'codex',
  model: 'heron-1',
  effort: undefined,
  contextWindow: 200_000,
  costKind,
});
const route1 = () => meter.routed(heron, () => estimate);
const taken = () => events.splice(0);
const last = () => events.at(-1);

describe('an event', () => {
  it('has the time and the id of the request', () => {
    meter.started('turn', 'gpt-5.5');
    expect(taken()).toEqual([
      { at: clock.now(), id: 'req_1', type: 'request_started', requestClass: 'turn', requestedModel: 'gpt-5.5' },
    ]);
  });

  it('is published for each step of a request', () => {
    route1();
    meter.held('limit');
    clock.advance(20);
    meter.released();
    meter.sent();
    clock.advance(100);
    expect(meter.isAccepted).toBe(false);
    meter.headers(200);
    expect(meter.isAccepted).toBe(true);
    meter.ping();
    meter.retry('it broke off', 500);
    expect([meter.retries, meter.elapsedMs]).toEqual([1, 100]);
    meter.quota('codex', { windows: [], plan: undefined, credits: undefined });
    meter.cacheMissed('tools changed');
    meter.warning('Something.');
    expect(taken().map(({ at: _at, id: _id, ...event }) => event)).toEqual([
      { type: 'routed', route: route(), reason: 'for a test' },
      { type: 'held', reason: 'limit' },
      { type: 'sent' },
      { type: 'upstream_headers', status: 200, ms: 100 },
      { type: 'ping' },
      { type: 'retry', attempt: 1, reason: 'it broke off', waitMs: 500 },
      { type: 'quota', upstream: 'codex', quota: { windows: [], plan: undefined, credits: undefined } },
      { type: 'cache_missed', reason: 'tools changed' },
      { type: 'warning', message: 'Something.' },
    ]);
  });

  it('of a response that is not a success is no acceptance', () => {
    meter.sent();
    meter.headers(500);
    expect(meter.isAccepted).toBe(false);
  });
});

describe('an output', () => {
  const types = () => taken().map(({ type }) => type);

  it('of content is the first token, once; an empty one is not', () => {
    meter.sent();
    meter.output({ type: 'text', text: '' });
    expect(types()).toEqual(['sent']);
    clock.advance(70);
    meter.output({ type: 'thinking', text: 'abc' });
    expect(taken()).toEqual([{ at: clock.now(), id: 'req_1', type: 'first_token', ms: 70 }]);
    meter.output({ type: 'text', text: 'de' });
    meter.output({ type: 'tool_input', json: '{}' });
    expect(types()).toEqual([]);
    expect(meter.charsSent).toBe(7);
  });

  it.each([
    [{ type: 'tool_start', id: 'call_1', name: 'Read' } as const],
    [{ type: 'server_tool', id: 'srv_1', name: 'web_search', input: {} } as const],
  ])('$type is the first token too', (output) => {
    meter.output(output);
    expect(types()).toEqual(['first_token']);
    meter.output({ type: 'text', text: 'x' });
    expect(types()).toEqual([]);
  });

  it('of a tool call, a repair, or a warning is an event', () => {
    meter.output({ type: 'tool_call', tool: 'Bash' });
    meter.output({ type: 'repaired', tool: 'Bash', dropped: ['$.x'] });
    meter.output({ type: 'warning', message: 'Left out.' });
    meter.output({ type: 'settled' });
    expect(taken().map(({ at: _at, id: _id, ...event }) => event)).toEqual([
      { type: 'tool_call', tool: 'Bash' },
      { type: 'repaired', tool: 'Bash', dropped: ['$.x'] },
      { type: 'warning', message: 'Left out.' },
    ]);
  });
});

describe('progress', () => {
  const phases = () => taken().flatMap((event) => (event.type === 'progress' ? [event.phase] : []));

  it('has the phase of the open block', () => {
    clock.advance(250);
    meter.progress();
    expect(last()).toEqual({
      at: clock.now(),
      id: 'req_1',
      type: 'progress',
      phase: 'waiting',
      tool: undefined,
      chars: 0,
      silenceMs: 250,
    });
    taken();
    for (const output of [
      { type: 'thinking', text: 'a' },
      { type: 'text', text: 'b' },
      { type: 'tool_start', id: 'call_1', name: 'Read' },
      { type: 'block_end' },
    ] as const) {
      meter.output(output);
      meter.progress();
    }
    expect(phases()).toEqual(['thinking', 'streaming', 'tool', 'waiting']);
  });

  it('is a tool call while one is held back, until other content follows', () => {
    meter.output({ type: 'tool_call', tool: 'Bash' });
    meter.progress();
    expect(last()).toMatchObject({ phase: 'tool', tool: 'Bash' });
    meter.output({ type: 'text', text: 'x' });
    meter.progress();
    expect(last()).toMatchObject({ phase: 'streaming', tool: undefined, chars: 1 });
  });

  it('of the same phase is published four times a second at most', () => {
    meter.output({ type: 'text', text: 'x' });
    meter.progress();
    clock.advance(249);
    meter.progress();
    expect(phases()).toEqual(['streaming']);
    meter.data(10);
    clock.advance(1);
    meter.progress();
    expect(last()).toMatchObject({ type: 'progress', silenceMs: 1 });
    expect(phases()).toEqual(['streaming']);
  });
});

describe('a complete response', () => {
  it('has its route, tokens, cost and health', () => {
    route1();
    meter.sent();
    clock.advance(80);
    meter.headers(200);
    meter.data(33);
    meter.ping();
    meter.completed(end(), true);
    expect(last()).toEqual({
      at: clock.now(),
      id: 'req_1',
      type: 'completed',
      route: route(),
      verdict: 'complete',
      stopReason: 'end_turn',
      tokens,
      measured: true,
      costMicroUsd,
      costKind: 'metered',
      health: {
        sentMs: 0,
        headersMs: 80,
        firstTokenMs: undefined,
        durationMs: 80,
        longestSilenceMs: 80,
        pings: 1,
        retries: 0,
        bytes: 33,
      },
    });
  });

  it('has the factor of its usage, and the parts of its prompt', () => {
    const parts = { system: 1, tools: 2, history: 3, newest: 4 };
    meter.promptOf(parts);
    meter.completed(end(), false, 1.5);
    expect(last()).toMatchObject({ measured: false, usageScale: 1.5, promptParts: parts, route: undefined });
  });

  it.each([
    ['refusal', 'refused'],
    ['max_tokens', 'complete'],
  ] as const)('with the stop reason %s is %s', (stopReason, verdict) => {
    meter.completed(end(stopReason), true);
    expect(last()).toMatchObject({ verdict });
  });

  it('after a repair is repaired', () => {
    meter.output({ type: 'repaired', tool: 'Edit', dropped: [] });
    meter.completed(end(), true);
    expect(last()).toMatchObject({ verdict: 'repaired' });
  });

  it.each([
    ['plan', price, costMicroUsd, 'plan'],
    ['plan', undefined, undefined, 'plan'],
    ['local', undefined, 0, 'local'],
    ['local', price, 0, 'local'],
    ['metered', undefined, undefined, 'unknown'],
    ['unknown', price, costMicroUsd, 'unknown'],
  ] as const)('of the cost kind %s is priced', (costKind, itsPrice, costs, kind) => {
    meter.routed(candidate('heron-1', { costKind, price: itsPrice }), () => estimate);
    meter.completed(end(), true);
    expect(last()).toMatchObject({ costMicroUsd: costs, costKind: kind, route: route(costKind) });
  });

  it('without a candidate has an unknown cost, and without details no thinking', () => {
    meter.completed({ ...end(), usage: estimate }, true);
    expect(last()).toMatchObject({ costMicroUsd: undefined, costKind: 'unknown', tokens: { reasoningTokens: 0 } });
  });
});

describe('a failed response', () => {
  const broken = new CcpError('truncated', 'It ended early.');

  it('has the error, its status, and what the client does about it', () => {
    route1();
    const resend = { attempts: 1, maximum: 6 };
    meter.failed(broken, resend);
    expect(last()).toMatchObject({
      type: 'failed',
      verdict: 'truncated',
      code: 'truncated',
      status: 500,
      resend,
      route: route(),
      incompleteUsage: undefined,
    });
    expect(last()).toMatchObject({ message: expect.stringContaining('It ended early.') });
    expect(last()).toMatchObject({ message: expect.stringContaining('switch the model') });
  });

  it('costs what the upstream counted, else an estimate once it accepted the request', () => {
    route1();
    meter.sent();
    meter.headers(200);
    meter.failed(broken);
    expect(last()).toMatchObject({
      incompleteUsage: { tokens: { inputTokens: 7, reasoningTokens: 0 }, measured: false, costKind: 'metered' },
    });
    meter.output({ type: 'usage', usage });
    meter.failed(broken);
    expect(last()).toMatchObject({ incompleteUsage: { tokens, measured: true, costMicroUsd } });
  });

  it('costs nothing when the upstream rejected the request', () => {
    route1();
    meter.sent();
    meter.headers(429);
    meter.failed(new CcpError('rate_limited', 'Too many.'));
    expect(last()).toMatchObject({ incompleteUsage: undefined });
  });

  it('is a cancelled one when Claude Code closed it', () => {
    route1();
    meter.sent();
    meter.headers(200);
    meter.failed(new CcpError('cancelled', 'Closed.'));
    expect(last()).toMatchObject({
      type: 'cancelled',
      route: route(),
      incompleteUsage: { measured: false, tokens: { inputTokens: 7 } },
    });
    expect(last()).not.toHaveProperty('message');
  });
});

describe('an attempt', () => {
  const broken = new CcpError('truncated', 'It ended early.');
  const begin = () => {
    route1();
    meter.sent();
    clock.advance(50);
    meter.headers(200);
  };
  const charged = () => taken().filter(({ type }) => type === 'attempt_failed');

  it('that failed is charged when the request is repeated, once', () => {
    begin();
    meter.attemptFailed(broken);
    expect(charged()).toEqual([]);
    meter.retry('again', 0);
    expect(charged()).toEqual([
      {
        at: clock.now(),
        id: 'req_1',
        type: 'attempt_failed',
        verdict: 'truncated',
        code: 'truncated',
        route: route(),
        health: expect.objectContaining({ headersMs: 50, longestSilenceMs: 50 }),
        incompleteUsage: expect.objectContaining({ measured: false }),
      },
    ]);
    expect(meter.isAccepted).toBe(false);
    meter.retry('again', 0);
    expect(charged()).toEqual([]);
    meter.failed(broken);
    expect(last()).toMatchObject({ incompleteUsage: undefined });
  });

  it('that failed is charged to its own candidate when another one is asked', () => {
    begin();
    meter.output({ type: 'usage', usage });
    meter.attemptFailed(broken);
    meter.routed(candidate('wren-1', { costKind: 'local' }), () => estimate);
    expect(charged()).toMatchObject([{ route: route(), incompleteUsage: { measured: true, costMicroUsd } }]);
    expect(meter.isAccepted).toBe(false);
    meter.completed(end(), true);
    expect(last()).toMatchObject({ costMicroUsd: 0, route: { model: 'wren-1' } });
    meter.failed(broken);
    // The usage of the attempt before is not that of this one.
    expect(last()).toMatchObject({ incompleteUsage: undefined });
  });

  it('that was rejected is not charged', () => {
    route1();
    meter.sent();
    meter.headers(503);
    meter.attemptFailed(broken);
    meter.retry('again', 0);
    expect(charged()).toEqual([]);
  });

  it('has its own times of the headers and of the first token', () => {
    meter.sent();
    clock.advance(100);
    meter.headers(200);
    meter.output({ type: 'tool_start', id: 'call_1', name: 'Read' });
    meter.retry('it broke off', 0);
    clock.advance(1_000);
    meter.sent();
    clock.advance(40);
    meter.headers(200);
    clock.advance(30);
    meter.output({ type: 'text', text: 'Fine.' });
    meter.completed(end(), true);
    expect(last()).toMatchObject({ health: { sentMs: 1_100, headersMs: 40, firstTokenMs: 70, durationMs: 1_170 } });
  });

  it('begins without the output of the attempt before it', () => {
    begin();
    meter.output({ type: 'tool_call', tool: 'Bash' });
    meter.output({ type: 'tool_start', id: 'call_1', name: 'Bash' });
    meter.output({ type: 'tool_input', json: '{"command":' });
    meter.progress();
    meter.retry('it broke off', 0);
    meter.sent();
    expect(meter.charsSent).toBe(0);
    clock.advance(250);
    meter.progress();
    expect(last()).toMatchObject({ type: 'progress', phase: 'waiting', tool: undefined, chars: 0 });
  });

  it('that waits for a client that reads slowly is not silent', () => {
    meter.sent();
    clock.advance(900);
    meter.clientReads();
    clock.advance(10);
    meter.completed(end(), true);
    expect(last()).toMatchObject({ health: { longestSilenceMs: 10 } });
  });
});
