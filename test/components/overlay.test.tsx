import { describe, expect, it } from 'vitest';
import { Help } from '../../components/overlay/help.tsx';
import { Incidents } from '../../components/overlay/incidents.tsx';
import { Quit } from '../../components/overlay/quit.tsx';
import { Switch } from '../../components/overlay/switch.tsx';
import { Pointer, PointerContext } from '../../components/pointer.ts';
import { themeFor } from '../../components/theme.ts';
import { initialState } from '../../src/session/state.ts';
import type { ModelChoice } from '../../src/session/ui.ts';
import { draw } from '../support/ink.tsx';
import { meterStates } from '../support/meter-states.ts';
import { sampleAbilities, sampleRoute } from '../support/samples.ts';

const choice = (model: string, extra: Partial<ModelChoice> = {}): ModelChoice => ({
  name: model,
  upstream: 'codex',
  model,
  contextWindow: 272_000,
  costKind: 'plan',
  price: { input: 5, cacheRead: 0.5, output: 30, source: 's', date: '2026-11-10' },
  isScripted: false,
  unlisted: false,
  unavailable: undefined,
  abilities: sampleAbilities,
  quota: undefined,
  ...extra,
});
const choices = [
  choice('gpt-5.5'),
  choice('gpt-6-luna'),
  choice('tiny', { contextWindow: 8_000 }),
  choice('kimi', { upstream: 'kimi', unavailable: 'not logged in' }),
];
const route = sampleRoute;
const state = { ...initialState(0, [route]), contextTokens: 50_000 };
const base = { cols: 64, rows: 18, theme: themeFor(false) };

const openSwitch = async (sessionState = state) => {
  const log: string[] = [];
  const pointer = new Pointer();
  const view = (
    <PointerContext value={pointer}>
      <Switch
        {...base}
        state={sessionState}
        choices={choices}
        onSwitch={(routeClass, model) => log.push(`${routeClass} ${model}`)}
        onDismiss={() => log.push('dismissed')}
      />
    </PointerContext>
  );
  const screen = await draw(view, 64, 18);
  const click = async (text: string) => {
    pointer.click({ x: 5, y: screen.rows().findIndex((row) => row.includes(text)) });
    await screen.draw(view);
  };
  return { screen, log, click };
};

