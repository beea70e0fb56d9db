/** The thread that draws ccp's UI with Ink. It does not receive Claude Code's output. */
import { parentPort } from 'node:worker_threads';
import type { ReactElement } from 'react';
import { reduce } from '../src/session/reduce.ts';
import {
  type FromUi,
  type MeterLayout,
  noticeMs,
  type OverlayName,
  type PointerEvent,
  type RouteClass,
  type ToUi,
  type UiAction,
} from '../src/session/ui.ts';
import type { LineTarget } from './meter/line.ts';
import { Meter, meterTarget } from './meter/meter.tsx';
import { isResending } from './meter/now.ts';
import type { MeterProps } from './meter/props.ts';
import { sideCols } from './meter/side.tsx';
import { Details } from './overlay/details.tsx';
import { Help } from './overlay/help.tsx';
import { Incidents } from './overlay/incidents.tsx';
import { Quit } from './overlay/quit.tsx';
import { Switch } from './overlay/switch.tsx';
import type { Order } from './request/order.ts';
import { Surface } from './surface.tsx';
import { type Theme, themeFor } from './theme.ts';

/** Minimum time between two meter updates. The tick timer runs only while a request is running. */
const frameMs = 500;
const tickMs = 1_000;
/** Turns that one step of the wheel pages over. */
const turnsPerWheel = 4;

interface OverlayPlace {
  readonly name: OverlayName;
  /** The class that the switch dialog begins with. */
  readonly routeClass: RouteClass;
  /** The request whose details are shown first. */
  readonly request: string | undefined;
  readonly cols: number;
  readonly rows: number;
}

class Ui {
  readonly #start: Extract<ToUi, { type: 'start' }>;
  readonly #post: (message: FromUi) => void;
  readonly #theme: Theme;
  #state;
  #meter: { surface: Surface; layout: MeterLayout; cols: number; rows: number } | undefined;
  #overlay: ({ surface: Surface } & OverlayPlace) | undefined;
  #notice: string | undefined;
  #noticeTimer: NodeJS.Timeout | undefined;
  readonly #waitingNotices: string[] = [];
  #isAwaitingKey = false;
  /** Turns that were paged over in the picture of the session. */
  #turnsBack = 0;
  /** The order of the requests, kept while their list is closed. */
  #order: Order = 'newest';
  #lastFrame = 0;
  #frame: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;

  constructor(start: Extract<ToUi, { type: 'start' }>, post: (message: FromUi) => void) {
    this.#start = start;
    this.#post = post;
    this.#state = start.state;
    this.#theme = themeFor(start.color, start.background, start.theme);
  }

  handle(message: ToUi): void {
    switch (message.type) {
      case 'start':
        return;
      case 'meter':
        return this.#placeMeter(message);
      case 'events':
        this.#state = message.events.reduce(reduce, this.#state);
        return this.#scheduleMeter();
      case 'notice':
        if (message.waits && this.#notice !== undefined) this.#waitingNotices.push(message.text);
        else this.#showNotice(message.text);
        return;
      case 'awaiting':
        this.#isAwaitingKey = message.yes;
        return this.#drawMeter();
      case 'open':
        return this.#openOverlay(message);
      case 'fit':
        return this.#fitOverlay(message);
      case 'close':
        return this.#closeOverlay();
      case 'key':
        return this.#overlay?.surface.type(Buffer.from(message.data).toString('utf8'));
      case 'pointer':
        if (message.surface === 'meter') this.#pointAtMeter(message.event);
        else if (message.event.kind === 'click') this.#overlay?.surface.click(message.event);
    }
  }

  #placeMeter({ layout, cols, rows }: Extract<ToUi, { type: 'meter' }>): void {
    this.#meter?.surface.close();
    const post = (data: string) => this.#post({ type: 'drawn', surface: 'meter', data });
    const view = <Meter {...this.#meterProps(layout, cols, rows)} />;
    this.#meter = { layout, cols, rows, surface: new Surface(cols, rows, post, view) };
  }

  #meterProps(layout: MeterLayout, cols: number, rows: number, now = Date.now()): MeterProps {
    const { sessionName, choices, prefixLabel } = this.#start;
    return {
      state: this.#state,
      sessionName,
      choices,
      prefixLabel,
      layout,
      cols,
      rows,
      now,
      notice: this.#notice,
      awaiting: this.#isAwaitingKey,
      turnsBack: this.#turnsBack,
      theme: this.#theme,
    };
  }

