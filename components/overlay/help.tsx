import { padRight, wrapText } from '../../src/session/columns.ts';
import { keyBindings } from '../keys.ts';
import { line } from '../meter/line.ts';
import { LineView } from '../meter/line-view.tsx';
import type { Theme } from '../theme.ts';
import { Frame } from './frame.tsx';
import { scrollText, useScroll } from './use-scroll.ts';

export interface HelpProps {
  readonly prefixLabel: string;
  readonly cols: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly onDismiss: () => void;
}

/** Rows of the border, the title and the key hints. */
const frameRows = 4;
const keyCols = 10;

function helpRows(prefix: string, width: number): string[] {
  const bindings: [string, string][] = [
    ...keyBindings.map(({ key, meaning }): [string, string] => [key, meaning]),
    [prefix, `send ${prefix} itself to Claude Code`],
  ];
  return [
    `Press ${prefix}, then:`,
    ...bindings.flatMap(([key, meaning]) =>
      wrapText(meaning, Math.max(8, width - keyCols - 2), 4).map(
        (row, index) => `  ${padRight(index === 0 ? key : '', keyCols)}${row}`,
      ),
    ),
    ...wrapText(
      'With the mouse: drag the border of the meter, click a model or a request, page with the wheel.',
      width,
      4,
    ),
    ...wrapText('Everything else goes to Claude Code, which keeps running.', width, 4),
  ];
}

export function Help({ prefixLabel, cols, rows, theme, onDismiss }: HelpProps) {
  const [width, inner] = [cols - 4, Math.max(1, rows - frameRows)];
  const lines = helpRows(prefixLabel, width);
  const from = useScroll(lines.length, inner, onDismiss);
  return (
    <Frame
      title="ccp keys"
      keys={`any other key closes${scrollText(from, inner, lines.length)}`}
      cols={cols}
      rows={rows}
      theme={theme}
    >
      {lines
        .slice(from, from + inner)
        .map((text, row) => ({ text, row }))
        .map(({ text, row }) => (
          <LineView key={row} spans={line(text, 0).spans} theme={theme} />
        ))}
    </Frame>
  );
}
