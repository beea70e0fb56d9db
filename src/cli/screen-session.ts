/** Runs a program in the pane with the meter beside it: Claude Code, or the command of `ccp pane`. */

import type { AppContext } from '../app/context.ts';
import type { RouteClass } from '../routing/classes.ts';
import type { SessionEvent } from '../session/events.ts';
import type { ScreenAction, TerminalRescue } from '../session/ipc.ts';
import { QuestionGuard } from '../session/question-guard.ts';
import { reduce } from '../session/reduce.ts';
import { hasKeyQuestion, type SessionState } from '../session/state.ts';
import type { ModelChoice, OverlayName, UiAction } from '../session/ui.ts';
import { wallOffers } from '../session/wall-offer.ts';
import { storeArrangement } from '../storage/layout-memory.ts';
import { prefixKey } from '../terminal/input.ts';
import {
  type Arrangement,
  centred,
  type Geometry,
  type LayoutName,
  nextLayout,
  resizeBorder,
} from '../terminal/layout.ts';
import { OuterTerminal, terminalRescue } from '../terminal/outer-terminal.ts';
import type { Rect } from '../terminal/pane.ts';
import type { Pty } from '../terminal/pty.ts';
import { Screen } from '../terminal/screen.ts';
import { WorkCounter } from '../terminal/watchdog.ts';
import { endProgram, suspendJob } from './job-control.ts';
import { passSignals } from './pass-signals.ts';
import { arrows, crashText, overlaySizes, printable, wantsColor } from './screen-facts.ts';
import { arrangementFor, type ScreenProgram, startProgram } from './screen-program.ts';
import { UiHost } from './ui-host.ts';

export interface ScreenSessionOptions {
  readonly context: AppContext;
  readonly layout: string | undefined;
  readonly name: string;
  readonly state: SessionState;
  readonly choices: readonly ModelChoice[];
  /** Does in the proxy what the user decided. @throws UserError with the reason why it cannot be done. */
  readonly onAction: (action: ScreenAction) => Promise<void>;
}

const unreadQuestion = 'A question has just appeared in the meter. Read it, then press the key again.';

export class ScreenSession {
  readonly #options: ScreenSessionOptions;
  readonly #outer: OuterTerminal;
  readonly #screen: Screen;
  #rescue: TerminalRescue | undefined;
  readonly #work = new WorkCounter();
  #ui: UiHost | undefined;
  #state: SessionState;
  #pty: Pty | undefined;
  #overlay: OverlayName | undefined;
  #pendingNotices: string[] = [];
  /** The model of the last key at a limit, whose cost a notice has told. */
  #toldOffer: string | undefined;
  readonly #guard = new QuestionGuard();
  /** The layout that is restored from the one-row meter. */
  #previousLayout: LayoutName = 'auto';

  constructor(options: ScreenSessionOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#outer = new OuterTerminal(process.stdin, process.stdout);
    this.#screen = new Screen({
      work: this.#work,
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
        suspend: () => suspendJob(this.#screen, this.#pty),
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
    this.#guard.update(this.#questionText, Date.now());
    this.#ui?.send({ type: 'events', events });
  }

  /** What the user reads: other words under the same id are another question. */
  get #questionText(): string | undefined {
    const { confirmation, fanOut, wall } = this.#state;
    if (confirmation) return confirmation.id;
    if (fanOut) return fanOut.id;
    return wall && [wall.id, ...wallOffers(wall, this.#options.choices).map(({ model }) => model)].join(' ');
  }

  /** Switches the main route back to the model before the last switch. */
  #switchBack(): void {
    const { switches, substitutes, routes } = this.#state;
    const main = routes.find(({ routeClass }) => routeClass === 'main');
    const mainName = main && `${main.upstream}/${main.model}`;
    // What was chosen at a limit is taken back first.
    if (mainName !== undefined && mainName in substitutes) return this.#switch('main', mainName);
    const last = switches.findLast(({ routeClass }) => routeClass === 'main');
    if (last === undefined) return this.notice('Nothing was switched yet.');
    this.#switch('main', last.from);
  }

  /** Bound to keys after the prefix only: text typed to Claude Code must never answer a question. */
  #answer(allow: boolean): void {
    const { confirmation, fanOut, spending, wall } = this.#state;
    if (wall !== undefined && !hasKeyQuestion(this.#state))
      return this.notice(`At the limit: ${this.#prefixLabel} w waits, 1–3 or s choose another model.`);
    if (confirmation !== undefined) return this.#answerConfirmation(confirmation.id, allow);
    if (fanOut !== undefined && !this.#guard.isReadable(Date.now())) return this.notice(unreadQuestion);
    if (fanOut !== undefined)
      return this.#act(
        { do: 'answer fan-out', id: fanOut.id, allow },
        allow ? 'Twice as many are allowed in this session.' : 'The held requests were refused.',
      );
    if ((spending?.budgets ?? []).length === 0)
      return this.notice('There is no question, and this session has no budget.');
    this.#act(
      { do: 'answer budget', allow },
      allow ? 'The budget was raised by the same amount.' : 'New turns are stopped until you allow more.',
    );
  }

  #answerConfirmation(id: string, allow: boolean): void {
    if (allow && !this.#guard.isReadable(Date.now())) return this.notice(unreadQuestion);
    this.#act({ do: 'answer confirmation', id, allow }, allow ? 'Allowed.' : 'Denied.');
  }

  /** @param offer index of the model that takes the requests waiting at a limit; `undefined`: they wait. */
  #answerWall(offer: number | undefined): void {
    const { wall } = this.#state;
    if (wall === undefined) return this.notice('No request waits at a limit.');
    if (hasKeyQuestion(this.#state)) return this.notice('Answer the question in the meter first, with y or n.');
    if (!this.#guard.isReadable(Date.now())) return this.notice(unreadQuestion);
    if (offer === undefined)
      return this.#act({ do: 'answer wall', id: wall.id, model: undefined }, 'It waits. The choice stays open.');
    const chosen = wallOffers(wall, this.#options.choices)[offer];
    if (chosen === undefined) return this.notice(`There is no model ${offer + 1} to choose.`);
    const { model, cost, facts } = chosen;
    // Where the meter has no room for the offers, the key tells what it chooses, and a second one chooses it.
    const isShown = this.#screen.geometry.layout === 'side';
    if (!isShown && this.#toldOffer !== model) {
      this.#toldOffer = model;
      return this.notice(
        `${model}: ${[cost, ...facts].join(', ')}. ${this.#prefixLabel} ${offer + 1} again chooses it.`,
      );
    }
    this.#toldOffer = undefined;
    this.#act({ do: 'answer wall', id: wall.id, model }, `Until the limit is over, requests go to ${model}.`);
  }

  #switch(routeClass: RouteClass, model: string): void {
    this.#act(
      { do: 'switch', routeClass, model },
      `Switched ${routeClass}: new requests go to ${model}.`,
      'Not switched: ',
    );
  }

  #act(action: ScreenAction, done: string, failed = ''): void {
    this.#options.onAction(action).then(
      () => this.notice(done),
      (thrown: unknown) => this.notice(failed + (thrown instanceof Error ? thrown.message : String(thrown))),
    );
  }

