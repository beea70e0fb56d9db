/** Runs a program in the pane with the meter beside it: Claude Code, or the command of `ccp pane`. */

import type { AppContext } from '../app/context.ts';
import { AlertWatch, titleSign } from '../session/alerts.ts';
import type { SessionEvent } from '../session/events.ts';
import type { ScreenAction, TerminalRescue } from '../session/ipc.ts';
import { reduce } from '../session/reduce.ts';
import { hasQuestion, type SessionState } from '../session/state.ts';
import type { ModelChoice, ToUi, UiAction } from '../session/ui.ts';
import type { Geometry } from '../terminal/layout.ts';
import { OuterTerminal, terminalRescue } from '../terminal/outer-terminal.ts';
import type { Pty } from '../terminal/pty.ts';
import { Screen } from '../terminal/screen.ts';
import { startLine } from '../terminal/start-line.ts';
import { WorkCounter } from '../terminal/watchdog.ts';
import { endProgram, suspendJob } from './job-control.ts';
import { passSignals } from './pass-signals.ts';
import { Decisions } from './screen-decisions.ts';
import {
  alertFor,
  arrows,
  clipboardSequence,
  crashText,
  prefixOf,
  printable,
  themeOf,
  wantsColor,
} from './screen-facts.ts';
import { screenKeys } from './screen-keys.ts';
import { ScreenLayout } from './screen-layout.ts';
import { type OpenOverlay, ScreenOverlay } from './screen-overlay.ts';
import { arrangementFor, exitCodeOf, type ScreenProgram, startProgram } from './screen-program.ts';
import { ScreenUi } from './screen-ui.ts';
import { UiHost } from './ui-host.ts';
import { ZoomRow } from './zoom-row.ts';

export interface ScreenSessionOptions {
  readonly context: AppContext;
  readonly layout: string | undefined;
  readonly name: string;
  readonly state: SessionState;
  readonly choices: readonly ModelChoice[];
  /** Does in the proxy what the user decided. @throws UserError with the reason why it cannot be done. */
  readonly onAction: (action: ScreenAction) => Promise<void>;
}

export class ScreenSession {
  readonly #options: ScreenSessionOptions;
  readonly #outer: OuterTerminal;
  readonly #screen: Screen;
  #rescue: TerminalRescue | undefined;
  readonly #work = new WorkCounter();
  readonly #ui = new ScreenUi();
  #state: SessionState;
  #pty: Pty | undefined;
  readonly #overlay: ScreenOverlay;
  readonly #decisions: Decisions;
  readonly #alerts = new AlertWatch();
  readonly #layout: ScreenLayout;
  readonly #zoomRow: ZoomRow;
  readonly #keys: Readonly<Record<string, () => void>>;

