// Generates docs/screens: the real Claude Code on the demo upstream, as text and as SVG.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ccp, makeHome, root } from './support/home.ts';
import { svgOf } from './support/svg.ts';
import { TestTerminal } from './support/terminal.ts';

function save(name: string, terminal: TestTerminal): void {
  writeFileSync(join(root, 'docs', 'screens', `${name}.txt`), `${terminal.text.trimEnd()}\n`);
  writeFileSync(join(root, 'docs', 'screens', `${name}.svg`), svgOf(terminal.emulator));
}

async function session(
  cols: number,
  rows: number,
  layout: string,
  capture: (terminal: TestTerminal) => Promise<void>,
): Promise<void> {
  const home = makeHome({ base: '/tmp/demo' });
  const terminal = new TestTerminal({
    argv: [process.execPath, ccp, 'launch', '--demo', '--layout', layout],
    env: home.env,
    cwd: home.project,
    cols,
    rows,
  });
  await terminal.waitFor(/❯/);
  await terminal.waitFor(/demo\/demo/);
  await terminal.type('what is in README.md?');
  await terminal.waitFor(/models with/);
  await terminal.waitFor(/○ idle/);
  await wait(700);
  await capture(terminal);
  terminal.send('\x1cq');
  await terminal.waitForExit();
  await terminal.close();
  home.remove();
}

await session(140, 40, 'side', async (terminal) => {
  save('side', terminal);
  terminal.send('\x1cs');
  await terminal.waitFor(/Switch main:/);
  terminal.send('demo');
  await wait(400);
  save('switch-list', terminal);
  terminal.send('-fast\r');
  await terminal.waitFor(/Switch main to/);
  await wait(300);
  save('switch-cost', terminal);
  terminal.send('\r');
  await terminal.waitFor(/Switched/);
  await terminal.type('a long answer please');
  await terminal.waitFor(/● streaming/);
  await wait(1500);
  save('streaming', terminal);
  terminal.send('\x1c?');
  await terminal.waitFor(/ccp keys/);
  await wait(300);
  save('help', terminal);
  terminal.send('x');
  await terminal.waitFor(/○ idle/);
  terminal.send('\x1cd');
  await terminal.waitFor(/↑↓ Enter details/);
  await wait(300);
  save('details', terminal);
  terminal.send('\x1b');
  await wait(300);
  terminal.send('\x1c[');
  await terminal.waitFor(/lines up/);
  terminal.send('\x1b[5~');
  await wait(300);
  save('history', terminal);
  terminal.send('q');
});
await session(100, 30, 'bottom', async (terminal) => save('bottom', terminal));
await session(80, 24, 'off', async (terminal) => save('off', terminal));
process.exit(0);
