/** Starts the program of the pane before the rest of the screen is loaded, because its own start takes time. */

import type { AppContext } from '../app/context.ts';
import { UserError } from '../errors/user-error.ts';
import { readArrangement } from '../storage/layout-memory.ts';
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

/** Returns the requested layout, else the arrangement stored for this terminal size, else the setting. */
export function arrangementFor(layout: string | undefined, context: AppContext, { cols, rows }: Size): Arrangement {
  const remembered = readArrangement(context.paths.stateDir, cols, rows);
  if (layout !== undefined) return { ...remembered, layout: layoutName(layout) };
  return remembered ?? { layout: layoutName(context.settings.text('layout')) };
}

const layoutName = (text: string | undefined): LayoutName => layoutNames.find((name) => name === text) ?? 'auto';

export const startProgram = ({ path, args, env }: ScreenProgram, { cols, rows }: Size): Pty =>
  openPty({ path, args, env, cwd: process.cwd(), cols, rows });

/** Starts the program at the size of the pane that the screen will have. */
export function startInPane(program: ScreenProgram, layout: string | undefined, context: AppContext): Pty {
  const size = terminalSize();
  return startProgram(program, geometryOf(arrangementFor(layout, context, size), size.cols, size.rows).pane);
}
