import { padRight, wrapText } from '../../src/session/columns.ts';
import { type KeyBinding, keyBindings } from '../keys.ts';
import { line } from '../meter/line.ts';
import { innerCols, type OverlayProps, ScrollFrame } from './scroll-frame.tsx';

const keyCols = 10;
const maxRows = 4;

const rowOf = ({ key, meaning }: KeyBinding): [string, string] => [key, meaning];

function helpTexts(prefix: string, width: number): string[] {
  const bindings: [string, string][] = [
    ...keyBindings.filter(({ isAnswer }) => !isAnswer).map(rowOf),
    ...keyBindings.filter(({ isAnswer }) => isAnswer).map(rowOf),
    [prefix, `send ${prefix} itself to Claude Code`],
  ];
  return [
    `Press ${prefix}, then:`,
    ...bindings.flatMap(([key, meaning]) =>
      wrapText(meaning, Math.max(8, width - keyCols - 2), maxRows).map(
        (row, index) => `  ${padRight(index === 0 ? key : '', keyCols)}${row}`,
      ),
    ),
    ...wrapText(
      'With the mouse: drag the border of the meter, click a model or a request, page with the wheel.',
      width,
      maxRows,
    ),
    ...wrapText('Everything else goes to Claude Code, which keeps running.', width, maxRows),
  ];
}

export function Help({ prefixLabel, ...frame }: OverlayProps & { readonly prefixLabel: string }) {
  const lines = helpTexts(prefixLabel, innerCols(frame.cols)).map((text) => line(text, 0));
  return <ScrollFrame {...frame} title="ccp keys" lines={lines} />;
}
