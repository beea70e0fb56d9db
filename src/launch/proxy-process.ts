/** Runs the proxy as a supervised child: started with execa, sent its secrets over IPC, restarted when it dies. */
import type { Server } from 'node:net';
import { execa } from 'execa';
import { UserError } from '../errors/user-error.ts';
import type { Clock } from '../ports/clock.ts';
import { slotWindows } from '../routing/table.ts';
import type { SessionEvent } from '../session/events.ts';
import type { FromProxy, ScreenAction, ToProxy } from '../session/ipc.ts';
import { cleanText } from '../wire/clean-text.ts';
import { isObject } from '../wire/json.ts';
import { SessionMemory, type SessionMemoryOptions } from './session-memory.ts';

/** Longer than the proxy waits for a login refresh in progress. */
const stopGraceMs = 17_000;
const maxDeaths = 3;
const deathWindowMs = 60_000;
const startTimeoutMs = 15_000;
const maxStderrLength = 16 * 1024;

export interface ProxyOptions extends SessionMemoryOptions {
  readonly entry: string;
  /** Environment of the proxy, without credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Credential variables, which are sent over IPC: other processes can read the environment of a process. */
  readonly keys: Readonly<Record<string, string>>;
  readonly session: string;
  readonly inBackground: boolean;
  readonly secret: string;
  readonly controlToken: string;
  readonly budgetUsd: number | undefined;
  readonly asksUser: boolean;
  readonly givesTitle: boolean;
  readonly allowMetered: boolean;
  /** The requested port. With `fallback`, a free port is used when it is busy. */
  readonly port: number;
  readonly fallback: boolean;
  readonly clock: Clock;
  readonly onEvents: (events: readonly SessionEvent[]) => void;
  /** Called when the proxy has died and is restarted. */
  readonly onNotice: (message: string) => void;
  /** Called when the proxy has died too often and is not restarted. */
  readonly onLost: (message: string) => void;
}