describe('the switch overlay', () => {
  it('filters by typing, shows the cost on Enter and switches on the second Enter', async () => {
    const { screen, log } = await openSwitch();
    expect(screen.text()).toMatchSnapshot();
    await screen.press('luna');
    expect(screen.text()).not.toContain('tiny');
    await screen.press('\r');
    expect(screen.text()).toMatch(/Switch main to gpt-6-luna\?[\s\S]*50k tokens are sent again uncached/);
    expect(log).toEqual([]);
    await screen.press('\r');
    expect(log).toEqual(['main codex/gpt-6-luna']);
    screen.close();
  });

  it('selects a row by a click, and chooses it by another', async () => {
    const { screen, log, click } = await openSwitch();
    await click('tiny');
    expect(screen.text()).toContain('4 of 4');
    await click('gpt-6-luna');
    await click('$/M in, out');
    expect(screen.text()).toContain('4 of 4');
    await click('gpt-6-luna');
    expect(screen.text()).toContain('Switch main to gpt-6-luna?');
    // A click does not confirm a switch.
    await click('Enter confirms');
    await click('Window');
    expect(log).toEqual([]);
    screen.close();
  });

  it('returns to the list on the first Esc and closes on the second', async () => {
    const { screen, log } = await openSwitch();
    await screen.press('luna\r');
    await screen.press('\x1b');
    expect(screen.text()).toContain('Switch main: luna');
    await screen.press('\x1b');
    expect(log).toEqual(['dismissed']);
    screen.close();
  });

  it('does not select a model without a login, and shows where a history that does not fit is compacted', async () => {
    const { screen, log } = await openSwitch();
    await screen.press('kimi');
    await screen.press('\r');
    expect(screen.text()).toContain('Switch main: kimi');
    await screen.press('\x7f\x7f\x7f\x7f');
    await screen.press('tiny');
    await screen.press('\r');
    expect(screen.text().replace(/[│\s]+/g, ' ')).toContain(
      'do not fit 8.0k: the history is compacted on codex/gpt-5.5',
    );
    await screen.press('\x1b');
    expect(log).toEqual([]);
    screen.close();
  });

  it('blocks the switch when no route can compact the history', async () => {
    const { screen, log } = await openSwitch({ ...state, routes: [{ ...route, contextWindow: 40_000 }] });
    await screen.press('tiny\r');
    expect(screen.text()).toContain('Run /compact first');
    await screen.press('\r');
    expect(log).toEqual([]);
    screen.close();
  });

  it('reaches every class with Tab and Shift+Tab, and marks the model that serves it', async () => {
    const fast = { ...route, routeClass: 'fast' as const, model: 'gpt-6-luna' };
    const { screen } = await openSwitch({ ...state, routes: [route, fast] });
    const seen: string[] = [];
    for (let index = 0; index < 9; index += 1) {
      seen.push(/Switch (\w+):[\s\S]*• (\S+)/.exec(screen.text())?.slice(1).join(' ') ?? '');
      await screen.press('\t');
    }
    expect(seen).toEqual([
      ...['main gpt-5.5', 'fast gpt-6-luna', 'subagent gpt-5.5', 'opus gpt-5.5', 'sonnet gpt-5.5'],
      ...['haiku gpt-6-luna', 'fable gpt-5.5', 'compaction gpt-5.5', 'websearch gpt-5.5'],
    ]);
    expect(screen.text()).toContain('Switch main:');
    await screen.press('\x1b[Z');
    expect(screen.text()).toContain('Switch websearch:');
    screen.close();
  });

  it('finds a model by its letters, and erases a word or everything', async () => {
    const { screen } = await openSwitch();
    await screen.press('cdx 6ln');
    expect(screen.text()).toMatch(/cdx 6ln▏ 1 of 4[\s\S]*gpt-6-luna/);
    await screen.press('\x17');
    expect(screen.text()).toContain('Switch main: cdx ▏ 3 of 4');
    await screen.press('\x15');
    expect(screen.text()).toContain('Switch main: ▏ 4 of 4');
    screen.close();
  });

  it('moves by pages and to both ends', async () => {
    const { screen, log } = await openSwitch();
    await screen.press('\x1b[F');
    await screen.press('\x1b[5~');
    await screen.press('\x1b[6~');
    await screen.press('\x1b[A');
    await screen.press('\r');
    expect(screen.text()).toContain('to tiny?');
    await screen.press('\x1b');
    await screen.press('\x1b[5~');
    await screen.press('\x1b[6~');
    await screen.press('\x1b[H');
    await screen.press('\r');
    await screen.press('\r');
    expect(log).toEqual(['main codex/gpt-5.5']);
    screen.close();
  });

  it('says which models a policy denies, with the rule on Enter', async () => {
    const screen = await draw(
      <Switch
        {...base}
        cols={94}
        state={state}
        choices={[
          choice('gpt-5.5', { unavailable: 'The policy says no. (rule: no-0)', isDenied: true, unlisted: true }),
        ]}
        onSwitch={() => {}}
        onDismiss={() => {}}
      />,
      94,
      18,
    );
    expect(screen.text()).toMatch(/gpt-5\.5 .* plan .* denied · no lon/);
    await screen.press('\r');
    expect(screen.text()).toContain('The policy says no. (rule: no-0)');
    screen.close();
  });

  it('switches the route class selected with Tab', async () => {
    const { screen, log } = await openSwitch();
    await screen.press('\t');
    await screen.press('\t');
    expect(screen.text()).toContain('Switch subagent:');
    await screen.press('luna\r');
    await screen.press('\r');
    expect(log).toEqual(['subagent codex/gpt-6-luna']);
    screen.close();
  });

  it('moves the selection with the arrow keys and marks the current route', async () => {
    const { screen, log } = await openSwitch();
    expect(screen.text()).toContain('• gpt-5.5');
    await screen.press('\x1b[B');
    await screen.press('\r');
    await screen.press('\r');
    expect(log).toEqual(['main codex/gpt-6-luna']);
    screen.close();
  });
});