  notice(text: string): void {
    if (this.#ui) this.#ui.send({ type: 'notice', text });
    else this.#pendingNotices.push(text);
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
      this.#screen.open();
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
      await this.#ui?.stop();
    }
  }

  #attach(pty: Pty): Promise<number> {
    this.#pty = pty;
    this.#screen.attach(pty);
    return new Promise((resolve) => {
      // The last output of the program may still be queued.
      pty.onExit(({ exitCode, signal }) => setImmediate(() => resolve(signal > 0 ? 128 + signal : exitCode)));
    });
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
    this.#ui = ui;
    this.#work.onBegin = () => ui.watch();
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
    for (const text of this.#pendingNotices.splice(0)) this.#ui?.send({ type: 'notice', text, waits: true });
  }

  /**
   * Claude Code continues without a meter. An open overlay is closed, because it could no longer be drawn or closed.
   */
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
    else if (arrow) this.#arrange(resizeBorder(this.#screen.arrangement, this.#screen.geometry, arrow));
    else if (key !== '\x1b')
      this.notice(
        `There is no key "${printable(key)}" after ${this.#prefixLabel}; ${this.#prefixLabel} ? shows the keys.`,
      );
  }

  readonly #keys: Readonly<Record<string, () => void>> = {
    '?': () => this.#open('help'),
    s: () => {
      // At a limit, the class whose requests wait.
      if (this.#options.choices.length > 0) this.#open('switch', this.#state.wall?.routeClass);
    },
    b: () => this.#switchBack(),
    y: () => this.#answer(true),
    n: () => this.#answer(false),
    w: () => this.#answerWall(undefined),
    '1': () => this.#answerWall(0),
    '2': () => this.#answerWall(1),
    '3': () => this.#answerWall(2),
    d: () => this.#open('details'),
    l: () => this.#arrange({ ...this.#screen.arrangement, layout: nextLayout(this.#screen.geometry.layout) }),
    m: () => this.#toggleMeter(),
    z: () => this.#screen.toggleZoom(),
    '[': () => {
      if (!this.#screen.openHistory()) this.notice('A full-screen program has no scrollback here.');
    },
    q: () => {
      if (this.#state.running.length > 0) this.#open('quit');
      else this.end();
    },
  };

  /** Applies the arrangement and stores it for terminals of this size. */
  #arrange(arrangement: Arrangement | undefined): void {
    if (arrangement === undefined) return this.notice('That border does not move this way; l changes the layout.');
    this.#screen.arrange(arrangement);
    const { cols, rows } = this.#outer.size;
    storeArrangement(this.#options.context.paths.stateDir, cols, rows, arrangement);
  }

  /** Toggles between the one-row meter and the previous layout. */
  #toggleMeter(): void {
    const { arrangement, geometry } = this.#screen;
    if (geometry.layout !== 'off') this.#previousLayout = geometry.layout;
    this.#arrange({ ...arrangement, layout: geometry.layout === 'off' ? this.#previousLayout : 'off' });
  }

  #open(overlay: OverlayName, routeClass: RouteClass = 'main'): void {
    if (!this.#ui) return;
    const rect = this.#overlayRect(overlay);
    this.#overlay = overlay;
    this.#screen.overlay.open(rect);
    this.#ui?.send({ type: 'open', overlay, routeClass, cols: rect.cols, rows: rect.rows });
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

  #actOnUi(action: UiAction): void {
    this.#dismiss();
    if (action.type === 'quit') this.end();
    else if (action.type === 'switch') this.#switch(action.routeClass, action.model);
  }
}
