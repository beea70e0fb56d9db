/** A program in the pane with the meter beside it: for Claude Code, and for any command of `ccp pane`. */

import type { AppContext } from '../app/context.ts';
import type { RouteClass } from '../routing/classes.ts';
import type { SessionEvent } from '../session/events.ts';
import type { TerminalRescue } from '../session/ipc.ts';
import { reduce } from '../session/reduce.ts';
import type { SessionState } from '../session/state.ts';
import type { ModelChoice, OverlayName, UiAction } from '../session/ui.ts';
import { storeArrangement } from '../storage/layout-memory.ts';
import { prefixKey } from '../terminal/input.ts';
import { type Arrangement, centred, type Geometry, type LayoutName, nextLayout, resized } from '../terminal/layout.ts';
import { OuterTerminal, terminalRescue } from '../terminal/outer-terminal.ts';
import type { Rect } from '../terminal/pane.ts';
import type { Pty } from '../terminal/pty.ts';
import { Screen } from '../terminal/screen.ts';
import { passSignals, timeoutMs } from './pass-signals.ts';
import { arrows, overlaySizes, printable, resumeTimeoutMs, wantsColor } from './screen-facts.ts';
import { arrangementFor, type ScreenProgram, startProgram } from './screen-program.ts';
import { UiHost } from './ui-host.ts';

export interface ScreenSessionOptions {
  readonly context: AppContext;
  readonly layout: string | undefined;
  readonly name: string;
  readonly state: SessionState;
  readonly choices: readonly ModelChoice[];
  /** @returns what to tell the user. */
  readonly onSwitch: (routeClass: RouteClass, model: string) => Promise<string>;
  readonly onBudget: (allow: boolean) => Promise<void>;
}

export class ScreenSession {
  readonly #options: ScreenSessionOptions;
  readonly #outer: OuterTerminal;
  readonly #screen: Screen;
  #rescue: TerminalRescue | undefined;
  #ui: UiHost | undefined;
  #state: SessionState;
  #pty: Pty | undefined;
  #overlay: OverlayName | undefined;
  #notices: string[] = [];
  /** The layout to come back to from the one-row meter. */
  #shownBefore: LayoutName = 'auto';

