/** Renders the watch screen on its own terminal and redraws it on request. */
import { render } from 'ink';
import type { ThemeName } from '../../src/session/theme-names.ts';
import { themeFor } from '../theme.ts';
import { Watch, type WatchProps } from './watch.tsx';

export type WatchView = Omit<WatchProps, 'cols' | 'rows' | 'theme'>;

export interface OpenWatch {
  draw(view: WatchView): void;
  close(): void;
}

const enter = '\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H';
const leave = '\x1b[?25h\x1b[?1049l';

export function openWatch(
  stdout: NodeJS.WriteStream,
  stdin: NodeJS.ReadStream,
  { color, theme }: { readonly color: boolean; readonly theme: ThemeName },
  first: WatchView,
): OpenWatch {
  stdout.write(enter);
  let view = first;
  // Ink clears the screen before every frame that fills it, so one row is left free.
  const element = () => (
    <Watch
      {...view}
      cols={stdout.columns || 80}
      rows={(stdout.rows || 24) - 1}
      theme={themeFor(color, 'dark', theme)}
    />
  );
  const app = render(element(), { stdout, stdin, patchConsole: false, exitOnCtrlC: false, maxFps: 10 });
  const redraw = () => {
    stdout.write('\x1b[2J\x1b[H');
    app.rerender(element());
  };
  stdout.on('resize', redraw);
  return {
    draw: (next) => {
      view = next;
      app.rerender(element());
    },
    close: () => {
      stdout.off('resize', redraw);
      app.unmount();
      stdout.write(leave);
    },
  };
}
