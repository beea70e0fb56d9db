/** `ccp watch [SESSION]`: the meter of a running session in another terminal; it finds new sessions and reconnects. */
import { type ClientRequest, request } from 'node:http';
import { openWatch } from '../../components/watch/open-watch.tsx';
import type { AppContext } from '../app/context.ts';
import { UserError } from '../errors/user-error.ts';
import type { SessionEvent } from '../session/events.ts';
import { reduce } from '../session/reduce.ts';
import type { SessionState } from '../session/state.ts';
import { SseDecoder } from '../sse/decoder.ts';
import { type Run, readRuns } from '../storage/run-files.ts';
import { isObject, parseJson } from '../wire/json.ts';
import { isState, runNamed } from './runs.ts';

const lookEveryMs = 1_000;
const drawEveryMs = 250;

export async function watch(wanted: string | undefined, context: AppContext): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UserError('ccp watch needs an interactive terminal (stdin and stdout a TTY); `ccp status` does not.');
  const { runDir } = context.paths;
  return new Watcher(() => readRuns(runDir), sessionNamed(wanted, readRuns(runDir)), !context.env.NO_COLOR).run();
}

const sessionNamed = (wanted: string | undefined, runs: readonly Run[]): string | undefined =>
  wanted === undefined ? runs.at(-1)?.session : runNamed(wanted, runs).session;

class Watcher {
  readonly #readRuns: () => Run[];
  readonly #color: boolean;
  #runs: Run[] = [];
  #chosen: string | undefined;
  #state: SessionState | undefined;
  #stream: ClientRequest | undefined;
  #connected = false;
  #drawTimer: NodeJS.Timeout | undefined;
  #view: ReturnType<typeof openWatch> | undefined;
  #quit: (() => void) | undefined;

  constructor(runs: () => Run[], chosen: string | undefined, color: boolean) {
    this.#readRuns = runs;
    this.#chosen = chosen;
    this.#color = color;
  }

  async run(): Promise<number> {
    this.#runs = this.#readRuns();
    this.#view = openWatch(process.stdout, process.stdin, this.#color, this.#props());
    const looking = setInterval(() => this.#look(), lookEveryMs);
    this.#look();
    const ended = new Promise<number>((resolve) => {
      this.#quit = () => resolve(0);
      for (const [signal, code] of [
        ['SIGINT', 130],
        ['SIGTERM', 143],
        ['SIGHUP', 129],
      ] as const)
        process.on(signal, () => resolve(code));
    });
    try {
      return await ended;
    } finally {
      clearInterval(looking);
      clearTimeout(this.#drawTimer);
      this.#stream?.destroy();
      this.#view.close();
    }
  }

  /** Sessions come and go; the chosen one is connected again whenever it can be. */
  #look(): void {
    this.#runs = this.#readRuns();
    this.#chosen ??= this.#runs.at(-1)?.session;
    const run = this.#runs.find(({ session }) => session === this.#chosen);
    if (run && this.#stream === undefined) this.#connect(run);
    // Times on the screen go on while something runs.
    this.#draw();
  }

  #choose(session: string): void {
    if (session === this.#chosen) return;
    this.#chosen = session;
    this.#state = undefined;
    this.#stream?.destroy();
    this.#stream = undefined;
    this.#look();
  }

  #connect({ url, controlToken }: Run): void {
    const call = request(new URL('/ccp/events', url), { headers: { 'x-ccp-secret': controlToken } });
    this.#stream = call;
    const lost = () => {
      if (this.#stream !== call) return;
      this.#stream = undefined;
      this.#connected = false;
      this.#draw();
    };
    call.on('error', lost);
    call.on('response', (answer) => {
      if (answer.statusCode !== 200) return call.destroy();
      const decoder = new SseDecoder((data) => this.#hear(parseJson(data)));
      answer.on('data', (chunk: Buffer) => decoder.push(chunk));
      answer.on('close', lost);
      this.#connected = true;
    });
    call.end();
  }

  #hear(message: unknown): void {
    if (!isObject(message)) return;
    if (message.type === 'state' && isState(message.state)) this.#state = message.state;
    else if (this.#state && isEvent(message)) this.#state = reduce(this.#state, message);
    this.#draw();
  }

  #draw(): void {
    this.#drawTimer ??= setTimeout(() => {
      this.#drawTimer = undefined;
      this.#view?.draw(this.#props());
    }, drawEveryMs);
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
    };
  }
}

const isEvent = (value: unknown): value is SessionEvent =>
  isObject(value) && typeof value.type === 'string' && 'at' in value;
