import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors/user-error.ts';
import { type ProxyOptions, ProxyProcess } from '../../src/launch/proxy-process.ts';
import { slotWindows } from '../../src/routing/table.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { birds, routeTo, tableOf } from '../support/routing.ts';
import { sampleRoute } from '../support/samples.ts';
import { cancelledEvent, completedEvent, startedEvent } from '../support/session-events.ts';
import { until } from '../support/until.ts';

/** What the proxy does in one of its runs. */
interface Run {
  readonly stderr?: string;
  /** Messages sent on start. By default it listens. */
  readonly replies?: readonly unknown[];
  /** When it exits without being asked. */
  readonly exits?: 'at once' | 'after its replies';
  readonly ignoresStop?: true;
}

/** A proxy that follows a plan and records what it gets. */
const script = `
  import { appendFileSync, existsSync, readFileSync } from 'node:fs';
  const { LOG, PLAN, CCP_SUPERVISED, HOME = null } = process.env;
  const record = (entry) => appendFileSync(LOG, JSON.stringify(entry) + '\\n');
  const count = existsSync(LOG) ? readFileSync(LOG, 'utf8').split('"run"').length - 1 : 0;
  record({ type: 'run', args: process.argv.slice(2), CCP_SUPERVISED, HOME });
  const plan = JSON.parse(PLAN);
  const { stderr = '', replies, exits, ignoresStop } = plan[Math.min(count, plan.length - 1)];
  process.stderr.write(stderr, () => {
    if (exits === 'at once') process.exit(1);
    process.on('disconnect', () => process.exit());
    process.on('message', (message) => {
      record(message);
      if (message.type === 'stop' && !ignoresStop) process.exit(0);
      if (message.type === 'act') {
        if (message.action.model === 'dies') process.exit(1);
        process.send({ type: 'acted', id: message.id, problem: message.action.model });
      }
      if (message.type !== 'start') return;
      const port = message.port || 4242;
      const all = replies ?? [{ type: 'listening', url: 'http://127.0.0.1:' + port, port }];
      let left = all.length;
      for (const reply of all)
        process.send(reply, () => {
          left -= 1;
          if (left === 0 && exits === 'after its replies') process.exit(1);
        });
    });
    process.send({ type: 'ready' });
  });
`;

