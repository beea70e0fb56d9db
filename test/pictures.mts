// `npm run pictures [FOLDER]`: the meter and the overlays in each state, size and theme, as SVG and text. Where
// rsvg-convert is installed, also as PNG. With docs/screens as folder, only what the documentation shows.
import './support/full-color.ts';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReactElement } from 'react';
import { createElement } from 'react';
import { Meter } from '../components/meter/meter.tsx';
import type { MeterProps } from '../components/meter/props.ts';
import { Details } from '../components/overlay/details.tsx';
import { Help } from '../components/overlay/help.tsx';
import { Incidents } from '../components/overlay/incidents.tsx';
import { themeFor } from '../components/theme.ts';
import { themeNames } from '../src/session/theme-names.ts';
import { draw } from './support/ink.tsx';
import { meterStates, noon } from './support/meter-states.ts';
import { svgOf } from './support/svg.ts';

const folder = process.argv[2] ?? join('docs', 'screens');
const isComplete = process.argv[2] !== undefined;
mkdirSync(folder, { recursive: true });

async function save(name: string, element: ReactElement, cols: number, rows: number, onLight = false): Promise<void> {
  const screen = await draw(element, cols, rows);
  const path = join(folder, name.replaceAll(' ', '-'));
  writeFileSync(`${path}.svg`, svgOf({ ...screen.emulator, cols, rows, terminal: screen.emulator.terminal }, onLight));
  if (isComplete) {
    writeFileSync(`${path}.txt`, `${screen.text().trimEnd()}\n`);
    spawnSync('rsvg-convert', ['--zoom', '1.5', '-o', `${path}.png`, `${path}.svg`]);
  }
  screen.close();
}

const nothing = () => {};
const propsOf = (state: string, more: Partial<MeterProps>): MeterProps => ({
  state: meterStates[state] ?? meterStates.empty!,
  sessionName: 's-heron',
  choices: [],
  prefixLabel: 'Ctrl+\\',
  layout: 'side',
  cols: 40,
  rows: 45,
  now: noon,
  notice: undefined,
  awaiting: false,
  theme: themeFor(true),
  ...more,
});

/** The meter of a terminal of this size in each layout. */
const sizes = [
  ['160x45', 40, 45, 160, 6],
  ['120x40', 40, 40, 120, 6],
  ['80x24', 32, 24, 80, 4],
] as const;

for (const name of themeNames) {
  if (name === 'auto') continue;
  const theme = themeFor(true, 'dark', name);
  await save(
    `theme ${name}`,
    createElement(Meter, propsOf('streaming', { theme, rows: 46 })),
    40,
    46,
    name === 'light',
  );
}
if (isComplete) {
  for (const state of Object.keys(meterStates))
    for (const [size, cols, rows, width, strip] of sizes) {
      await save(`${state} side ${size}`, createElement(Meter, propsOf(state, { cols, rows })), cols, rows);
      const bottom = propsOf(state, { layout: 'bottom', cols: width, rows: strip });
      await save(`${state} bottom ${size}`, createElement(Meter, bottom), width, strip);
      const row = propsOf(state, { layout: 'off', cols: width, rows: 1 });
      await save(`${state} row ${size}`, createElement(Meter, row), width, 1);
    }
  const keys = propsOf('at a limit', { awaiting: true });
  await save('keys side', createElement(Meter, keys), 40, 45);
}
const common = { theme: themeFor(true), onDismiss: nothing, onCopy: nothing, now: noon };
const state = meterStates['broken stream']!;
for (const [cols, rows] of isComplete
  ? ([
      [130, 38],
      [80, 22],
    ] as const)
  : ([[120, 34]] as const)) {
  await save(`requests ${cols}x${rows}`, createElement(Details, { ...common, state, cols, rows }), cols, rows);
  if (!isComplete) continue;
  await save(`incidents ${cols}x${rows}`, createElement(Incidents, { ...common, state, cols, rows }), cols, rows);
  await save(
    `help ${cols}x${rows}`,
    createElement(Help, { ...common, prefixLabel: 'Ctrl+\\', cols, rows }),
    cols,
    rows,
  );
}
process.exit(0);