describe('help and quit', () => {
  it('help lists the keys and closes on any key', async () => {
    let closed = false;
    const screen = await draw(
      <Help {...base} rows={20} prefixLabel="Ctrl+\" onDismiss={() => (closed = true)} />,
      64,
      20,
    );
    expect(screen.text()).toMatchSnapshot();
    await screen.press('j');
    expect(closed).toBe(false);
    await screen.press('x');
    expect(closed).toBe(true);
    screen.close();
  });

  it('help closes on a key that scrolls too, when all of it is shown', async () => {
    let closed = false;
    const help = <Help {...base} rows={40} prefixLabel="Ctrl+\\" onDismiss={() => (closed = true)} />;
    const screen = await draw(help, 64, 40);
    await screen.press('j');
    expect(closed).toBe(true);
    screen.close();
  });

  it('quit counts the running requests, and reports when the last has ended', async () => {
    for (const [running, text] of [
      [1, 'A request is running.'],
      [0, 'No request is running any more.'],
    ] as const) {
      const quit = <Quit {...base} cols={56} rows={7} running={running} onQuit={() => {}} onDismiss={() => {}} />;
      const screen = await draw(quit, 56, 7);
      expect(screen.text()).toContain(text);
      screen.close();
    }
  });

  it('quit asks for confirmation and exits only on y', async () => {
    const log: string[] = [];
    const screen = await draw(
      <Quit
        {...base}
        cols={56}
        rows={7}
        running={2}
        onQuit={() => log.push('quit')}
        onDismiss={() => log.push('stay')}
      />,
      56,
      7,
    );
    expect(screen.text()).toContain('2 requests are running');
    await screen.press('n');
    await screen.press('y');
    expect(log).toEqual(['stay', 'quit']);
    screen.close();
  });
});

describe('a text that is longer than its frame', () => {
  it('scrolls, says where it is, cuts no row, and closes on another key', async () => {
    let closed = 0;
    const screen = await draw(
      <Help {...base} cols={50} rows={12} prefixLabel="Ctrl+\" onDismiss={() => closed++} />,
      50,
      12,
    );
    expect(screen.text()).toMatch(/Press Ctrl\+\\[\s\S]*rows 1–8 of \d+ ↑↓/);
    await screen.press('\x1b[B');
    expect(screen.text()).toContain('rows 2–9 of');
    await screen.press('\x1b[F');
    expect(screen.text()).toMatch(/keeps running\.[\s\S]*rows \d+–(\d+) of \1/);
    await screen.press('\x1b[6~\x1b[H');
    expect(screen.text()).toContain('rows 1–8 of');
    expect(screen.rows().every((row) => row.length <= 50 && !row.includes('…'))).toBe(true);
    expect(closed).toBe(0);
    await screen.press('x');
    expect(closed).toBe(1);
    screen.close();
  });

  it('is each incident, the newest first, with its id', async () => {
    const state = meterStates['broken stream'];
    if (state === undefined) return expect.fail('no such state');
    const screen = await draw(<Incidents {...base} cols={80} rows={20} state={state} onDismiss={() => {}} />, 80, 20);
    const text = screen.text();
    expect(text).toContain('3 incidents');
    expect(text.indexOf('ended the stream')).toBeLessThan(text.indexOf('main switched'));
    expect(text).toMatch(/The log has it as[\s\S]*req_cut\./);
    expect(text).toMatch(/cache missed: tools\[14\][\s\S]*req_012/);
    screen.close();
    const empty = await draw(
      <Incidents {...base} cols={80} rows={9} state={{ ...state, incidents: [] }} onDismiss={() => {}} />,
      80,
      9,
    );
    expect(empty.text()).toContain('Nothing has happened.');
    empty.close();
  });
});
