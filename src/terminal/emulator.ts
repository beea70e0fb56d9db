/**
 * The child's screen: an adapter for xterm-headless. The public API parses in timers and allocates an object per cell,
 * so parsing and cell access use internals. The version is pinned, and `emulator.test.ts` checks the internals used
 * here.
 */
import unicode11 from '@xterm/addon-unicode11';
import headless, { type IParser, type Terminal as XtermTerminal } from '@xterm/headless';
import { type EmojiJoint, joiningVersion, joiningWidths } from './joining-widths.ts';

/** Three words per cell: content, foreground with flags, background with flags. */
export const wordsPerCell = 3;

export interface ExtendedAttributes {
  /** Bits 26–28: underline style. (`underlineStyle` reports dashed for every link.) */
  readonly _ext: number;
  readonly underlineColor: number;
  readonly urlId: number;
}

export interface CellLine {
  readonly _data: Uint32Array;
  /** Texts of cells with more than one code point, by column. */
  readonly _combined: Readonly<Record<number, string>>;
  readonly _extendedAttrs: Readonly<Record<number, ExtendedAttributes | undefined>>;
}

interface XtermCore {
  readonly _writeBuffer: { writeSync(data: Uint8Array | string): void };
  readonly buffer: {
    readonly x: number;
    readonly y: number;
    readonly ybase: number;
    readonly lines: {
      get(row: number): CellLine | undefined;
      onTrim(listener: (lines: number) => void): { dispose(): void };
    };
  };
  readonly coreService: { readonly isCursorHidden: boolean };
  readonly _inputHandler: {
    readonly _parser: {
      /** `params` holds the numbers of the sequence; a handler that returns false leaves it to the next one. */
      registerCsiHandler(
        id: CsiId,
        handler: (params: { readonly params: Int32Array; readonly length: number }) => boolean,
      ): void;
    };
    onRequestRefreshRows(listener: (rows: { readonly start: number; readonly end: number } | undefined) => void): void;
  };
  readonly _oscLinkService: { getLinkData(id: number): { id?: string; uri: string } | undefined };
}

interface CsiId {
  readonly intermediates?: string;
  readonly final: string;
}

/** Sequences that insert, delete or scroll as many lines as their number says. */
const lineCounts: readonly CsiId[] = [...'LMST'].map((final) => ({ final }));
/** Sequences that move, insert, erase or repeat as many cells or lines as their number says. */
const cellCounts: readonly CsiId[] = [
  ...[...'@ABCDEFGHIPXZ`abdef'].map((final) => ({ final })),
  ...['@', 'A'].map((final) => ({ intermediates: ' ', final })),
  ...['}', '~'].map((final) => ({ intermediates: "'", final })),
];

export interface EmulatorOptions {
  readonly cols: number;
  readonly rows: number;
  readonly scrollback: number;
  /** A line feed also returns the carriage: for text that did not pass through a tty driver. */
  readonly convertEol?: boolean;
}

export interface Link {
  readonly id: string | undefined;
  readonly uri: string;
}

export class Emulator {
  readonly terminal: XtermTerminal;
  readonly #core: XtermCore;
  readonly #joints = new Set<EmojiJoint>();
  /** Rows that may have changed since `clean`; empty if `from` is greater than `to`. */
  #dirtyFrom = 0;
  #dirtyTo = 0;

