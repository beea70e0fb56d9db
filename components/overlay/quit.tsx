import { Text, useInput } from 'ink';
import type { Theme } from '../theme.ts';
import { Frame } from './frame.tsx';

export interface QuitProps {
  readonly running: number;
  readonly cols: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly onQuit: () => void;
  readonly onDismiss: () => void;
}

/** Requests may end while the question is open. */
const runningText = (running: number): string =>
  running === 0
    ? 'No request is running any more.'
    : running === 1
      ? 'A request is running.'
      : `${running} requests are running.`;

export function Quit({ running, cols, rows, theme, onQuit, onDismiss }: QuitProps) {
  useInput((input, key) => {
    if (input === 'y' || input === 'Y' || key.return) onQuit();
    else onDismiss();
  });
  return (
    <Frame title="Quit?" keys="y or Enter quits · any other key stays" cols={cols} rows={rows} theme={theme}>
      <Text>{runningText(running)}</Text>
      <Text>Quitting ends Claude Code. The command to go on is printed then.</Text>
    </Frame>
  );
}