  constructor(options: ScreenSessionOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#outer = new OuterTerminal(process.stdin, process.stdout);
    this.#decisions = this.#newDecisions();
    this.#screen = new Screen({
      work: this.#work,
      outer: this.#outer,
      arrangement: arrangementFor(options.layout, options.context, this.#outer.size),
      mouse: options.context.settings.text('mouse') === 'on',
      prefix: prefixOf(options.context),
      events: {
        command: (key) => this.#command(key),
        borderDragged: (x, y, isLast) => this.#layout.dragBorder(x, y, isLast),
        pointer: (surface, event) => this.#ui.send({ type: 'pointer', surface, event }),
        overlayKey: (data) => this.#ui.send({ type: 'key', data }),
        overlayLeft: () => this.#dismiss(),
        awaiting: (yes) => this.#awaitKey(yes),
        resized: (geometry) => {
          for (const message of meterMessages(geometry)) this.#ui.send(message);
          this.#overlay.fit();
          this.#zoomRow.reset();
        },
        suspend: () => suspendJob(this.#screen, this.#pty),
        historyLeft: (copied) => {
          if (copied > 0) this.notice(`copied ${copied} characters`);
        },
      },
    });
    this.#layout = new ScreenLayout({
      screen: this.#screen,
      stateDir: options.context.paths.stateDir,
      notice: (text) => this.notice(text),
    });
    this.#zoomRow = this.#newZoomRow();
    this.#keys = this.#newKeys();
    this.#overlay = new ScreenOverlay({ screen: this.#screen, send: (message) => this.#ui.send(message) });
  }

  #newKeys(): Readonly<Record<string, () => void>> {
    const screen = this;
    return screenKeys({
      get state() {
        return screen.#state;
      },
      decisions: this.#decisions,
      layout: this.#layout,
      screen: this.#screen,
      open: (what) => this.#open(what),
      notice: (text) => this.notice(text),
      end: () => this.end(),
    });
  }

  #newZoomRow(): ZoomRow {
    const screen = this;
    return new ZoomRow({
      get hasQuestion() {
        return hasQuestion(screen.#state);
      },
      show: (yes) => this.#screen.showKeyRow(yes),
      placed: ({ cols, rows }) => this.#ui.send({ type: 'meter', layout: 'off', cols, rows }),
    });
  }

  #newDecisions(): Decisions {
    const screen = this;
    return new Decisions({
      get state() {
        return screen.#state;
      },
      get showsOffers() {
        return screen.#screen.geometry.layout === 'side';
      },
      choices: this.#options.choices,
      prefixLabel: this.#prefixLabel,
      notice: (text) => this.notice(text),
      act: this.#options.onAction,
    });
  }

  get #prefixLabel(): string {
    return prefixOf(this.#options.context).label;
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
    for (const event of events) {
      const before = this.#state;
      this.#state = reduce(before, event);
      const alert = this.#alerts.after(event, before, this.#state);
      if (alert !== undefined) this.#outer.write(alertFor(alert, this.#screen, this.#options.context));
    }
    this.#decisions.update();
    this.#zoomRow.update();
    this.#screen.titleSign = titleSign(this.#state);
    this.#ui.send({ type: 'events', events });
  }

  notice(text: string): void {
    if (this.#ui.notice(text)) this.#zoomRow.notice();
  }

  /** Ends the program: on quit, or when the proxy is lost. */
  end(): void {
    if (this.#pty) endProgram(this.#pty);
  }

  /** The terminal is restored in every case. @returns the program's exit code, 128+n after signal n. */
  async run(program: ScreenProgram | Pty, onSpawn: (pid: number) => void): Promise<number> {
    const restore = () => this.#screen.close();
    process.once('exit', restore);
    const onCrash = (thrown: unknown) => {
      restore();
      process.stderr.write(crashText(thrown, this.#options.context));
      this.#pty?.kill('SIGHUP');
      process.exit(1);
    };
    process.on('uncaughtException', onCrash);
    const stopForwarding = passSignals((signal) => this.#pty?.kill(signal));
    try {
      // The program starts while the terminal is queried. The terminal's modes are saved before raw mode, as the shell
      // set them.
      const exit = this.#attach('pid' in program ? program : startProgram(program, this.#screen.geometry.pane));
      this.#rescue = terminalRescue();
      startLine.clear();
      this.#screen.open(startLine.text);
      onSpawn(this.#pty?.pid ?? 0);
      // Ink is loaded after the program's first frame, which it would delay.
      this.#screen.afterFirstPaint(() => this.#startUi());
      return await exit;
    } finally {
      this.#screen.finish();
      restore();
      if (this.#options.context.settings.text('transcript') === 'on') process.stdout.write(this.#screen.transcript);
      stopForwarding();
      process.off('uncaughtException', onCrash);
      process.off('exit', restore);
      await this.#ui.stop();
    }
  }

  #attach(pty: Pty): Promise<number> {
    this.#pty = pty;
    this.#screen.attach(pty);
    return exitCodeOf(pty);
  }

  #startUi(): void {
    const { context, name, choices } = this.#options;
    const ui = new UiHost(
      context.entry,
      { progress: this.#work.shared, rescue: this.#rescue },
      {
        drawn: (surface, data) =>
          surface === 'meter' ? this.#screen.drawMeter(data) : this.#screen.overlay.draw(data),
        action: (action) => this.#actOnUi(action),
        failed: (reason) => this.#uiFailed(reason),
      },
    );
    this.#work.onBegin = () => ui.watch();
    const { geometry, background } = this.#screen;
    if (geometry.forced) this.notice('small terminal: the meter is one row');
    const start = {
      type: 'start',
      state: this.#state,
      sessionName: name,
      prefixLabel: this.#prefixLabel,
      choices,
      color: wantsColor(context.env),
      background,
      theme: themeOf(context),
    } as const;
    this.#ui.start(ui, [start, ...meterMessages(geometry)]);
  }

  /**
   * Claude Code continues without a meter. An open overlay is closed, because it could no longer be drawn or closed.
   */
  #uiFailed(reason: string): void {
    this.#ui.failed();
    this.#dismiss();
    this.#screen.drawMeter(`\x1b[2J\x1b[Hccp: the meter stopped (${reason})`);
  }

  /** The keys are shown in the meter, which a dialog may cover. */
  #awaitKey(yes: boolean): void {
    if (yes && this.#overlay.isOpen) this.#dismiss();
    this.#zoomRow.await(yes);
    this.#ui.send({ type: 'awaiting', yes });
  }

  /** @returns whether the key repeats without the prefix. */
  #command(key: string): boolean {
    const act = this.#keys[key];
    const arrow = arrows[key];
    if (act) act();
    else if (arrow) return this.#layout.moveBorder(arrow);
    else if (key !== '\x1b')
      this.notice(
        `There is no key "${printable(key)}" after ${this.#prefixLabel}; ${this.#prefixLabel} ? shows the keys.`,
      );
    return false;
  }

  #open(what: OpenOverlay): void {
    if (!this.#ui.isRunning) return;
    if (what.overlay === 'switch' && this.#options.choices.length === 0)
      return this.notice('There is no model to switch to.');
    this.#overlay.open(what);
    this.#zoomRow.reset();
  }

  #dismiss(): void {
    this.#overlay.close();
    this.#zoomRow.reset();
  }

  #actOnUi(action: UiAction): void {
    if (action.type === 'copy') {
      this.#outer.write(clipboardSequence(action.text));
      return this.notice(`copied ${action.text}`);
    }
    this.#dismiss();
    if (action.type === 'quit') this.end();
    else if (action.type === 'open') this.#open(action);
    else if (action.type === 'switch') this.#decisions.switchTo(action.routeClass, action.model);
  }
}

const meterMessages = ({ layout, meter }: Geometry): ToUi[] =>
  meter === undefined ? [] : [{ type: 'meter', layout, cols: meter.cols, rows: meter.rows }];