let folder: string;
let clock: FakeClock;
let proxy: ProxyProcess;
let events: SessionEvent[];
let notices: string[];
let lost: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccp-supervisor-'));
  writeFileSync(join(folder, 'proxy.mjs'), script);
  clock = new FakeClock();
  events = [];
  notices = [];
  lost = [];
});
afterEach(async () => {
  const stopped = proxy.stop();
  clock.advance(17_000);
  await stopped;
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

const kill = () => {
  try {
    process.kill(proxy.pid ?? 0, 'SIGKILL');
  } catch {
    // It has exited.
  }
};
const routes = tableOf({}, { 'heron-1': 'main' });
function make(plan: readonly Run[], extra: Partial<ProxyOptions> = {}): ProxyProcess {
  proxy = new ProxyProcess({
    entry: join(folder, 'proxy.mjs'),
    env: { LOG: join(folder, 'log'), PLAN: JSON.stringify(plan) },
    keys: { FAKE_API_KEY: 'sk-fake-of-no-value' },
    allowMetered: false,
    session: 's-one',
    inBackground: false,
    givesTitle: true,
    secret: 'fake-secret',
    controlToken: 'fake-control-token',
    routes,
    views: [],
    budgetUsd: 5,
    asksUser: true,
    catalogue: birds,
    port: 4100,
    fallback: false,
    clock,
    onEvents: (more) => events.push(...more),
    onNotice: (message) => notices.push(message),
    onLost: (message) => lost.push(message),
    ...extra,
  });
  return proxy;
}
const log = (): { type: string; [name: string]: unknown }[] =>
  existsSync(join(folder, 'log'))
    ? readFileSync(join(folder, 'log'), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
    : [];
const logged = (type: string) => log().filter((entry) => entry.type === type);
const listening = { type: 'listening', url: 'http://127.0.0.1:4100', port: 4100 };
const failure = (code: string) => ({ type: 'listen_failed', code, message: 'no such luck' });
const startMessage = {
  type: 'start',
  port: 4100,
  session: 's-one',
  inBackground: false,
  givesTitle: true,
  secret: 'fake-secret',
  controlToken: 'fake-control-token',
  routes: JSON.parse(JSON.stringify(routes)),
  clientWindows: slotWindows(routes),
  budgetUsd: 5,
  spentMicroUsd: 0,
  allowances: {},
  asksUser: true,
  allowMetered: false,
  keys: { FAKE_API_KEY: 'sk-fake-of-no-value' },
};
const claude = { pid: 5, group: true, terminal: undefined };

describe('the proxy of a session', () => {
  it('does what the user decided, and reports its reasons', async () => {
    await make([{}]).start();
    await proxy.act({ do: 'answer budget', allow: true });
    await expect(proxy.act({ do: 'switch', routeClass: 'main', model: 'no such model' })).rejects.toThrow(
      new UserError('no such model'),
    );
    expect(logged('act').map(({ action }) => action)).toEqual([
      { do: 'answer budget', allow: true },
      { do: 'switch', routeClass: 'main', model: 'no such model' },
    ]);
  });

  it('that dies before it did what the user decided is reported', async () => {
    await make([{}]).start();
    await expect(proxy.act({ do: 'switch', routeClass: 'main', model: 'dies' })).rejects.toThrow(
      'The proxy died before it answered. Try again.',
    );
  });

  it('gets its secrets over IPC, and only the given environment', async () => {
    await make([{}]).start();
    expect(proxy.url).toBe('http://127.0.0.1:4100');
    expect(proxy.pid).toBeGreaterThan(0);
    expect(proxy.movedFrom).toBeUndefined();
    expect(log()).toEqual([{ type: 'run', args: ['serve'], CCP_SUPERVISED: '1', HOME: null }, startMessage]);
    expect(clock.pending).toBe(0);
  });

  it('listens on a free port when the requested one is busy and that is allowed', async () => {
    await make([{ replies: [failure('EADDRINUSE')] }, {}], { fallback: true }).start();
    expect(proxy).toMatchObject({ url: 'http://127.0.0.1:4242', movedFrom: 4100 });
    expect(logged('start').map(({ port }) => port)).toEqual([4100, 0]);
  });

  const remedy = ' Choose another with --port, or let ccp choose: --port 0.';
  it.each<[string, boolean, string]>([
    ['EADDRINUSE', false, `The proxy cannot listen on port 4100: no such luck.${remedy}`],
    ['EADDRNOTAVAIL', true, 'The proxy cannot listen on port 4100: no such luck.'],
    ['EACCES', true, 'The proxy cannot listen on port 4100: no such luck.'],
    ['ERR_OTHER', true, 'The proxy cannot start: no such luck.'],
  ])('is reported when it fails with %s', async (code, fallback, wanted) => {
    await expect(make([{ replies: [failure(code)] }], { fallback }).start()).rejects.toThrow(new UserError(wanted));
    expect(logged('run')).toHaveLength(1);
  });

  it.each([
    ['the error of its output', 'at x\nTypeError: broken\n    at y\n\nNode.js v20\n', 'TypeError: broken'],
    ['the last line of its output', '\none\n  two  \n\n', 'two'],
    ['the beginning of a long line', `Error: ${'x'.repeat(400)}`, `Error: ${'x'.repeat(292)}…`],
    ['no control characters', 'Error: a\x1b[2Jb\x07', 'Error: a [2Jb'],
    ['no message', '', 'no message'],
  ])('is reported with %s when it exits before it listens', async (_name, stderr, wanted) => {
    await expect(make([{ stderr, exits: 'at once' }]).start()).rejects.toThrow(
      new UserError(`The proxy exited before it listened: ${wanted}.`),
    );
    expect(clock.pending).toBe(0);
    expect(notices).toEqual([]);
  });

  it('is reported and killed when it does not start in time', async () => {
    const started = make([{ replies: [] }]).start();
    clock.advance(14_999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await expect(started).rejects.toThrow(new UserError('The proxy did not start within 15 s.'));
    await until(() => {
      try {
        return proxy.pid !== undefined && !process.kill(proxy.pid, 0);
      } catch {
        return true;
      }
    });
  });

  it('sends its events; other messages are ignored', async () => {
    const replies = ['text', { a: 1 }, { type: 5 }, listening, { type: 'events', events: [startedEvent('a')] }];
    await make([{ replies }]).start();
    await until(() => events.length > 0);
    expect(events).toEqual([startedEvent('a')]);
  });
});

describe('a proxy that dies', () => {
  /** Kills it for the nth time, and waits until it listens again: then the time limit of its start is cancelled. */
  const killed = async (times: number) => {
    kill();
    await until(() => notices.length >= times && logged('start').length > times && clock.pending === 0);
  };

  it('is restarted on its port, with the switches and the cost of the session, and with Claude Code’s process', async () => {
    const changed: SessionEvent = {
      type: 'route_changed',
      at: 1,
      id: 'w',
      route: { ...sampleRoute, model: 'crane-1' },
      previous: 'codex/heron-1',
    };
    const added: SessionEvent = {
      ...changed,
      route: { ...sampleRoute, routeClass: 'subagent', upstream: 'kimi', model: 'k9' },
    };
    const paid = { costKind: 'metered', costMicroUsd: 70 } as const;
    const sent = [
      startedEvent('a'),
      startedEvent('b'),
      startedEvent('c'),
      completedEvent('b', paid),
      cancelledEvent('c', { incompleteUsage: { ...completedEvent('c', paid) } }),
      completedEvent('d'),
      changed,
      added,
    ];
    const main = routeTo('heron-1', 'codex', 'high');
    const table = tableOf({ main }, routes.slots);
    await make([{ replies: [listening, { type: 'events', events: sent }] }, {}], { routes: table }).start();
    await until(() => events.length === sent.length);
    proxy.announceClaude(claude);
    await until(() => logged('child').length === 1);
    events = [];
    await killed(1);
    await until(() => logged('child').length === 2);
    expect(notices).toEqual(['The proxy died and was restarted (no message).']);
    expect(logged('start')[1]).toEqual({
      ...startMessage,
      spentMicroUsd: 140,
      givesTitle: false,
      state: expect.objectContaining({ running: [], totals: expect.any(Object) }),
      routes: {
        ...startMessage.routes,
        routes: {
          main: { ...JSON.parse(JSON.stringify(routeTo('crane-1'))), effort: 'high' },
          subagent: { target: { upstream: 'kimi', model: 'k9' }, effort: 'high' },
        },
      },
    });
    expect(logged('child')).toEqual([
      { type: 'child', pid: 5, group: true },
      { type: 'child', pid: 5, group: true },
    ]);
    // The dead proxy can no longer report the end of its running requests.
    expect(events).toEqual([
      {
        type: 'failed',
        at: clock.now(),
        id: 'a',
        verdict: 'truncated',
        code: 'reset',
        message: 'The proxy died while this request ran.',
        status: 500,
        health: { durationMs: 0, longestSilenceMs: 0, pings: 0, retries: 0, bytes: 0 },
      },
    ]);
    await killed(2);
    expect(events).toHaveLength(1);
  });

  it('is restarted with what the user allowed beyond the budgets, of the newest report', async () => {
    const spending = (allowed: number): SessionEvent => ({
      type: 'spending',
      at: 1,
      id: 'spending_1',
      today: { meteredMicroUsd: 0, planMicroUsd: 0, isEstimated: false },
      budgets: (['session', 'month'] as const).map((name, index) => ({
        name,
        limitMicroUsd: 9,
        spentMicroUsd: 1,
        allowedMicroUsd: allowed + index,
        isEstimated: false,
      })),
      asking: undefined,
    });
    const sent = [spending(3), spending(5)];
    await make([{ replies: [listening, { type: 'events', events: sent }] }, {}]).start();
    await until(() => events.length === sent.length);
    await killed(1);
    await until(() => logged('start').length === 2);
    expect(logged('start').map(({ allowances }) => allowances)).toEqual([{}, { session: 5, month: 6 }]);
  });

  it.each([
    ['takes back a question that is open', [true], 1],
    ['takes back no question that was answered', [true, false], 0],
    ['takes back no question that was never asked', [], 0],
  ])('%s when it dies', async (_name, asked, takenBack) => {
    const sent = asked.map(
      (isOpen, index): SessionEvent => ({
        type: 'confirmation',
        at: index,
        id: `confirmation_${index}`,
        question: isOpen ? { id: 'q', text: 'Switch', isFromProgram: true } : undefined,
      }),
    );
    await make([{ replies: [listening, { type: 'events', events: sent }] }, {}, {}]).start();
    await until(() => events.length === sent.length);
    events = [];
    await killed(1);
    await until(() => logged('start').length === 2);
    const at = clock.now();
    const closed = { type: 'confirmation', at, id: `confirmation_${at}`, question: undefined };
    expect(events).toEqual(Array(takenBack).fill(closed));
    // It is taken back once.
    events = [];
    await killed(2);
    await until(() => logged('start').length === 3);
    expect(events).toEqual([]);
  });

  it('cannot do what the user decided while it is being restarted, or before its start', async () => {
    make([{}]);
    await expect(proxy.act({ do: 'answer budget', allow: true })).rejects.toThrow(
      new UserError('The proxy is being restarted. Try again in a moment.'),
    );
    expect(log()).toEqual([]);
  });

  it('is not restarted after the third time in a minute', async () => {
    await make([{ stderr: 'Error: broken\n', exits: 'after its replies' }]).start();
    await until(() => lost.length > 0);
    expect(lost).toEqual(['The proxy died 3 times in a minute (Error: broken). See `ccp logs`.']);
    expect(notices).toEqual(Array(2).fill('The proxy died and was restarted (Error: broken).'));
    expect(logged('run')).toHaveLength(3);
  });

  it('is restarted when it dies less often', async () => {
    await make([{}]).start();
    for (const times of [1, 2, 3]) {
      await killed(times);
      clock.advance(60_000);
    }
    expect(lost).toEqual([]);
    expect(notices).toHaveLength(3);
    expect(log().filter(({ type }) => type === 'child')).toEqual([]);
  });

  it('is started again when the restart fails, until it is given up', async () => {
    await make([{}, { replies: [failure('EACCES')] }, { exits: 'at once', stderr: 'Error: broken' }]).start();
    kill();
    await until(() => lost.length > 0);
    expect(notices).toEqual([
      'The proxy died and was restarted (no message).',
      'The proxy died and was restarted (no such luck).',
    ]);
    expect(lost).toEqual([
      'The proxy died 3 times in a minute (The proxy exited before it listened: Error: broken.). See `ccp logs`.',
    ]);
  });
});

describe('the port of a dead proxy', () => {
  it('that another program has taken ends the session at once', async () => {
    await make([{}, { replies: [failure('EADDRINUSE')] }, {}]).start();
    kill();
    await until(() => lost.length > 0);
    expect(lost).toEqual([
      'The proxy died (no message), and another program has taken its port 4100. The session is ended, so that nothing is sent to it.',
    ]);
    expect(log().filter(({ type }) => type === 'run')).toHaveLength(2);
  });
});

describe('the end of the proxy', () => {
  it('is requested, and is no death', async () => {
    await make([{}]).start();
    await proxy.stop();
    expect(logged('stop')).toHaveLength(1);
    expect(clock.pending).toBe(0);
    await proxy.stop();
    proxy.announceClaude(claude);
    expect(logged('run')).toHaveLength(1);
    expect([notices, lost, events]).toEqual([[], [], []]);
  });

  it('is forced after 17 s', async () => {
    await make([{ ignoresStop: true }]).start();
    const stopped = proxy.stop();
    await until(() => logged('stop').length > 0);
    clock.advance(16_999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await stopped;
    expect(notices).toEqual([]);
  });

  it('does nothing before the start', async () => {
    await expect(make([{}]).stop()).resolves.toBeUndefined();
    expect(log()).toEqual([]);
  });
});
