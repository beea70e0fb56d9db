import { beforeEach, describe, expect, it } from 'vitest';
import { finishTurn } from '../../src/proxy/finish-turn.ts';
import { StreamMeter } from '../../src/proxy/stream-meter.ts';
import type { RequestClass } from '../../src/routing/classes.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import type { Ending, MessageEnd } from '../../src/translate/output.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { candidate, tableOf } from '../support/routing.ts';
import { sampleEnding } from '../support/samples.ts';

const estimate = {
  input_tokens: 70,
  output_tokens: 7,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};
const tool = { name: 'Read', input_schema: {} };

let log: string[];
let told: MessageEnd | undefined;
let events: SessionEvent[];
beforeEach(() => {
  log = [];
  told = undefined;
  events = [];
});

interface Options {
  readonly ending?: Partial<Ending>;
  readonly requestClass?: RequestClass;
  readonly tools?: readonly unknown[];
  readonly login?: string;
  readonly agentId?: string;
  readonly model?: string;
  readonly clientWindows?: Record<string, number>;
  readonly hasTitle?: boolean;
}

/** Answers that are not what is tested here. */
const anything: unknown = new Proxy(() => undefined, { get: () => anything, apply: () => undefined });

async function finish(options: Options = {}) {
  const clock = new FakeClock();
  const { requestClass = 'turn', tools = [tool], model = 'heron-1', hasTitle = true } = options;
  const meter = new StreamMeter('req_1', clock, (event) => events.push(event), {} as never);
  const delivery = {
    end: (end: MessageEnd) => {
      told = end;
    },
  };
  const session = {
    compaction: { fits: () => log.push('fits') },
    routes: { table: tableOf() },
    caches: anything,
    title: hasTitle ? { onTurn: ({ model: name }: { model: string }) => log.push(`title ${name}`) } : undefined,
  };
  await finishTurn(
    {
      request: { model, messages: [], tools, system: [] },
      requestClass,
      client: { headers: {}, login: options.login, sessionId: 's', agentId: options.agentId, agentType: undefined },
      body: '{}',
      candidate: candidate('wren-1'),
      ending: { ...sampleEnding, ...options.ending },
      estimate: () => estimate,
    } as never,
    { delivery, meter } as never,
    session as never,
    { routing: { clientWindows: options.clientWindows ?? {} }, ports: { clock, hash: String } } as never,
  );
  return events.find((event) => event.type === 'completed');
}

describe('the usage of an answer', () => {
  it('is the upstream’s count', async () => {
    expect(await finish({ ending: { measured: true } })).toMatchObject({ measured: true, tokens: { inputTokens: 1 } });
    expect(told?.usage).toMatchObject({ input_tokens: 1 });
  });

  it.each<Partial<Ending>>([{ measured: false }, { measured: true, abort: true }])(
    'is an estimate with %j',
    async (ending) => {
      expect(await finish({ ending })).toMatchObject({ measured: ending.measured, tokens: { inputTokens: 70 } });
      expect(told?.usage).toEqual(estimate);
    },
  );

  it('is told Claude Code larger when its window is larger than the real one, and is true in the meter', async () => {
    const clientWindows = { 'heron-1': 100_000 };
    expect(await finish({ ending: { measured: false }, model: 'heron-1[1m]', clientWindows })).toMatchObject({
      usageScale: 2,
      tokens: { inputTokens: 70 },
    });
    expect(told?.usage).toMatchObject({ input_tokens: 140, output_tokens: 14 });
    events = [];
    const small = await finish({ ending: { measured: false }, clientWindows: { 'heron-1': 50_000 } });
    expect(small).not.toHaveProperty('usageScale');
    events = [];
    expect(await finish({ ending: { measured: false }, clientWindows: { other: 100_000 } })).not.toHaveProperty(
      'usageScale',
    );
  });
});

describe('the title of the session', () => {
  const unmeasured = { ending: { measured: false } };

  it('is made after a turn of the main conversation', async () => {
    await finish(unmeasured);
    expect(log).toEqual(['fits', 'title heron-1']);
    log = [];
    await finish({ ...unmeasured, hasTitle: false });
    expect(log).toEqual(['fits']);
  });

  it.each<[string, Options]>([
    ['another class', { requestClass: 'subagent' }],
    ['an agent', { agentId: 'agent-1' }],
    ['a request without tools', { tools: [] }],
    ['a session with Claude Code’s own login', { login: 'Bearer fake' }],
  ])('is not made after that of %s', async (_name, options) => {
    await finish({ ...unmeasured, ...options });
    expect(log.filter((entry) => entry.startsWith('title'))).toEqual([]);
  });
});