  constructor(options: ScreenSessionOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#outer = new OuterTerminal(process.stdin, process.stdout);
    this.#screen = new Screen({
      outer: this.#outer,
      arrangement: arrangementFor(options.layout, options.context, this.#outer.size),
      mouse: options.context.settings.text('mouse') === 'on',
      prefix: prefixKey(options.context.settings.text('prefix') ?? 'ctrl+\\'),
      events: {
        command: (key) => this.#command(key),
        overlayKey: (data) => this.#ui?.send({ type: 'key', data }),
        overlayLeft: () => this.#dismiss(),
        awaiting: (yes) => this.#ui?.send({ type: 'awaiting', yes }),
        resized: (geometry) => {
          this.#sendMeter(geometry);
          this.#fitOverlay();
        },
        suspend: () => this.#suspend(),
        historyLeft: (copied) => {
          if (copied > 0) this.notice(`copied ${copied} characters`);
        },
      },
    });
  }

  get #prefixLabel(): string {
    return prefixKey(this.#options.context.settings.text('prefix') ?? '').label;
  }

  get state(): SessionState {
    return this.#state;
  }

  get rescue(): TerminalRescue | undefined {
    return this.#rescue;
  }

  get text(): readonly string[] {
    return this.#screen.childText;
  }

  publish(events: readonly SessionEvent[]): void {
    this.#state = events.reduce(reduce, this.#state);
    this.#ui?.send({ type: 'events', events });
  }

  /** To what the main route was before the last switch. */
  #switchBack(): void {
    const last = this.#state.switches.findLast(({ routeClass }) => routeClass === 'main');
    if (last === undefined) return this.notice('Nothing was switched yet.');
    this.#switch('main', last.from);
  }

  /** Behind the prefix only: what is typed to Claude Code must never spend money. */
  #answerBudget(allow: boolean): void {
    if ((this.#state.spending?.budgets ?? []).length === 0) return this.notice('This session has no budget.');
    this.#options.onBudget(allow).then(
      () => this.notice(allow ? 'As much again may be spent.' : 'New turns are stopped until you allow more.'),
      (thrown: unknown) => this.notice(thrown instanceof Error ? thrown.message : String(thrown)),
    );
  }

  #switch(routeClass: RouteClass, model: string): void {
    this.#options.onSwitch(routeClass, model).then(
      (text) => this.notice(text),
      (thrown: unknown) => this.notice(thrown instanceof Error ? thrown.message : String(thrown)),
    );
  }

  notice(text: string): void {
    if (this.#ui) this.#ui.send({ type: 'notice', text });
    else this.#notices.push(text);
  }

  /** Ends the program from outside (the proxy is lost, say). */
  end(): void {
    this.#quit();
  }

  /** @returns the program's exit code, 128+n after signal n. The terminal is restored whatever happens. */
  async run(program: ScreenProgram | Pty, onSpawn: (pid: number) => void): Promise<number> {
    const restore = () => this.#screen.close();
    process.once('exit', restore);
    const crash = (thrown: unknown) => {
      restore();
      const { paths, self } = this.#options.context;
      process.stderr.write(
        `ccp: the screen failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}\nThe log is ${paths.proxyLog}. The conversation is kept: ${self} launch -- -c goes on with it.\n`,
      );
      this.#pty?.kill('SIGHUP');
      process.exit(1);
    };
    process.on('uncaughtException', crash);
    const signals = passSignals((signal) => this.#pty?.kill(signal));
    try {
      // The program starts while the terminal is asked; its shape is read before raw mode: this is what the shell had.
      const exit = this.#attach('pid' in program ? program : startProgram(program, this.#screen.geometry.pane));
      this.#rescue = terminalRescue();
      this.#screen.open();
      onSpawn(this.#pty?.pid ?? 0);
      // The program's first picture comes first; loading Ink would take its time from it.
      this.#screen.afterFirstPaint(() => this.#startUi());
      return await exit;
    } finally {
      this.#screen.finish();
      restore();
      if (this.#options.context.settings.text('transcript') === 'on') process.stdout.write(this.#screen.transcript);
      signals();
      process.off('uncaughtException', crash);
      process.off('exit', restore);
      await this.#ui?.stop();
    }
  }

  #attach(pty: Pty): Promise<number> {
    this.#pty = pty;
    this.#screen.attach(pty);
    return new Promise((resolve) => {
      // What the program printed last may still be on its way.
      pty.onExit(({ exitCode, signal }) => setImmediate(() => resolve(signal > 0 ? 128 + signal : exitCode)));
    });
  }

  #startUi(): void {
    const { context, name, choices } = this.#options;
    const ui = new UiHost(context.entry, {
      drawn: (surface, data) => (surface === 'meter' ? this.#screen.drawMeter(data) : this.#screen.overlay.draw(data)),
      action: (action) => this.#act(action),
      failed: (reason) => this.#uiFailed(reason),
    });
    this.#ui = ui;
    ui.send({
      type: 'start',
      state: this.#state,
      sessionName: name,
      prefixLabel: this.#prefixLabel,
      choices,
      color: wantsColor(context.env),
      background: this.#screen.background,
    });
    this.#sendMeter(this.#screen.geometry);
    if (this.#screen.geometry.forced) this.notice('small terminal: the meter is one row');
    for (const text of this.#notices.splice(0)) this.notice(text);
  }

  /** Claude Code goes on without a meter, and without overlays that nobody would draw or close. */
  #uiFailed(reason: string): void {
    this.#ui = undefined;
    this.#dismiss();
    this.#screen.drawMeter(`\x1b[2J\x1b[Hccp: the meter stopped (${reason})`);
  }

  #sendMeter({ layout, meter }: Geometry): void {
    if (meter) this.#ui?.send({ type: 'meter', layout, cols: meter.cols, rows: meter.rows });
  }

  #command(key: string): void {
    const act = this.#keys[key];
    const arrow = arrows[key];
    if (act) act();
    else if (arrow) this.#arrange(resized(this.#screen.arrangement, this.#screen.geometry, arrow));
    else if (key !== '\x1b')
      this.notice(
        `There is no key "${printable(key)}" after ${this.#prefixLabel}; ${this.#prefixLabel} ? shows the keys.`,
      );
  }

  readonly #keys: Readonly<Record<string, () => void>> = {
    '?': () => this.#open('help'),
    s: () => {
      if (this.#options.choices.length > 0) this.#open('switch');
    },
    b: () => this.#switchBack(),
    y: () => this.#answerBudget(true),
    n: () => this.#answerBudget(false),
    d: () => this.#open('details'),
    l: () => this.#arrange({ ...this.#screen.arrangement, layout: nextLayout(this.#screen.geometry.layout) }),
    m: () => this.#toggleMeter(),
    z: () => this.#screen.toggleZoom(),
    '[': () => {
      if (!this.#screen.openHistory()) this.notice('The program is full screen and keeps its own history.');
    },
    q: () => {
      if (this.#state.running.length > 0) this.#open('quit');
      else this.#quit();
    },
  };

  /** Remembered for terminals of this size. */
  #arrange(arrangement: Arrangement | undefined): void {
    if (arrangement === undefined) return this.notice('That border does not move this way; l changes the layout.');
    this.#screen.arrange(arrangement);
    const { cols, rows } = this.#outer.size;
    storeArrangement(this.#options.context.paths.stateDir, cols, rows, arrangement);
  }

  /** One row, and back to what was before. */
  #toggleMeter(): void {
    const { arrangement, geometry } = this.#screen;
    if (geometry.layout !== 'off') this.#shownBefore = geometry.layout;
    this.#arrange({ ...arrangement, layout: geometry.layout === 'off' ? this.#shownBefore : 'off' });
  }

  #open(overlay: OverlayName): void {
    if (!this.#ui) return;
    const rect = this.#overlayRect(overlay);
    this.#overlay = overlay;
    this.#screen.overlay.open(rect);
    this.#ui?.send({ type: 'open', overlay, cols: rect.cols, rows: rect.rows });
  }

  #overlayRect(overlay: OverlayName): Rect {
    const { cols, rows } = overlaySizes[overlay];
    return centred(cols, rows, this.#screen.size);
  }

  #fitOverlay(): void {
    if (this.#overlay === undefined) return;
    const rect = this.#overlayRect(this.#overlay);
    this.#screen.overlay.place(rect);
    this.#ui?.send({ type: 'fit', cols: rect.cols, rows: rect.rows });
  }

  #dismiss(): void {
    this.#overlay = undefined;
    this.#ui?.send({ type: 'close' });
    this.#screen.overlay.close();
  }

  #act(action: UiAction): void {
    this.#dismiss();
    if (action.type === 'quit') this.#quit();
    else if (action.type === 'switch') this.#switch(action.routeClass, action.model);
  }

  /** Asks in rising tones; Claude Code leaves in order on the first. */
  #quit(): void {
    const pty = this.#pty;
    if (!pty) return;
    pty.kill('SIGINT');
    setTimeout(() => pty.kill('SIGHUP'), timeoutMs).unref();
    setTimeout(() => pty.kill('SIGKILL'), 2 * timeoutMs).unref();
  }

  /** The whole job stops, as the shell expects; when it goes on, everything is drawn anew. */
  #suspend(): void {
    this.#screen.suspend();
    this.#pty?.kill('SIGSTOP');
    let away = true;
    const goOn = () => {
      if (!away) return;
      away = false;
      this.#screen.resume();
      this.#pty?.kill('SIGCONT');
    };
    process.once('SIGCONT', goOn);
    process.kill(0, 'SIGTSTP');
    // Without a shell above that could continue us the kernel ignores the stop.
    setTimeout(goOn, resumeTimeoutMs);
  }
}
