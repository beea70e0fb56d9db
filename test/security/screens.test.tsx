/** No screen contains a control character that came from outside. */
import { render } from 'ink';
import type { ReactElement } from 'react';
import { expect, it } from 'vitest';
import { Meter } from '../../components/meter/meter.tsx';
import { Details } from '../../components/overlay/details.tsx';
import { Incidents } from '../../components/overlay/incidents.tsx';
import { Switch } from '../../components/overlay/switch.tsx';
import { themeFor } from '../../components/theme.ts';
import { VirtualInput, VirtualOutput } from '../../components/virtual-terminal.ts';
import { Watch } from '../../components/watch/watch.tsx';
import { EventBus } from '../../src/proxy/session/event-bus.ts';
import type { RouteView, SessionEvent } from '../../src/session/events.ts';
import { initialState } from '../../src/session/state.ts';
import { sampleRoute } from '../support/samples.ts';
import { completedEvent, failedEvent, routedEvent, startedEvent } from '../support/session-events.ts';

const evil = 'x\x1b]52;c;ZmFrZQ==\x07\u009b31m\r\nforged\u2028\u202eend\x7f';
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/;
/** What Ink itself writes: colours and cursor movements. */
const inkSequences = /\x1b\[[0-9;?]*[a-zA-Z]/g;

const route: RouteView = { ...sampleRoute, model: evil, effort: evil };
const at = 2_000;
const quota = {
  plan: evil,
  windows: [{ name: evil, usedPercent: 80, resetsAt: 9_000_000, windowMinutes: 300 }],
  readAt: at,
} as unknown as Extract<SessionEvent, { type: 'quota' }>['quota'];
const events: SessionEvent[] = [
  startedEvent('one', { requestedModel: evil }),
  routedEvent('one', route),
  { type: 'tool_call', at, id: 'one', tool: evil },
  { type: 'repaired', at, id: 'one', tool: evil, dropped: [evil] },
  { type: 'retry', at, id: 'one', attempt: 1, reason: evil, waitMs: 100 },
  { type: 'cache_missed', at, id: 'one', reason: evil },
  completedEvent('one', { route, stopReason: evil }),
  startedEvent('two', { requestedModel: evil }),
  failedEvent('two', { message: evil, code: evil, route }),
  startedEvent('three', { requestedModel: evil }),
  routedEvent('three', route),
  { type: 'progress', at, id: 'three', phase: 'tool', tool: evil, chars: 10, silenceMs: 5 },
  { type: 'warning', at, id: 'w', message: evil },
  { type: 'credential', at, id: 'c', upstream: evil, message: evil },
  { type: 'quota', at, id: 'q', upstream: 'codex', quota },
  { type: 'confirmation', at, id: 'k', question: { id: 'q1', text: evil, isFromProgram: true } },
  { type: 'route_changed', at, id: 's', route, previous: evil, compactionRoute: evil },
];
const bus = new EventBus(initialState(0, [sampleRoute]));
for (const event of events) bus.publish(event);
const { state } = bus;

const common = { cols: 120, rows: 40, theme: themeFor(true) };
const meter = {
  state,
  sessionName: 's-one',
  choices: [],
  now: 5_000,
  prefixLabel: 'Ctrl+\\',
  notice: undefined,
  awaiting: false,
};
const nothing = () => {};
const screens: Record<string, ReactElement> = {
  'the meter at the side': <Meter {...common} {...meter} layout="side" />,
  'the meter at the bottom': <Meter {...common} {...meter} layout="bottom" />,
  'the meter in one row': <Meter {...common} {...meter} layout="off" />,
  'the request list': <Details {...common} state={state} now={5_000} onDismiss={nothing} onCopy={nothing} />,
  'the incidents': <Incidents {...common} state={state} onDismiss={nothing} />,
  'the list of models': <Switch {...common} state={state} choices={[]} onSwitch={nothing} onDismiss={nothing} />,
  'ccp watch': (
    <Watch
      {...common}
      sessions={[{ name: 's-one', kind: 'launch', url: 'http://127.0.0.1:1' }]}
      chosen="s-one"
      state={state}
      connected={true}
      now={5_000}
      onChoose={nothing}
      onQuit={nothing}
      onCopy={nothing}
    />
  ),
};

it.each(Object.keys(screens))('of %s', async (name) => {
  let written = '';
  const output = new VirtualOutput(common.cols, common.rows, (data) => {
    written += data;
  });
  const streams = { stdout: output, stdin: new VirtualInput(), stderr: output } as unknown as {
    stdout: NodeJS.WriteStream;
  };
  const app = render(screens[name], { ...streams, patchConsole: false, exitOnCtrlC: false, maxFps: 500 });
  await expect.poll(() => written.length).toBeGreaterThan(0);
  app.unmount();
  const text = written.replace(inkSequences, '').replaceAll('\r\n', '\n');
  expect(controls.exec(text)).toBeNull();
  // The words themselves are shown where the screen has any from outside.
  if (name !== 'the list of models') expect(text).toMatch(/forged|x \]52/);
});