  constructor({ cols, rows, scrollback, convertEol = false }: EmulatorOptions) {
    this.terminal = new headless.Terminal({
      cols,
      rows,
      scrollback,
      convertEol,
      allowProposedApi: true,
      logLevel: 'off',
    });
    this.#core = Reflect.get(this.terminal, '_core');
    this.terminal.loadAddon(new unicode11.Unicode11Addon());
    this.terminal.unicode.activeVersion = '11';
    this.#core._inputHandler.onRequestRefreshRows((changed) =>
      changed === undefined ? this.touch(0, this.rows - 1) : this.touch(changed.start, changed.end),
    );
    this.#limitCounts();
    this.touch(0, rows - 1);
  }

  /**
   * Limits the numbers of counting sequences to what the screen holds. xterm repeats its work as often as the number
   * says: twelve bytes (`CSI 999999999 S`) would keep it busy for minutes.
   */
  #limitCounts(): void {
    const parser = this.#core._inputHandler._parser;
    const limit = (ids: readonly CsiId[], largest: () => number): void => {
      for (const id of ids)
        parser.registerCsiHandler(id, ({ params, length }) => {
          const most = largest();
          for (let at = 0; at < length; at++) if ((params[at] ?? 0) > most) params[at] = most;
          return false;
        });
    };
    limit(lineCounts, () => this.rows);
    limit(cellCounts, () => Math.max(this.cols, this.rows));
  }

  get cols(): number {
    return this.terminal.cols;
  }

  get rows(): number {
    return this.terminal.rows;
  }

  get parser(): IParser {
    return this.terminal.parser;
  }

  /** Marks rows as possibly changed. */
  touch(from: number, to: number): void {
    this.#dirtyFrom = Math.min(this.#dirtyFrom, from);
    this.#dirtyTo = Math.max(this.#dirtyTo, to);
  }

  get dirtyRows(): { readonly from: number; readonly to: number } {
    return { from: Math.max(0, this.#dirtyFrom), to: Math.min(this.rows - 1, this.#dirtyTo) };
  }

  /** Clears the changed rows, after they have been painted. */
  clean(): void {
    this.#dirtyFrom = Number.POSITIVE_INFINITY;
    this.#dirtyTo = Number.NEGATIVE_INFINITY;
  }

  /** Parses synchronously. */
  feed(data: Uint8Array | string): void {
    this.#core._writeBuffer.writeSync(data);
  }

  resize(cols: number, rows: number): void {
    this.terminal.resize(cols, rows);
    this.touch(0, rows - 1);
  }

  /** A visible row. */
  line(row: number): CellLine | undefined {
    return this.#core.buffer.lines.get(this.#core.buffer.ybase + row);
  }

  /** A line of the whole buffer; 0 is the oldest line of the history. */
  bufferLine(line: number): CellLine | undefined {
    return this.#core.buffer.lines.get(line);
  }

  /** Lines above the screen. */
  get historyLines(): number {
    return this.#core.buffer.ybase;
  }

  /** Calls `listener` with the number of lines trimmed from the history. @returns a function that unsubscribes. */
  onTrim(listener: (lines: number) => void): () => void {
    const subscription = this.#core.buffer.lines.onTrim(listener);
    return () => subscription.dispose();
  }

  /** Text of a line of the whole buffer, right-trimmed. */
  textOf(line: number, from: number, to: number | undefined): string {
    return this.terminal.buffer.active.getLine(line)?.translateToString(true, from, to) ?? '';
  }

  /** Whether the line continues the previous one: the terminal wrapped it, not the program. */
  isWrapped(line: number): boolean {
    return this.terminal.buffer.active.getLine(line)?.isWrapped ?? false;
  }

  get isAlternate(): boolean {
    return this.terminal.buffer.active.type === 'alternate';
  }

  get cursor(): { readonly x: number; readonly y: number; readonly hidden: boolean } {
    const { buffer, coreService } = this.#core;
    return { x: Math.min(buffer.x, this.cols - 1), y: buffer.y, hidden: coreService.isCursorHidden };
  }

  /** Whether a synchronised update is in progress; an incomplete frame must not be painted. */
  get isSynchronising(): boolean {
    return this.terminal.modes.synchronizedOutputMode;
  }

  link(urlId: number): Link | undefined {
    const data = this.#core._oscLinkService.getLinkData(urlId);
    return data && { id: data.id, uri: data.uri };
  }

  /** The outer terminal draws emoji joined in this way as one glyph, so that they take the cells of one. */
  joinEmoji(way: EmojiJoint): void {
    this.#joints.add(way);
    this.terminal.unicode.register(joiningWidths(this.#joints));
    this.terminal.unicode.activeVersion = joiningVersion;
  }

  /** Sets the width of emoji to that of the outer terminal: two cells on most terminals, one on some. */
  setEmojiWidth(width: 1 | 2): void {
    this.terminal.unicode.activeVersion = width === 2 ? '11' : '6';
  }

  /** The visible text, one string per row, right-trimmed. */
  text(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from(
      { length: this.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
  }
}
