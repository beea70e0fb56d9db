/** `ccp watch [SESSION]`: shows a running session's meter in another terminal. Detects new sessions and reconnects. */
import { type ClientRequest, request } from 'node:http';
import { openWatch } from '../../components/watch/open-watch.tsx';
import type { AppContext } from '../app/context.ts';
import { completeState } from '../session/complete-state.ts';
import type { SessionEvent } from '../session/events.ts';
import { reduce } from '../session/reduce.ts';
import type { SessionState } from '../session/state.ts';
import type { ThemeName } from '../session/theme-names.ts';
import { SseDecoder } from '../sse/decoder.ts';
import { type Run, readRuns } from '../storage/run-files.ts';
import { isObject, parseJson } from '../wire/json.ts';
import { requireScreen } from './opens-screen.ts';
import { isState, runNamed } from './runs.ts';
import { clipboardSequence, themeOf, wantsColor } from './screen-facts.ts';

const pollIntervalMs = 1_000;
const drawIntervalMs = 250;

export async function watch(requestedName: string | undefined, context: AppContext): Promise<number> {
  requireScreen('ccp watch', context.env, '; `ccp status` does not');
  const { runDir } = context.paths;
  return new Watcher(() => readRuns(runDir), sessionNamed(requestedName, readRuns(runDir)), {
    color: wantsColor(context.env),
    theme: themeOf(context),
  }).run();
}

const sessionNamed = (requestedName: string | undefined, runs: readonly Run[]): string | undefined =>
  requestedName === undefined ? runs.at(-1)?.session : runNamed(requestedName, runs).session;

class Watcher {
  readonly #readRuns: () => Run[];
  readonly #look: { readonly color: boolean; readonly theme: ThemeName };
  #runs: Run[] = [];
  #chosen: string | undefined;
  #state: SessionState | undefined;
  #stream: ClientRequest | undefined;
  #connected = false;
  #drawTimer: NodeJS.Timeout | undefined;
  #view: ReturnType<typeof openWatch> | undefined;
  #quit: (() => void) | undefined;

  constructor(
    runs: () => Run[],
    chosen: string | undefined,
    look: { readonly color: boolean; readonly theme: ThemeName },
  ) {
    this.#readRuns = runs;
    this.#chosen = chosen;
    this.#look = look;
  }

  async run(): Promise<number> {
    this.#runs = this.#readRuns();
    this.#view = openWatch(process.stdout, process.stdin, this.#look, this.#props());
    const pollTimer = setInterval(() => this.#poll(), pollIntervalMs);
    this.#poll();
    const exitCode = new Promise<number>((resolve) => {
      this.#quit = () => resolve(0);
      for (const [signal, code] of [
        ['SIGINT', 130],
        ['SIGTERM', 143],
        ['SIGHUP', 129],
      ] as const)
        process.on(signal, () => resolve(code));
    });
    try {
      return await exitCode;
    } finally {
      clearInterval(pollTimer);
      clearTimeout(this.#drawTimer);
      this.#stream?.destroy();
      this.#view.close();
    }
  }

  /** Reads the running sessions, and reconnects to the chosen one when it is not connected. */
  #poll(): void {
    this.#runs = this.#readRuns();
    this.#chosen ??= this.#runs.at(-1)?.session;
    const run = this.#runs.find(({ session }) => session === this.#chosen);
    if (run && this.#stream === undefined) this.#connect(run);
    // Elapsed times on the screen change while a request runs.
    this.#draw();
  }

  #choose(session: string): void {
    if (session === this.#chosen) return;
    this.#chosen = session;
    this.#state = undefined;
    this.#stream?.destroy();
    this.#stream = undefined;
    this.#poll();
  }

  #connect({ url, controlToken }: Run): void {
    const call = request(new URL('/ccp/events', url), { headers: { 'x-ccp-secret': controlToken } });
    this.#stream = call;
    const onClose = () => {
      if (this.#stream !== call) return;
      this.#stream = undefined;
      this.#connected = false;
      this.#draw();
    };
    call.on('error', onClose);
    call.on('response', (response) => {
      if (response.statusCode !== 200) return call.destroy();
      const decoder = new SseDecoder((data) => this.#onMessage(parseJson(data)));
      response.on('data', (chunk: Buffer) => decoder.push(chunk));
      response.on('close', onClose);
      this.#connected = true;
    });
    call.end();
  }

  #onMessage(message: unknown): void {
    if (!isObject(message)) return;
    if (message.type === 'state' && isState(message.state)) this.#state = completeState(message.state);
    else if (this.#state && isEvent(message)) this.#state = reduce(this.#state, message);
    this.#draw();
  }

  #draw(): void {
    this.#drawTimer ??= setTimeout(() => {
      this.#drawTimer = undefined;
      this.#view?.draw(this.#props());
    }, drawIntervalMs);
  }

  #props() {
    return {
      sessions: this.#runs.map(({ session, kind, url }) => ({ name: session, kind, url })),
      chosen: this.#chosen,
      state: this.#state,
      connected: this.#connected,
      now: Date.now(),
      onChoose: (session: string) => this.#choose(session),
      onQuit: () => this.#quit?.(),
      onCopy: (text: string) => process.stdout.write(clipboardSequence(text)),
    };
  }
}

const isEvent = (value: unknown): value is SessionEvent =>
  isObject(value) && typeof value.type === 'string' && 'at' in value;
