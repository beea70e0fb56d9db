/** Renders a component as ccp does: Ink writes to a virtual terminal, and an emulator provides the screen. */
import { setTimeout as wait } from 'node:timers/promises';
import { render } from 'ink';
import type { ReactElement } from 'react';
import { VirtualInput, VirtualOutput } from '../../components/virtual-terminal.ts';
import { Emulator } from '../../src/terminal/emulator.ts';

export interface Drawn {
  readonly emulator: Emulator;
  /** The screen's rows, right-trimmed. */
  rows(): string[];
  text(): string;
  press(keys: string): Promise<void>;
  draw(element: ReactElement): Promise<void>;
  close(): void;
}

export async function draw(element: ReactElement, cols: number, rows: number): Promise<Drawn> {
  const emulator = new Emulator({ cols, rows: rows + 1, scrollback: 0, convertEol: true });
  const output = new VirtualOutput(cols, rows, (data) => emulator.feed(data));
  const input = new VirtualInput();
  const streams = { stdout: output, stdin: input, stderr: output } as unknown as { stdout: NodeJS.WriteStream };
  const app = render(element, { ...streams, patchConsole: false, exitOnCtrlC: false, maxFps: 500 });
  const read = () => emulator.text().slice(0, rows);
  // Ink holds a lone Esc back for 20 ms. Its timers and these run in one event loop, in order, on a busy machine too.
  const settleMs = 12;
  /** Waits until the screen stops changing. */
  const settle = async () => {
    for (let before = '', unchanged = 0; unchanged < 3; ) {
      await wait(settleMs);
      const now = read().join('\n');
      unchanged = now === before ? unchanged + 1 : 0;
      before = now;
    }
  };
  await settle();
  return {
    emulator,
    rows: read,
    text: () => read().join('\n'),
    press: async (keys) => {
      input.type(keys);
      await settle();
    },
    draw: async (next) => {
      app.rerender(next);
      await settle();
    },
    close: () => {
      output.mute();
      app.unmount();
    },
  };
}
