/** Key bindings of the scroll view: arrows and paging keys, and letters as in vi, less and tmux. */
import type { ScrollView } from './scroll-view.ts';

export type ScrollEnd = 'leave' | 'copy' | undefined;

const wheelLines = 3;
const mouseReport = /^\x1b\[<(\d+);(\d+);(\d+)([Mm])/;
const oneKey = /^(?:\x1b\[[\d:;?<>]*[A-Za-z~]|\x1bO.|\x1b|[\s\S])/u;
const wheel = { up: 64, down: 65 } as const;
const drag = 32;

type Action = (view: ScrollView, page: number) => ScrollEnd;

const move =
  (lines: number, columns: number): Action =>
  (view) =>
    void view.move(lines, columns);

const page =
  (pages: number): Action =>
  (view, rows) =>
    void view.scroll(Math.round(pages * Math.max(1, rows - 1)));

const top: Action = (view) => void view.toLine(0);
const bottom: Action = (view) => void view.toLine(view.lastLine);
const leave: Action = () => 'leave';
const copy: Action = (view) => (view.isSelecting ? 'copy' : undefined);
const select: Action = (view) => void view.toggleSelection();

const bindings: Readonly<Record<string, Action>> = {
  '\x1b[A': move(-1, 0),
  '\x1bOA': move(-1, 0),
  k: move(-1, 0),
  '\x1b[B': move(1, 0),
  '\x1bOB': move(1, 0),
  j: move(1, 0),
  '\x1b[D': move(0, -1),
  '\x1bOD': move(0, -1),
  h: move(0, -1),
  '\x1b[C': move(0, 1),
  '\x1bOC': move(0, 1),
  l: move(0, 1),
  '0': (view) => void view.toColumn(0),
  $: (view) => void view.toColumn(Number.MAX_SAFE_INTEGER),
  '\x1b[5~': page(-1),
  b: page(-1),
  '\x02': page(-1),
  '\x1b[6~': page(1),
  f: page(1),
  '\x06': page(1),
  '\x15': page(-0.5),
  u: page(-0.5),
  '\x04': page(0.5),
  d: page(0.5),
  g: top,
  '\x1b[H': top,
  '\x1b[1~': top,
  G: bottom,
  '\x1b[F': bottom,
  '\x1b[4~': bottom,
  v: select,
  ' ': select,
  y: copy,
  '\r': copy,
  n: (view) => void view.searchAgain('older'),
  N: (view) => void view.searchAgain('newer'),
  '/': (view) => {
    view.prompt = '';
    return undefined;
  },
  q: leave,
  '\x03': leave,
  '\x1b': (view) => {
    if (!view.isSelecting) return 'leave';
    view.clearSelection();
    return undefined;
  },
};

/**
 * @param pane position of the view on the outer terminal.
 * @returns how the view ended, if it did, and the input after that key.
 */
export function scrollKeys(
  data: string,
  view: ScrollView,
  pane: { readonly x: number; readonly y: number; readonly rows: number; readonly cols: number },
): { readonly end: ScrollEnd; readonly rest: string } {
  let rest = data;
  while (rest !== '') {
    const mouse = mouseReport.exec(rest);
    const key = mouse?.[0] ?? oneKey.exec(rest)?.[0] ?? rest;
    rest = rest.slice(key.length);
    const end = mouse
      ? handleMouse(view, mouse, pane)
      : view.prompt === undefined
        ? pressKey(view, key, pane.rows)
        : typeInPrompt(view, key);
    if (end) return { end, rest };
  }
  return { end: undefined, rest };
}

const pressKey = (view: ScrollView, key: string, rows: number): ScrollEnd =>
  Object.hasOwn(bindings, key) ? bindings[key]?.(view, rows) : undefined;

function typeInPrompt(view: ScrollView, key: string): undefined {
  const text = view.prompt ?? '';
  if (key === '\x1b' || key === '\x03') view.prompt = undefined;
  else if (key === '\r') {
    view.prompt = undefined;
    view.search(text, 'older');
  } else if (key === '\x7f' || key === '\b') view.prompt = text.slice(0, -1);
  else if (key >= ' ' && !key.startsWith('\x1b')) view.prompt = text + key;
}

function handleMouse(
  view: ScrollView,
  [, code = '', column = '', row = '', final]: RegExpExecArray,
  pane: { readonly x: number; readonly y: number; readonly rows: number; readonly cols: number },
): ScrollEnd {
  const button = Number(code);
  if (button === wheel.up) view.scroll(-wheelLines);
  else if (button === wheel.down) {
    view.scroll(wheelLines);
    // The wheel opens the view, so scrolling down to the bottom closes it.
    if (view.isAtBottom && !view.isSelecting) return 'leave';
  } else {
    const x = Math.max(0, Math.min(pane.cols - 1, Number(column) - pane.x - 1));
    const y = Math.max(0, Math.min(pane.rows - 1, Number(row) - pane.y - 1));
    const spot = view.spotAt(y, x);
    if (button === 0 && final === 'M') view.selectFrom(spot);
    else if (button === drag) view.selectTo(spot);
    else if (button === 0 && final === 'm') return view.selectedText.length > 1 ? 'copy' : void view.clearSelection();
  }
  return undefined;
}
