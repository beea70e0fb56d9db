import { describe, expect, it } from 'vitest';
import { Details } from '../../components/overlay/details.tsx';
import { Pointer, PointerContext } from '../../components/pointer.ts';
import { themeFor } from '../../components/theme.ts';
import { Watch } from '../../components/watch/watch.tsx';
import { initialState, type RequestView, type SessionState } from '../../src/session/state.ts';
import { noRates } from '../../src/session/stream-rates.ts';
import { draw } from '../support/ink.tsx';
import { sampleHealth, sampleRoute } from '../support/samples.ts';

process.env.TZ = 'UTC';
const at = Date.UTC(2026, 10, 22, 12, 0, 0);

const request = (n: number, more: Partial<RequestView> = {}): RequestView => ({
  id: `req_${n}`,
  startedAt: at + n * 1000,
  requestClass: 'turn',
  requestedModel: 'gpt-5.5',
  route: sampleRoute,
  routeReason: 'gpt-5.5 is the main slot of this session',
  isElsewhere: false,
  phase: 'done',
  tool: undefined,
  chars: 100,
  sentAt: at,
  held: undefined,
  lastDataAt: at,
  pings: 0,
  retries: 0,
  headersMs: 300,
  firstTokenMs: 900,
  toolMs: undefined,
  rates: noRates,
  verdict: 'complete',
  problem: undefined,
  tokens: { inputTokens: 200, cacheReadTokens: 1000, cacheWriteTokens: 0, outputTokens: 50, reasoningTokens: 20 },
  measured: true,
  costMicroUsd: 4_200,
  costKind: 'plan',
  health: sampleHealth,
  cacheMiss: undefined,
  resend: undefined,
  ...more,
});

const state: SessionState = {
  ...initialState(at, [sampleRoute]),
  recent: [
    request(1),
    request(2, { verdict: 'truncated', problem: 'codex (gpt-5.5) ended the stream early.', tokens: undefined }),
    request(3, { requestClass: 'websearch', measured: false }),
  ],
  quotas: {
    codex: { windows: [{ name: '5h', usedPercent: 37, resetsAt: at }], plan: 'plus', credits: undefined },
  },
};

type DetailsMore = Partial<Parameters<typeof Details>[0]>;

/** The dialog of requests, drawn; `log` has what was copied, and when it was closed. */
async function openDetails([cols, rows]: readonly [number, number], more: DetailsMore = {}) {
  const log: string[] = [];
  const pointer = new Pointer();
  const view = (again: DetailsMore = {}) => (
    <PointerContext value={pointer}>
      <Details
        state={state}
        cols={cols}
        rows={rows}
        now={at + 60_000}
        theme={themeFor(false)}
        onDismiss={() => log.push('closed')}
        onCopy={(text) => log.push(text)}
        {...more}
        {...again}
      />
    </PointerContext>
  );
  const screen = await draw(view(), cols, rows);
  const redraw = (again: DetailsMore = {}) => screen.draw(view(again));
  const click = async (y: number) => {
    pointer.click({ x: 5, y });
    await redraw();
  };
  return { log, screen, redraw, click };
}

const sizes = [
  [80, 24],
  [120, 40],
] as const;