export class ProxyProcess {
  readonly #options: ProxyOptions;
  readonly #memory: SessionMemory;
  readonly #clientWindows: Readonly<Record<string, number>>;
  #child: ReturnType<typeof spawnServe> | undefined;
  #port: number;
  #url = '';
  #stopping = false;
  #claude: Extract<ToProxy, { type: 'child' }> | undefined;
  #deaths: number[] = [];
  /** Actions of the screen that the proxy has not answered, by id. */
  readonly #actions = new Map<number, (problem: string | undefined) => void>();
  #nextAction = 1;
  /**
   * The listening socket of the first proxy. It is held here and passed to each later one: the port is never free for
   * another program while a dead proxy is replaced, and requests wait instead of failing.
   */
  #socket: HeldSocket | undefined;
  /** The requested port, when it was busy and another is used. */
  movedFrom: number | undefined;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#memory = new SessionMemory(options);
    this.#clientWindows = slotWindows(options.routes);
    this.#port = options.port;
  }

  get url(): string {
    return this.#url;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @throws UserError when it cannot start or listen. */
  async start(): Promise<void> {
    let reply = await this.#spawn();
    if (reply.type === 'listen_failed' && reply.code === 'EADDRINUSE' && this.#options.fallback) {
      this.movedFrom = this.#port;
      this.#port = 0;
      reply = await this.#spawn();
    }
    if (reply.type === 'listen_failed') {
      const remedy = reply.code === 'EADDRINUSE' ? ' Choose another with --port, or let ccp choose: --port 0.' : '';
      const what = reply.code.startsWith('EADDR') || reply.code === 'EACCES' ? `listen on port ${this.#port}` : 'start';
      throw new UserError(`The proxy cannot ${what}: ${reply.message.replace(/\.$/, '')}.${remedy}`);
    }
    this.#url = reply.url;
    this.#port = reply.port;
  }

  /** Sends the proxy the process to end and the terminal to restore if the launcher dies. */
  announceClaude(child: Omit<Extract<ToProxy, { type: 'child' }>, 'type'>): void {
    this.#claude = { type: 'child', ...child };
    this.#send(this.#claude);
  }

  /** Does in the proxy what the user decided on the screen. @throws UserError with the proxy's reason. */
  act(action: ScreenAction): Promise<void> {
    if (!this.#child?.connected)
      return Promise.reject(new UserError('The proxy is being restarted. Try again in a moment.'));
    const id = this.#nextAction++;
    return new Promise((resolve, reject) => {
      this.#actions.set(id, (problem) => (problem === undefined ? resolve() : reject(new UserError(problem))));
      this.#send({ type: 'act', id, action });
    });
  }

  #onActed({ id, problem }: Extract<FromProxy, { type: 'acted' }>): void {
    this.#actions.get(id)?.(problem);
    this.#actions.delete(id);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    this.#send({ type: 'stop' });
    const cancelKill = this.#options.clock.after(stopGraceMs, () => child.kill('SIGKILL'));
    await child.catch(() => undefined);
    cancelKill();
    this.#socket?.close();
  }

  #send(message: ToProxy, socket?: HeldSocket): void {
    // A dying proxy closes its channel first. The message is sent again after the restart.
    if (this.#child?.connected) this.#child.send(message, socket as Server | undefined, {}, () => {});
  }

  /** Spawns the proxy and waits until it listens or fails to. @throws UserError when it exits before that. */
  #spawn(): Promise<Extract<FromProxy, { type: 'listening' | 'listen_failed' }>> {
    const child = spawnServe(this.#options);
    this.#child = child;
    let stderrText = '';
    child.stderr.on('data', (data: Buffer) => {
      stderrText = (stderrText + data.toString('utf8')).slice(-maxStderrLength);
    });
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.#options.clock.after(startTimeoutMs, () => {
        reject(new UserError(`The proxy did not start within ${startTimeoutMs / 1000} s.`));
        child.kill('SIGKILL');
      });
      let listening = false;
      child.on('message', (message: unknown, socket: unknown) => {
        if (!isFromProxy(message)) return;
        if (isHeldSocket(socket)) this.#socket ??= socket;
        if (message.type === 'ready') this.#sendStart();
        else if (message.type === 'events') this.#onEvents(message.events);
        else if (message.type === 'acted') this.#onActed(message);
        else {
          cancelTimeout();
          listening = message.type === 'listening';
          resolve(message);
        }
      });
      void child.then(() => {
        cancelTimeout();
        reject(new UserError(`The proxy exited before it listened: ${errorLine(stderrText)}.`));
        if (listening && this.#child === child) void this.#restart(errorLine(stderrText));
      });
    });
  }

  #sendStart(): void {
    const { session, givesTitle, inBackground, secret, controlToken, budgetUsd, asksUser, allowMetered, keys } =
      this.#options;
    const start = {
      type: 'start',
      port: this.#port,
      session,
      inBackground,
      // A session that goes on has been asked about before.
      givesTitle: givesTitle && this.#memory.known.state === undefined,
      secret,
      controlToken,
      ...this.#memory.known,
      clientWindows: this.#clientWindows,
      budgetUsd,
      asksUser,
      allowMetered,
      keys,
    } as const;
    this.#send(start, this.#socket);
  }

  #onEvents(events: readonly SessionEvent[]): void {
    this.#memory.add(events, this.#options.clock.now());
    this.#options.onEvents(events);
  }

  /** Restarts the proxy on the same port, unless it has died `maxDeaths` times within `deathWindowMs`. */
  async #restart(reason: string): Promise<void> {
    const ended = this.#memory.endOfDeadProxy(this.#options.clock.now());
    if (ended.length > 0) this.#onEvents(ended);
    for (const id of [...this.#actions.keys()])
      this.#onActed({ type: 'acted', id, problem: 'The proxy died before it answered. Try again.' });
    for (let cause = reason; !this.#stopping; ) {
      const now = this.#options.clock.now();
      this.#deaths = [...this.#deaths.filter((at) => now - at < deathWindowMs), now];
      if (this.#deaths.length >= maxDeaths)
        return this.#options.onLost(`The proxy died ${maxDeaths} times in a minute (${cause}). See \`ccp logs\`.`);
      this.#options.onNotice(`The proxy died and was restarted (${cause}).`);
      try {
        const reply = await this.#spawn();
        if (reply.type === 'listening') {
          if (this.#claude) this.#send(this.#claude);
          return;
        }
        // The port belongs to another program now, and Claude Code would send it the session's secret.
        if (reply.code === 'EADDRINUSE')
          return this.#options.onLost(
            `The proxy died (${cause}), and another program has taken its port ${this.#port}. The session is ended, so that nothing is sent to it.`,
          );
        cause = reply.message;
      } catch (thrown) {
        cause = thrown instanceof Error ? thrown.message : String(thrown);
      }
    }
  }
}

const spawnServe = ({ entry, env }: Pick<ProxyOptions, 'entry' | 'env'>) =>
  execa(process.execPath, [entry, 'serve'], {
    env: { ...env, CCP_SUPERVISED: '1' },
    extendEnv: false,
    ipc: true,
    serialization: 'json',
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    // Ctrl+C in the terminal must reach only Claude Code; the launcher stops the proxy.
    detached: true,
    reject: false,
    // Without this, execa would keep all events of the session in memory.
    buffer: false,
  });

/** A handle without an accepting server, as Node passes it between processes. */
interface HeldSocket {
  close(): void;
}

const isHeldSocket = (value: unknown): value is HeldSocket =>
  typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function';

const isFromProxy = (message: unknown): message is FromProxy => isObject(message) && typeof message.type === 'string';

/** Returns the line with the error from a crash's stderr. The last line contains only the version of Node.js. */
const errorLine = (text: string): string => {
  const lines = text.trim().split('\n');
  return cleanText(lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? '', 300) || 'no message';
};
