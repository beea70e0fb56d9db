/** Starts the program of the pane before the rest of the screen is loaded, because its own start takes time. */

import type { AppContext } from '../app/context.ts';
import { UserError } from '../errors/user-error.ts';
import { readBorder } from '../storage/layout-memory.ts';
import { type Arrangement, geometryOf, type LayoutName, layoutNames, minTerminalSize } from '../terminal/layout.ts';
import { openPty, type Pty } from '../terminal/pty.ts';

export interface ScreenProgram {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

interface Size {
  readonly cols: number;
  readonly rows: number;
}

/** @throws UserError when the terminal is too small. */
export function terminalSize(): Size {
  const { columns: cols = 80, rows = 24 } = process.stdout;
  if (cols >= minTerminalSize.cols && rows >= minTerminalSize.rows) return { cols: cols || 80, rows: rows || 24 };
  throw new UserError(
    `This terminal is ${cols}×${rows}; ccp needs at least ${minTerminalSize.cols}×${minTerminalSize.rows}. Enlarge it, or run without a screen: ccp launch -- -p "…".`,
  );
}

/** The layout of the flag, else of the variable or the setting; the border as last moved in a terminal of this size. */
export function arrangementFor(layout: string | undefined, context: AppContext, { cols, rows }: Size): Arrangement {
  return {
    ...readBorder(context.paths.stateDir, cols, rows),
    layout: layoutName(layout ?? context.settings.text('layout')),
  };
}

const layoutName = (text: string | undefined): LayoutName => layoutNames.find((name) => name === text) ?? 'auto';

export const startProgram = ({ path, args, env }: ScreenProgram, { cols, rows }: Size): Pty =>
  openPty({ path, args, env, cwd: process.cwd(), cols, rows });

/** Starts the program at the size of the pane that the screen will have. */
export function startInPane(program: ScreenProgram, layout: string | undefined, context: AppContext): Pty {
  const size = terminalSize();
  return startProgram(program, geometryOf(arrangementFor(layout, context, size), size.cols, size.rows).pane);
}

/** Resolves when the program has exited: with its exit code, 128+n after signal n. */
export const exitCodeOf = (pty: Pty): Promise<number> =>
  new Promise((resolve) => {
    // The last output of the program may still be queued.
    pty.onExit(({ exitCode, signal }) => setImmediate(() => resolve(signal > 0 ? 128 + signal : exitCode)));
  });
