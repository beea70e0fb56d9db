/** The compositor: the child's pane, the meter and an overlay, painted as one on the outer terminal. */
import { ChildWishes } from './child-wishes.ts';
import { FrameTimer } from './frame-timer.ts';
import { InputRouter, type PrefixKey } from './input.ts';
import { type Geometry, geometryOf, type LayoutName } from './layout.ts';
import { Mirror } from './mirror.ts';
import { newFacts, ReportFilter, startQuestions } from './outer-facts.ts';
import type { OuterTerminal } from './outer-terminal.ts';
import { Painter } from './painter.ts';
import { Pane, type Rect } from './pane.ts';
import type { Pty } from './pty.ts';

/** An echo is short; a flood is not worth a frame of its own. */
const echoBytes = 2048;
/** A terminal that answers nothing is painted on all the same. */
const identifyMs = 60;
const reportEndMs = 50;
const firstPaintMs = 400;
const scrollback = 1_000;
const inkPane = { scrollback: 0, convertEol: true, hidden: 1 };

export interface ScreenEvents {
  /** A key after the prefix. */
  command(key: string): void;
  /** Keys while an overlay is open. */
  overlayKey(data: Buffer): void;
  /** The prefix was pressed and its key is awaited. */
  awaiting(yes: boolean): void;
  /** The size changed; meter and overlay must be drawn anew. */
  resized(geometry: Geometry): void;
  suspend(): void;
}

export interface ScreenOptions {
  readonly outer: OuterTerminal;
  readonly layout: LayoutName;
  readonly prefix: PrefixKey;
  readonly events: ScreenEvents;
}

export class Screen {
  readonly #outer: OuterTerminal;
  readonly #events: ScreenEvents;
  readonly #facts = newFacts();
  readonly #painter = new Painter();
  readonly #child: Pane;
  readonly #meter: Pane;
  readonly #wishes: ChildWishes;
  readonly #mirror: Mirror;
  readonly #reports: ReportFilter;
  #layout: LayoutName;
  #geometry: Geometry;
  #overlay: Pane | undefined;
  #pty: Pty | undefined;
  readonly #frames: FrameTimer;
  #ready = false;
  #childSpoke = false;
  #firstPainted: (() => void) | undefined;

