import { Text, useInput } from 'ink';
import type { Theme } from '../theme.ts';
import { Frame } from './frame.tsx';

export interface HelpProps {
  readonly prefixLabel: string;
  readonly cols: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly onDismiss: () => void;
}

const keyRows = (prefix: string): [string, string][] => [
  ['?', 'this help'],
  ['s', 'switch a model: main, or another class with Tab'],
  ['b', 'back to the model before the last switch'],
  ['y, n', 'the question in the meter: allow, or refuse'],
  ['w, 1–3', 'at a limit: wait, or the model the meter offers'],
  ['d', 'details of the last requests'],
  ['l', 'next layout: side, bottom, one row'],
  ['m', 'meter on, or one row'],
  ['z', 'zoom: the pane alone, and back'],
  ['arrows', 'move the border of the meter'],
  ['[', 'look at the history: / search, v select, y copy, q leave'],
  ['q', 'quit (asks while a request runs)'],
  [prefix, `send ${prefix} itself to Claude Code`],
];

export function Help({ prefixLabel, cols, rows, theme, onDismiss }: HelpProps) {
  useInput(() => onDismiss());
  return (
    <Frame title="ccp keys" keys="any key closes" cols={cols} rows={rows} theme={theme}>
      <Text>Press {prefixLabel}, then:</Text>
      {keyRows(prefixLabel).map(([key, meaning]) => (
        <Text key={key} wrap="truncate">
          {`  ${key.padEnd(8)}`}
          {meaning}
        </Text>
      ))}
      <Text>Everything else goes to Claude Code, which keeps running.</Text>
    </Frame>
  );
}