  #pointAtMeter({ kind, y }: PointerEvent): void {
    if (!this.#meter) return;
    const { layout, cols, rows } = this.#meter;
    const target = meterTarget(this.#meterProps(layout, cols, rows), y);
    if (kind !== 'click') {
      if (layout === 'side' && target?.type === 'turns')
        this.#pageTurns(kind === 'wheel-up' ? turnsPerWheel : -turnsPerWheel, sideCols(cols));
      return;
    }
    if (target !== undefined && this.#state.routes.length > 0) this.#openTarget(target);
  }

  #openTarget(target: LineTarget): void {
    const open = (overlay: OverlayName, more: { routeClass?: RouteClass; request?: string } = {}) =>
      this.#post({ type: 'action', action: { type: 'open', overlay, ...more } });
    switch (target.type) {
      case 'switch':
        return open('switch', { routeClass: target.routeClass });
      case 'request':
        return open('details', { request: target.id });
      case 'requests':
      case 'turns':
        return open('details');
      case 'incidents':
        return open('incidents');
    }
  }

  /** @param shown turns that the picture shows at once. */
  #pageTurns(by: number, shown: number): void {
    this.#turnsBack = Math.max(0, Math.min(this.#state.turns.length - shown, this.#turnsBack + by));
    this.#drawMeter();
  }

  /** Redraws immediately if the last frame is old enough, otherwise with the next frame. */
  #scheduleMeter(): void {
    const due = this.#lastFrame + frameMs - Date.now();
    if (due <= 0) this.#drawMeter();
    else this.#frame ??= setTimeout(() => this.#drawMeter(), due);
  }

  #drawMeter(): void {
    clearTimeout(this.#frame);
    this.#frame = undefined;
    const now = Date.now();
    this.#lastFrame = now;
    if (this.#meter) {
      const { surface, layout, cols, rows } = this.#meter;
      surface.draw(<Meter {...this.#meterProps(layout, cols, rows, now)} />);
    }
    if (this.#overlay) this.#overlay.surface.draw(this.#overlayView(this.#overlay));
    clearTimeout(this.#tick);
    const changes = this.#state.running.length > 0 || isResending(this.#state, now);
    this.#tick = changes ? setTimeout(() => this.#drawMeter(), tickMs) : undefined;
  }

  #showNotice(text: string | undefined): void {
    this.#notice = text;
    clearTimeout(this.#noticeTimer);
    if (text !== undefined)
      this.#noticeTimer = setTimeout(() => this.#showNotice(this.#waitingNotices.shift()), noticeMs);
    this.#drawMeter();
  }

  #openOverlay({ overlay: name, routeClass, request, cols, rows }: Extract<ToUi, { type: 'open' }>): void {
    this.#closeOverlay();
    const post = (data: string) => this.#post({ type: 'drawn', surface: 'overlay', data });
    const place = { name, routeClass, request, cols, rows };
    const view = this.#overlayView(place);
    this.#overlay = { ...place, surface: new Surface(cols, rows, post, view) };
  }

  #fitOverlay({ cols, rows }: Extract<ToUi, { type: 'fit' }>): void {
    if (!this.#overlay) return;
    this.#overlay = { ...this.#overlay, cols, rows };
    this.#overlay.surface.draw(this.#overlayView(this.#overlay));
    this.#overlay.surface.output.resize(cols, rows);
  }

  #closeOverlay(): void {
    this.#overlay?.surface.close();
    this.#overlay = undefined;
  }

  #overlayView({ name, routeClass, request, cols, rows }: OverlayPlace): ReactElement {
    const act = (action: UiAction) => this.#post({ type: 'action', action });
    const common = { cols, rows, theme: this.#theme, onDismiss: () => act({ type: 'dismiss' }) };
    if (name === 'help') return <Help {...common} prefixLabel={this.#start.prefixLabel} />;
    if (name === 'incidents') return <Incidents {...common} state={this.#state} />;
    if (name === 'details')
      return (
        <Details
          {...common}
          state={this.#state}
          request={request}
          now={Date.now()}
          order={this.#order}
          onOrder={(order) => {
            this.#order = order;
          }}
          onCopy={(text) => act({ type: 'copy', text })}
        />
      );
    if (name === 'quit')
      return <Quit {...common} running={this.#state.running.length} onQuit={() => act({ type: 'quit' })} />;
    return (
      <Switch
        {...common}
        state={this.#state}
        choices={this.#start.choices}
        routeClass={routeClass}
        onSwitch={(routeClass, model) => act({ type: 'switch', routeClass, model })}
      />
    );
  }
}

if (parentPort) {
  const port = parentPort;
  let ui: Ui | undefined;
  port.on('message', (message: ToUi) => {
    if (message.type === 'start') ui = new Ui(message, (reply) => port.postMessage(reply));
    else ui?.handle(message);
  });
  port.postMessage({ type: 'ready' } satisfies FromUi);
}