  constructor({ outer, layout, prefix, events }: ScreenOptions) {
    this.#outer = outer;
    this.#events = events;
    this.#layout = layout;
    const { cols, rows } = outer.size;
    this.#geometry = geometryOf(layout, cols, rows);
    this.#child = new Pane(this.#geometry.pane, { scrollback });
    this.#meter = new Pane(this.#geometry.meter, inkPane);
    this.#frames = new FrameTimer(
      () => this.#paint(),
      () => this.#child.emulator.isSynchronising,
    );
    this.#wishes = new ChildWishes(
      this.#child.emulator,
      this.#facts,
      (text) => this.#pty?.write(text),
      () => this.#frames.request(),
    );
    this.#mirror = new Mirror(this.#child.emulator, this.#wishes, this.#facts);
    this.#reports = new ReportFilter(this.#facts, {
      onIdentified: () => this.#identified(),
      onEmojiWidth: (width) => this.#child.emulator.setEmojiWidth(width),
      onJoining: () => {
        this.#painter.outerJoins = true;
      },
    });
    this.#listen(prefix);
  }

  get geometry(): Geometry {
    return this.#geometry;
  }

  get size(): { readonly cols: number; readonly rows: number } {
    return this.#outer.size;
  }

  /** What the child's pane shows. */
  get childText(): string[] {
    return this.#child.emulator.text();
  }

  /** Takes the terminal and asks who it is; painting begins when it has said so. */
  open(): void {
    this.#outer.enter();
    this.#outer.write(startQuestions);
    setTimeout(() => this.#identified(), identifyMs);
  }

  close(): void {
    this.#frames.stop();
    this.#firstPainted = undefined;
    this.#outer.leave();
  }

  /** Calls once the child has been painted, or has taken long to say anything. */
  afterFirstPaint(call: () => void): void {
    const timer = setTimeout(() => this.#firstPainted?.(), firstPaintMs);
    this.#firstPainted = () => {
      clearTimeout(timer);
      this.#firstPainted = undefined;
      call();
    };
  }

  attach(pty: Pty): void {
    this.#pty = pty;
    pty.onData((data) => {
      this.#childSpoke = true;
      this.#child.emulator.feed(data);
      const echo = data.length < echoBytes && this.#frames.awaitsEcho;
      if (echo) this.#frames.now();
      else this.#frames.request();
    });
  }

  /** Paints what is still owed; for the end. */
  finish(): void {
    this.#frames.now();
  }

  drawMeter(data: string): void {
    this.#meter.emulator.feed(data);
    this.#frames.request();
  }

  openOverlay(rect: Rect): void {
    this.closeOverlay();
    this.#overlay = new Pane(rect, inkPane);
    this.#overlay.emulator.feed('\x1b[?25l');
    if (this.#child.emulator.terminal.modes.sendFocusMode) this.#pty?.write('\x1b[O');
    this.#frames.request();
  }

  /** The overlay stands elsewhere now; it will be drawn anew. */
  placeOverlay(rect: Rect): void {
    const overlay = this.#overlay;
    if (!overlay) return;
    // Of the same size it is only moved: Ink does not draw again what did not change.
    const resized = rect.cols !== overlay.cols || rect.rows !== overlay.rows;
    overlay.place(rect);
    if (resized) overlay.emulator.feed('\x1b[2J\x1b[H');
    this.#frames.request();
  }

  drawOverlay(data: string): void {
    this.#overlay?.emulator.feed(data);
    this.#frames.request();
  }

  closeOverlay(): void {
    if (!this.#overlay) return;
    const rect = rectOf(this.#overlay);
    this.#overlay = undefined;
    this.#child.invalidateRect(rect);
    this.#meter.invalidateRect(rect);
    if (this.#child.emulator.terminal.modes.sendFocusMode) this.#pty?.write('\x1b[I');
    this.#frames.request();
  }

  setLayout(layout: LayoutName): void {
    this.#layout = layout;
    this.#resize();
  }

  /** Gives the terminal back for a while. */
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

  #listen(prefix: PrefixKey): void {
    const target = {
      toChild: (data: Buffer) => this.#pty?.write(data),
      command: (key: string) => this.#events.command(key),
      suspend: () => this.#events.suspend(),
      awaiting: (yes: boolean) => this.#events.awaiting(yes),
      pane: this.#child,
    };
    const screen = this;
    const router = new InputRouter(prefix, {
      ...target,
      get overlay() {
        return screen.#overlay ? (data: Buffer) => screen.#events.overlayKey(data) : undefined;
      },
    });
    const keys = (data: Buffer) => {
      if (data.length === 0) return;
      this.#frames.keyPressed();
      router.push(data);
    };
    this.#outer.onData((data) => {
      keys(this.#reports.filter(data));
      if (this.#reports.isHolding) setTimeout(() => keys(this.#reports.release()), reportEndMs);
    });
    this.#outer.onResize(() => this.#resize());
  }

  #identified(): void {
    if (this.#ready) return;
    this.#ready = true;
    this.#frames.start();
    this.#painter.clear();
    this.#frames.request();
  }

  #resize(): void {
    const { cols, rows } = this.#outer.size;
    this.#geometry = geometryOf(this.#layout, cols, rows);
    const { pane, meter } = this.#geometry;
    this.#child.place(pane);
    this.#meter.place(meter);
    this.#meter.emulator.feed('\x1b[2J\x1b[H');
    this.#pty?.resize(pane.cols, pane.rows);
    this.#painter.clear();
    this.#events.resized(this.#geometry);
    this.#frames.request();
  }

  #paint(): void {
    const frame = this.#frame();
    if (frame !== '') this.#outer.write(frame);
    if (this.#childSpoke && this.#firstPainted) setImmediate(() => this.#firstPainted?.());
  }

  #frame(): string {
    const overlay = this.#overlay;
    const covered = overlay && rectOf(overlay);
    this.#painter.paint(this.#child, covered);
    this.#painter.paint(this.#meter, covered);
    if (overlay) this.#painter.paint(overlay, undefined);
    const cells = this.#painter.take();
    const painted = cells !== '';
    const hide = painted && this.#mirror.cursorShown ? '\x1b[?25l' : '';
    const cursor = this.#mirror.cursor(this.#child, overlay !== undefined, painted);
    if (painted) this.#painter.forgetCursor();
    const rest = cursor + this.#mirror.modes(overlay !== undefined) + this.#wishes.takePassThrough();
    this.#outer.kittyUsed = this.#facts.kittyKeyboard;
    return painted ? `\x1b[?2026h${hide}${cells}${rest}\x1b[?2026l` : rest;
  }
}

const rectOf = (pane: Pane): Rect => ({ x: pane.x, y: pane.y, cols: pane.cols, rows: pane.rows });