describe.each(sizes)('at %i×%i', (cols, rows) => {
  it('details show the newest request, and the next one on the down key', async () => {
    let closed = 0;
    const screen = await draw(
      <Details
        state={state}
        cols={cols}
        rows={rows}
        now={at + 60_000}
        theme={themeFor(false)}
        onDismiss={() => closed++}
        onCopy={() => {}}
      />,
      cols,
      rows,
    );
    expect(screen.text()).toMatch(/› ✓ ([\d:]+ )?search/);
    await screen.press('\x1b[B');
    expect(screen.text()).toMatch(/problem +codex \(gpt-5\.5\) ended the stream early/);
    expect(screen.text()).toMatchSnapshot();
    await screen.press('q');
    expect(closed).toBe(1);
    screen.close();
  });

  it('the list is ordered and filtered by keys, and copies the id of the chosen request', async () => {
    const { log, screen } = await openDetails([cols, rows], { request: 'req_2' });
    expect(screen.text()).toMatch(/› ✗/);
    await screen.press('c');
    await screen.press('o');
    expect(screen.text()).toContain('3 requests · slowest first');
    await screen.press('/websearch');
    expect(screen.text()).toContain('1 request · slowest first · filter: websearch▏');
    await screen.press('\r');
    expect(screen.text()).toContain('filter: websearch (Esc clears)');
    await screen.press('c\x1b');
    expect(screen.text()).toContain('3 requests');
    await screen.press('/no such\x17');
    expect(screen.text()).toContain('filter: no ▏');
    await screen.press('\x15zzz');
    expect(screen.text()).toContain('No request matches "zzz".');
    await screen.press('\x1b');
    expect(log).toEqual(['req_2', 'req_3']);
    await screen.press('\x1b');
    expect(log).toEqual(['req_2', 'req_3', 'closed']);
    screen.close();
  });

  it('the details alone scroll to their end, and Enter and Esc lead back to the list', async () => {
    const failed = request(9, { verdict: 'refused', problem: `It failed. ${'word '.repeat(600)}The end.` });
    const ordered: string[] = [];
    const { log, screen } = await openDetails([cols, rows], {
      state: { ...state, recent: [...state.recent, failed] },
      order: 'slowest',
      onOrder: (order) => ordered.push(order),
    });
    await screen.press('ooooo');
    expect(ordered).toEqual(['most expensive', 'largest', 'least cached', 'newest', 'slowest']);
    await screen.press('oooo');
    expect(screen.text()).toContain('newest first');
    expect(screen.text()).toContain('… Enter shows all');
    await screen.press('\r');
    expect(screen.text()).toMatch(/rows 1–\d+ of \d+ ↑↓[\s\S]*Enter or Esc back to the list/);
    expect(screen.text()).not.toContain('The end.');
    await screen.press('G');
    expect(screen.text()).toContain('The end.');
    await screen.press('c\x1b');
    expect(screen.text()).toContain('newest first');
    await screen.press('\r');
    await screen.press('\r');
    expect(log).toEqual(['req_9']);
    await screen.press('q');
    expect(log).toEqual(['req_9', 'closed']);
    screen.close();
  });

  it('the details alone stay with their request, whatever is clicked or begins, while it is kept', async () => {
    const { screen, redraw, click } = await openDetails([cols, rows]);
    await click(4);
    expect(screen.text()).toContain('request  req_2');
    await click(3);
    await screen.press('\r');
    await click(4);
    expect(screen.text()).toContain('request  req_3');
    await redraw({ state: { ...state, recent: [...state.recent, request(4)] } });
    expect(screen.text()).toContain('request  req_3');
    await redraw({ state: { ...state, recent: [request(4), request(5)] } });
    expect(screen.text()).toContain('2 requests · newest first');
    expect(screen.text()).toContain('Enter details');
    screen.close();
  });

  it('watch shows sessions, requests and the meter', async () => {
    const chosen: string[] = [];
    const allSessions = [
      { name: 's-one', kind: 'launch', url: 'http://127.0.0.1:1' },
      { name: 's-two', kind: 'serve', url: 'http://127.0.0.1:2' },
    ];
    const view = (connected: boolean, sessions = allSessions) => (
      <Watch
        sessions={sessions}
        chosen="s-one"
        state={state}
        connected={connected}
        cols={cols}
        rows={rows}
        now={at + 60_000}
        theme={themeFor(false)}
        onChoose={(session) => chosen.push(session)}
        onQuit={() => chosen.push('quit')}
        onCopy={(text) => chosen.push(`copy ${text}`)}
      />
    );
    const screen = await draw(view(true), cols, rows);
    expect(screen.text()).toMatchSnapshot();
    await screen.press('\t');
    await screen.press('c');
    await screen.press('q');
    // Where the list has no room, its keys do nothing.
    expect(chosen).toEqual(['s-two', ...(cols < 100 ? [] : ['copy req_3']), 'quit']);
    await screen.draw(view(false));
    expect(screen.text()).toContain('reconnecting');
    await screen.draw(view(false, allSessions.slice(1)));
    expect(screen.text()).toContain('this session has ended');
    screen.close();
  });
});
