/** The proxy as a supervised child: started with execa, told its secrets over IPC, restarted in place when it dies. */
import { execa } from 'execa';
import { UserError } from '../errors/user-error.ts';
import { findModel } from '../models/find.ts';
import type { ModelRow } from '../models/types.ts';
import type { Clock } from '../ports/clock.ts';
import { type RouteTable, withRoute } from '../routing/table.ts';
import type { SessionEvent } from '../session/events.ts';
import type { FromProxy, ToProxy } from '../session/ipc.ts';
import { isObject } from '../wire/json.ts';

const stopGraceMs = 6_500;
const deathsAllowed = 3;
const deathWindowMs = 60_000;

export interface ProxyOptions {
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly session: string;
  readonly secret: string;
  readonly controlToken: string;
  readonly routes: RouteTable;
  readonly catalogue: readonly ModelRow[];
  /** The wanted port; `fallback` takes a free one when it is busy. */
  readonly port: number;
  readonly fallback: boolean;
  readonly clock: Clock;
  readonly onEvents: (events: readonly SessionEvent[]) => void;
  /** A death that was mended, or in the end was not. */
  readonly onNotice: (message: string) => void;
  readonly onLost: (message: string) => void;
}

export class ProxyProcess {
  readonly #options: ProxyOptions;
  #routes: RouteTable;
  #child: ReturnType<typeof spawnServe> | undefined;
  #port: number;
  #url = '';
  #stopping = false;
  #claude: Extract<ToProxy, { type: 'child' }> | undefined;
  #deaths: number[] = [];
  /** The wanted port was busy and another was taken. */
  movedFrom: number | undefined;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#routes = options.routes;
    this.#port = options.port;
  }

  get url(): string {
    return this.#url;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @throws UserError when it cannot listen. */
  async start(): Promise<void> {
    let answer = await this.#spawn();
    if (answer.type === 'listen_failed' && answer.code === 'EADDRINUSE' && this.#options.fallback) {
      this.movedFrom = this.#port;
      this.#port = 0;
      answer = await this.#spawn();
    }
    if (answer.type === 'listen_failed') {
      const remedy = answer.code === 'EADDRINUSE' ? ' Choose another with --port, or let ccp choose: --port 0.' : '';
      throw new UserError(`The proxy cannot listen on port ${this.#port}: ${answer.message}.${remedy}`);
    }
    this.#url = answer.url;
    this.#port = answer.port;
  }

  /** Tells the proxy whom to end, and which terminal to restore, should the launcher die. */
  announceClaude(child: Omit<Extract<ToProxy, { type: 'child' }>, 'type'>): void {
    this.#claude = { type: 'child', ...child };
    this.#send(this.#claude);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    this.#send({ type: 'stop' });
    const kill = this.#options.clock.after(stopGraceMs, () => child.kill('SIGKILL'));
    await child.catch(() => undefined);
    kill();
  }

  #send(message: ToProxy): void {
    // A proxy that is just dying closes its channel first; the restart tells it again.
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  #spawn(): Promise<Extract<FromProxy, { type: 'listening' | 'listen_failed' }>> {
    const child = spawnServe(this.#options);
    this.#child = child;
    return new Promise((resolve, reject) => {
      child.on('message', (message: unknown) => {
        if (!isFromProxy(message)) return;
        if (message.type === 'ready') this.#start();
        else if (message.type === 'events') this.#events(message.events);
        else resolve(message);
      });
      void child.then((result) => {
        reject(new UserError(`The proxy ended before it listened: ${lastLine(String(result.stderr ?? ''))}`));
        if (this.#child === child) this.#died(String(result.stderr ?? ''));
      });
    });
  }

  #start(): void {
    const { session, secret, controlToken } = this.#options;
    this.#send({ type: 'start', port: this.#port, session, secret, controlToken, routes: this.#routes });
  }

  #events(events: readonly SessionEvent[]): void {
    for (const event of events) {
      if (event.type !== 'route_changed') continue;
      // Remembered for a restart: a switch must survive a crash of the proxy.
      const { routeClass, upstream, model } = event.route;
      const target = findModel(`${upstream}/${model}`, this.#options.catalogue, [upstream]);
      if (target) this.#routes = withRoute(this.#routes, routeClass, { target, effort: undefined });
    }
    this.#options.onEvents(events);
  }

  #died(stderr: string): void {
    if (this.#stopping || this.#url === '') return;
    const now = this.#options.clock.now();
    this.#deaths = [...this.#deaths.filter((at) => now - at < deathWindowMs), now];
    const reason = lastLine(stderr);
    if (this.#deaths.length >= deathsAllowed) {
      this.#options.onLost(`The proxy died ${deathsAllowed} times in a minute (${reason}). See \`ccp logs\`.`);
      return;
    }
    this.#options.onNotice(`The proxy died and was restarted (${reason}).`);
    this.#spawn()
      .then((answer) => {
        if (answer.type === 'listen_failed')
          return this.#options.onLost(`The proxy cannot come back: ${answer.message}.`);
        if (this.#claude) this.#send(this.#claude);
      })
      .catch((thrown: unknown) => this.#options.onLost(thrown instanceof Error ? thrown.message : String(thrown)));
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
    // Ctrl+C in the terminal is for Claude Code; the launcher ends the proxy.
    detached: true,
    reject: false,
    maxBuffer: { stderr: 64 * 1024 },
  });

const isFromProxy = (message: unknown): message is FromProxy => isObject(message) && typeof message.type === 'string';

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 300) || 'no message';
