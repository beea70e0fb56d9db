/** The compositor: the child's pane, the meter and an overlay, painted as one on the outer terminal. */
import { ChildTerminalModes } from './child-terminal-modes.ts';
import { FrameTimer } from './frame-timer.ts';
import { isLight, newFacts, ReportFilter, startQuestions } from './host-capabilities.ts';
import { InputRouter, type PrefixKey } from './input.ts';
import { type Arrangement, type Geometry, geometryOf } from './layout.ts';
import { Mirror } from './mirror.ts';
import type { OuterTerminal } from './outer-terminal.ts';
import { inkPane, Overlay } from './overlay.ts';
import { Painter } from './painter.ts';
import { Pane, type Rect } from './pane.ts';
import { PaneHistory } from './pane-history.ts';
import type { Pty } from './pty.ts';
import type { ScreenEvents, ScreenOptions } from './screen-events.ts';
import { transcript } from './transcript.ts';

/** An echo is short; a flood is not worth a frame of its own. */
const echoBytes = 2048;
/** A frame this short needs no wrapping. */
const echoFrame = 16;
/** A terminal that answers nothing is painted on all the same. */
const identifyMs = 200;
const reportEndMs = 50;
const firstPaintMs = 400;
/** Lines of history. */
const scrollback = 10_000;
/** A place for the meter while it has none. */
const nowhere: Rect = { x: 0, y: 0, cols: 1, rows: 1 };

export class Screen {
  readonly #outer: OuterTerminal;
  readonly #events: ScreenEvents;
  readonly #facts = newFacts();
  readonly #painter = new Painter();
  readonly #child: Pane;
  readonly #meter: Pane;
  readonly #childModes: ChildTerminalModes;
  readonly #mirror: Mirror;
  readonly #reports: ReportFilter;
  readonly #history: PaneHistory;
  #arrangement: Arrangement;
  #zoomed = false;
  #geometry: Geometry;
  readonly overlay: Overlay;
  readonly #ownMouse: boolean;
  #pty: Pty | undefined;
  readonly #frames: FrameTimer;
  #ready = false;
  #childSpoke = false;
  /** The child's bytes from before the outer terminal had answered. */
  readonly #early: Uint8Array[] = [];
  #firstPainted: (() => void) | undefined;

  constructor({ outer, arrangement, prefix, mouse, events }: ScreenOptions) {
    this.#outer = outer;
    this.#ownMouse = mouse;
    this.#events = events;
    this.#arrangement = arrangement;
    const { cols, rows } = outer.size;
    this.#geometry = geometryOf(arrangement, cols, rows);
    this.#child = new Pane(this.#geometry.pane, { scrollback });
    this.#meter = new Pane(this.#geometry.meter ?? nowhere, inkPane);
    this.overlay = new Overlay(this.#child, this.#meter, {
      changed: () => this.#frames.request(),
      toChild: (text) => this.#pty?.write(text),
      keys: (data) => this.#events.overlayKey(data),
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
    this.#childModes = new ChildTerminalModes(
      this.#child.emulator,
      this.#facts,
      (text) => this.#pty?.write(text),
      () => this.#frames.request(),
    );
    this.#mirror = new Mirror(this.#child.emulator, this.#childModes, this.#facts);
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

  /** Everything the child printed on its main screen. */
  get transcript(): string {
    return transcript(this.#child.emulator);
  }

  /** How the terminal's background looks, as far as it said. */
  get background(): 'light' | 'dark' {
    return isLight(this.#facts.colors[11] ?? '') ? 'light' : 'dark';
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
      // What it asks is answered with what the outer terminal said, and that is still to come.
      if (!this.#ready) return void this.#early.push(data);
      this.#child.emulator.feed(data);
      const echo = data.length < echoBytes && this.#frames.awaitsEcho;
      if (echo) this.#frames.now();
      else this.#frames.request();
    });
  }

  /** Paints what is still owed; for the end. */
  finish(): void {
    this.#identified();
    this.#frames.now();
  }

  drawMeter(data: string): void {
    this.#meter.emulator.feed(data);
    this.#frames.request();
  }

  /** @returns false where there is none: a full-screen program keeps its own. */
  openHistory(): boolean {
    return this.#history.open();
  }

  get arrangement(): Arrangement {
    return this.#arrangement;
  }

  /** The child gets another size only when the pane does. */
  arrange(arrangement: Arrangement): void {
    this.#arrangement = arrangement;
    this.#zoomed = false;
    this.#resize();
  }

  /** The pane alone, and back. */
  toggleZoom(): void {
    this.#zoomed = !this.#zoomed;
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
      paneMouse: (report: string) => this.#history.mouse(report),
    };
    const screen = this;
    const router = new InputRouter(prefix, {
      ...target,
      get overlay() {
        if (screen.overlay.pane) return (data: Buffer) => screen.overlay.input(data);
        return screen.#child.view ? (data: Buffer) => screen.#history.keys(data.toString('utf8')) : undefined;
      },
      get childWantsMouse() {
        return screen.#child.emulator.terminal.modes.mouseTrackingMode !== 'none';
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
    for (const data of this.#early.splice(0)) this.#child.emulator.feed(data);
    this.#frames.start();
    this.#painter.clear();
    this.#frames.request();
  }

  #resize(): void {
    const { cols, rows } = this.#outer.size;
    this.#geometry = geometryOf(this.#arrangement, cols, rows, this.#zoomed);
    const { pane, meter } = this.#geometry;
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
    const frame = this.#frame();
    if (frame !== '') this.#outer.write(frame);
    if (this.#childSpoke && this.#firstPainted) setImmediate(() => this.#firstPainted?.());
  }

  #frame(): string {
    const overlay = this.overlay.pane;
    const covered = this.overlay.rect;
    this.#painter.paint(this.#child, covered);
    if (this.#geometry.meter) this.#painter.paint(this.#meter, covered);
    if (overlay) this.#painter.paint(overlay, undefined);
    const cells = this.#painter.take();
    const painted = cells !== '';
    // An echo is shown in one piece anyhow.
    const whole = cells.length > echoFrame;
    const hid = whole && this.#mirror.cursorShown;
    const ours = overlay !== undefined || this.#child.view !== undefined;
    const cursor = this.#mirror.cursor(this.#child, ours, { at: this.#painter.cursor, hid });
    this.#painter.cursor = this.#mirror.cursorAt;
    const rest = cursor + this.#mirror.modes(ours, this.#ownMouse || ours) + this.#childModes.takePassThrough();
    this.#outer.kittyUsed = this.#facts.kittyKeyboard;
    if (!painted || !whole) return cells + rest;
    return `\x1b[?2026h${hid ? '\x1b[?25l' : ''}${cells}${rest}\x1b[?2026l`;
  }
}
