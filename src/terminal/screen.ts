/** The compositor: paints the child's pane, the meter and an overlay on the outer terminal. */
import { ChildTerminalModes } from './child-terminal-modes.ts';
import { EarlyReplies } from './early-replies.ts';
import { FrameTimer } from './frame-timer.ts';
import { FrameWriter } from './frame-writer.ts';
import { isLight, newHostCapabilities, ReportFilter, startQueries } from './host-capabilities.ts';
import type { PrefixKey } from './input.ts';
import { type Arrangement, type Geometry, geometryOf } from './layout.ts';
import { MeterMouse, type MouseReport } from './meter-mouse.ts';
import { Mirror } from './mirror.ts';
import type { OuterTerminal } from './outer-terminal.ts';
import { inkPane, Overlay } from './overlay.ts';
import { Painter } from './painter.ts';
import { Pane, type Rect } from './pane.ts';
import { PaneHistory } from './pane-history.ts';
import type { Pty } from './pty.ts';
import type { ScreenEvents, ScreenOptions } from './screen-events.ts';
import { ScreenInput } from './screen-input.ts';
import { SlicedFeed } from './sliced-feed.ts';
import { startFrame } from './start-frame.ts';
import { StartGate } from './start-gate.ts';
import { transcript } from './transcript.ts';
import { TypeAhead } from './type-ahead.ts';

/** Output shorter than this is treated as the echo of a key and painted immediately. */
const maxEchoBytes = 2048;
/** `afterFirstPaint` calls back after this time even if the child has no output. */
const firstPaintMs = 400;
/** Time to parse the last output of the child before ccp leaves the screen. */
const finishMs = 2_000;
/** Scrollback of the child's pane, in lines. */
const scrollback = 10_000;
/** Rectangle of the meter in a layout without one. */
const placeholderRect: Rect = { x: 0, y: 0, cols: 1, rows: 1 };

export class Screen {
  readonly #outer: OuterTerminal;
  readonly #events: ScreenEvents;
  readonly #capabilities = newHostCapabilities();
  readonly #painter = new Painter();
  readonly #child: Pane;
  readonly #childOutput: SlicedFeed;
  readonly #meter: Pane;
  readonly #mirror: Mirror;
  readonly #writer: FrameWriter;
  readonly #reports: ReportFilter;
  readonly #history: PaneHistory;
  #arrangement: Arrangement;
  #isZoomed = false;
  /** A row over the zoomed pane, in which the meter shows the keys. */
  #keyRow: Rect | undefined;
  #geometry: Geometry;
  readonly overlay: Overlay;
  readonly #capturesMouse: boolean;
  #pty: Pty | undefined;
  readonly #frames: FrameTimer;
  readonly #input: ScreenInput;
  readonly #typed = new TypeAhead((data) => this.#pty?.write(data));
  readonly #start = new StartGate((held) => this.#startPainting(held));
  #hasChildOutput = false;
  #onFirstPaint: (() => void) | undefined;

