/**
 * The pane's output as text with colours, for the terminal's own scrollback after ccp has left the alternate screen.
 */
import { background, combinedFlag, contentMask, foreground, isRightHalf } from './cell.ts';
import { type CellLine, type Emulator, wordsPerCell } from './emulator.ts';
import { Pen, plain } from './pen.ts';

/** Removes extended attributes (underline styles and links), which the cell words do not contain. */
const basicAttributes = ~(background.extended | 0);

export function transcript(emulator: Emulator): string {
  const lines: string[] = [];
  const last = emulator.historyLines + emulator.rows;
  for (let line = 0; line < last; line++) {
    const text = emulator.textOf(line, 0, undefined);
    const source = emulator.bufferLine(line);
    const isContinuation = emulator.isWrapped(line) && lines.length > 0;
    const rendered = source === undefined || text === '' ? '' : renderLine(source, emulator.cols);
    if (isContinuation) lines[lines.length - 1] += rendered;
    else lines.push(rendered);
  }
  while (lines.at(-1) === '') lines.pop();
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function renderLine(line: CellLine, cols: number): string {
  const pen = new Pen();
  let end = cols;
  while (end > 0 && isPlainBlank(line._data, end - 1)) end -= 1;
  let out = '';
  for (let x = 0; x < end; x++) {
    const at = x * wordsPerCell;
    const content = line._data[at] ?? 0;
    if (isRightHalf(content) && x > 0) continue;
    const code = content & contentMask;
    out += pen.set(line._data[at + 1] ?? 0, (line._data[at + 2] ?? 0) & basicAttributes, plain);
    out += content & combinedFlag ? (line._combined[x] ?? ' ') : code === 0 ? ' ' : String.fromCodePoint(code);
  }
  return out === '' ? '' : `${out}\x1b[0m`;
}

const isPlainBlank = (data: Uint32Array, x: number): boolean => {
  const at = x * wordsPerCell;
  const code = (data[at] ?? 0) & (contentMask | combinedFlag);
  return (code === 0 || code === 32) && !((data[at + 1] ?? 0) & foreground.inverse) && (data[at + 2] ?? 0) === 0;
};