  constructor({ outer, arrangement, prefix, mouse, events, work }: ScreenOptions) {
    this.#outer = outer;
    this.#capturesMouse = mouse;
    this.#events = events;
    this.#arrangement = arrangement;
    const { cols, rows } = outer.size;
    this.#geometry = geometryOf(arrangement, cols, rows);
    this.#child = new Pane(this.#geometry.pane, { scrollback });
    this.#childOutput = new SlicedFeed(
      (piece) => work.run(() => this.#child.emulator.feed(piece)),
      () => this.#frames.request(),
    );
    this.#meter = new Pane(this.#geometry.meter ?? placeholderRect, inkPane);
    this.overlay = new Overlay(this.#child, this.#meter, {
      changed: () => this.#frames.request(),
      toChild: (text) => this.#pty?.write(text),
      keys: (data) => this.#events.overlayKey(data),
      clicked: (x, y) => this.#events.pointer('overlay', { kind: 'click', x, y }),
      left: () => this.#events.overlayLeft(),
    });
    this.#history = new PaneHistory(this.#child, {
      changed: () => this.#frames.request(),
      left: (copied) => this.#events.historyLeft(copied),
      toOuter: (text) => this.#outer.write(text),
      toChild: (text) => this.#pty?.write(text),
    });
    this.#frames = new FrameTimer(
      () => this.#paint(),
      () => this.#child.emulator.isSynchronising,
    );
    const replies = new EarlyReplies((text) => this.#pty?.write(text));
    const childModes = new ChildTerminalModes(
      this.#child.emulator,
      this.#capabilities,
      (text) => replies.reply(text),
      () => this.#frames.request(),
    );
    this.#mirror = new Mirror(this.#child.emulator, childModes, this.#capabilities);
    this.#writer = new FrameWriter(this.#painter, this.#mirror, childModes);
    this.#reports = new ReportFilter(this.#capabilities, {
      onIdentified: () => this.#start.identified(),
      onEmojiWidth: (width) => this.#child.emulator.setEmojiWidth(width),
      onJoining: () => {
        this.#painter.outerJoins = true;
        for (const { emulator } of [this.#child, this.#meter]) emulator.joinEmoji('joiner');
      },
      onSkinTones: () => {
        for (const { emulator } of [this.#child, this.#meter]) emulator.joinEmoji('skin tone');
      },
    });
    this.#input = this.#listen(prefix);
  }

  get geometry(): Geometry {
    return this.#geometry;
  }

  get size(): { readonly cols: number; readonly rows: number } {
    return this.#outer.size;
  }

  /** Text of the child's pane, one string per row, right-trimmed. */
  get childText(): string[] {
    return this.#child.emulator.text();
  }

  /** Output of the child on its main screen, with colours. */
  get transcript(): string {
    return transcript(this.#child.emulator);
  }

  /** Background of the outer terminal; `dark` if it did not report a colour. */
  get background(): 'light' | 'dark' {
    return isLight(this.#capabilities.colors[11] ?? '') ? 'light' : 'dark';
  }

  /** A sign before the title of the outer terminal; empty for none. */
  set titleSign(sign: string) {
    if (sign === this.#mirror.titleSign) return;
    this.#mirror.titleSign = sign;
    this.#frames.request();
  }

  /** Whether the outer terminal has the focus; `undefined` if it is not known. */
  get isFocused(): boolean | undefined {
    return this.#input.focus(this.#child.emulator.terminal.modes.sendFocusMode);
  }

  /** The name that the outer terminal reports; `undefined` if it does not. */
  get outerName(): string | undefined {
    return this.#capabilities.version;
  }

  /**
   * Enters the outer terminal and queries its capabilities. Painting starts after the response or a timeout.
   * @param starting what is started, shown until the child has output.
   */
  open(starting = ''): void {
    this.#outer.enter();
    this.#input.begin();
    this.#outer.write(startQueries + (starting === '' ? '' : startFrame(starting, this.#geometry.pane)));
    this.#start.begin(starting !== '');
    if (starting !== '') this.#typed.hold();
  }

  close(): void {
    this.#frames.stop();
    this.#onFirstPaint = undefined;
    this.#outer.leave();
  }

  /** Calls back once, after the first output of the child is painted or after a timeout. */
  afterFirstPaint(callback: () => void): void {
    const timer = setTimeout(() => this.#onFirstPaint?.(), firstPaintMs);
    this.#onFirstPaint = () => {
      clearTimeout(timer);
      this.#onFirstPaint = undefined;
      callback();
    };
  }

  attach(pty: Pty): void {
    this.#pty = pty;
    this.#childOutput.attach(pty);
    pty.onData((data) => {
      this.#hasChildOutput = true;
      if (!this.#start.isOpen) return this.#start.hold(data);
      const isParsed = this.#childOutput.push(data);
      const isEcho = isParsed && data.length < maxEchoBytes && this.#frames.awaitsEcho;
      if (isEcho) this.#frames.now();
      else this.#frames.request();
    });
  }

  /** Paints all pending output, before `close`. */
  finish(): void {
    this.#start.open();
    this.#childOutput.flush(finishMs);
    this.#frames.now();
  }

  drawMeter(data: string): void {
    this.#meter.emulator.feed(data);
    this.#frames.request();
  }

  /** Opens the history. @returns false on the alternate screen, which has none. */
  openHistory(): boolean {
    return this.#history.open();
  }

  get arrangement(): Arrangement {
    return this.#arrangement;
  }

  /** Changes the layout. The child is resized only if the size of its pane changes. */
  arrange(arrangement: Arrangement): void {
    this.#arrangement = arrangement;
    this.#isZoomed = false;
    this.#resize();
  }

  /** Shows the pane alone, or restores the layout. */
  toggleZoom(): void {
    this.#isZoomed = !this.#isZoomed;
    this.#resize();
  }

  /** Shows or hides the meter as one row over the zoomed pane. @returns the row; `undefined` if there is none. */
  showKeyRow(isShown: boolean): Rect | undefined {
    if (this.#keyRow) this.#child.invalidateRect(this.#keyRow);
    const { cols, rows } = this.#geometry.pane;
    this.#keyRow = isShown && this.#isZoomed && !this.overlay.pane ? { x: 0, y: rows - 1, cols, rows: 1 } : undefined;
    if (this.#keyRow) this.#meter.place(this.#keyRow);
    this.#frames.request();
    return this.#keyRow;
  }

  /** Leaves the outer terminal until `resume`. */
  suspend(): void {
    this.#frames.stop();
    this.#outer.leave();
  }

  resume(): void {
    this.#frames.start();
    this.#outer.enter();
    this.#mirror.forget();
    this.#resize();
  }

  #listen(prefix: PrefixKey): ScreenInput {
    const meterMouse = new MeterMouse({
      dragBorder: (x, y, isLast) => this.#events.borderDragged(x, y, isLast),
      pointer: (kind, x, y) => this.#events.pointer('meter', { kind, x, y }),
    });
    const target = {
      toChild: (data: Buffer) => this.#typed.write(data),
      command: (key: string) => this.#events.command(key),
      suspend: () => this.#events.suspend(),
      awaiting: (yes: boolean) => this.#events.awaiting(yes),
      pane: this.#child,
      mouse: (report: MouseReport) => meterMouse.handle(report, this.#geometry),
      paneMouse: (report: string) => this.#history.mouse(report),
    };
    const screen = this;
    this.#outer.onResize(() => this.#resize());
    return new ScreenInput(
      this.#outer,
      this.#reports,
      prefix,
      {
        ...target,
        get overlay() {
          if (screen.overlay.pane) return (data: Buffer) => screen.overlay.input(data);
          return screen.#child.view ? (data: Buffer) => screen.#history.keys(data.toString('utf8')) : undefined;
        },
        get childWantsMouse() {
          return screen.#child.emulator.terminal.modes.mouseTrackingMode !== 'none';
        },
      },
      () => this.#frames.keyPressed(),
    );
  }

  #startPainting(held: readonly Uint8Array[]): void {
    for (const data of held) this.#childOutput.push(data);
    this.#frames.start();
    this.#painter.clear();
    this.#frames.request();
  }

  #resize(): void {
    const { cols, rows } = this.#outer.size;
    this.#geometry = geometryOf(this.#arrangement, cols, rows, this.#isZoomed);
    const { pane, meter } = this.#geometry;
    this.#keyRow = undefined;
    this.#history.close();
    this.#child.place(pane);
    if (meter) {
      this.#meter.place(meter);
      this.#meter.emulator.feed('\x1b[2J\x1b[H');
    }
    this.#pty?.resize(pane.cols, pane.rows);
    this.#painter.clear();
    this.#events.resized(this.#geometry);
    this.#frames.request();
  }

  #paint(): void {
    const { overlay } = this;
    const frame = this.#writer.write({
      child: this.#child,
      meter: this.#keyRow || this.#geometry.meter ? this.#meter : undefined,
      keyRow: this.#keyRow,
      overlay: overlay.pane,
      overlayRect: overlay.rect,
      capturesMouse: this.#capturesMouse,
    });
    this.#outer.kittyUsed = this.#capabilities.kittyKeyboard;
    if (frame !== '') this.#outer.write(frame);
    // A program that reads keys itself turns this mode on when it begins to.
    if (this.#typed.isHolding && this.#child.emulator.terminal.modes.bracketedPasteMode) this.#typed.release();
    if (this.#hasChildOutput && this.#onFirstPaint) setImmediate(() => this.#onFirstPaint?.());
  }
}
