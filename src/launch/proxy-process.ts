/** The proxy as a supervised child: started with execa, told its secrets over IPC, restarted in place when it dies. */
import { execa } from 'execa';
import { UserError } from '../errors/user-error.ts';
import { findModel } from '../models/find.ts';
import type { ModelRow } from '../models/types.ts';
import type { Clock } from '../ports/clock.ts';
import { type RouteTable, withRoute } from '../routing/table.ts';
import type { SessionEvent } from '../session/events.ts';
import type { FromProxy, ToProxy } from '../session/ipc.ts';
import { isEnded, meteredCost } from '../session/paid.ts';
import { isObject } from '../wire/json.ts';

/** Longer than the proxy waits for a login that is being renewed. */
const stopGraceMs = 17_000;
const maxDeaths = 3;
const deathWindowMs = 60_000;
const startMs = 15_000;
const maxStderrLength = 16 * 1024;

export interface ProxyOptions {
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly session: string;
  readonly secret: string;
  readonly controlToken: string;
  readonly routes: RouteTable;
  readonly budgetUsd: number | undefined;
  readonly asksUser: boolean;
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
  /** Metered, for the session's budget: a restart must not forget it. */
  #spentMicroUsd = 0;
  readonly #running = new Set<string>();
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
      const what =
        answer.code.startsWith('EADDR') || answer.code === 'EACCES' ? `listen on port ${this.#port}` : 'start';
      throw new UserError(`The proxy cannot ${what}: ${answer.message}.${remedy}`);
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

  /** One life of the proxy, up to the moment it listens. @throws UserError when it ends before that. */
  #spawn(): Promise<Extract<FromProxy, { type: 'listening' | 'listen_failed' }>> {
    const child = spawnServe(this.#options);
    this.#child = child;
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said = (said + data.toString('utf8')).slice(-maxStderrLength);
    });
    return new Promise((resolve, reject) => {
      const late = this.#options.clock.after(startMs, () => {
        reject(new UserError(`The proxy did not start within ${startMs / 1000} s.`));
        child.kill('SIGKILL');
      });
      let listening = false;
      child.on('message', (message: unknown) => {
        if (!isFromProxy(message)) return;
        if (message.type === 'ready') this.#start();
        else if (message.type === 'events') this.#events(message.events);
        else {
          late();
          listening = message.type === 'listening';
          resolve(message);
        }
      });
      void child.then(() => {
        late();
        reject(new UserError(`The proxy exited before it listened: ${errorLine(said)}.`));
        if (listening && this.#child === child) void this.#died(errorLine(said));
      });
    });
  }

  #start(): void {
    const { session, secret, controlToken, budgetUsd, asksUser } = this.#options;
    this.#send({
      type: 'start',
      port: this.#port,
      session,
      secret,
      controlToken,
      routes: this.#routes,
      budgetUsd,
      spentMicroUsd: this.#spentMicroUsd,
      asksUser,
    });
  }

  #events(events: readonly SessionEvent[]): void {
    for (const event of events) {
      if (event.type === 'request_started') this.#running.add(event.id);
      else if (isEnded(event)) {
        this.#running.delete(event.id);
        this.#spentMicroUsd += meteredCost(event);
      }
      if (event.type !== 'route_changed') continue;
      // Remembered for a restart: a switch must survive a crash of the proxy.
      const { routeClass, upstream, model } = event.route;
      const target = findModel(`${upstream}/${model}`, this.#options.catalogue, [
        { name: upstream, hasPriorityTier: false },
      ]);
      const { effort } = this.#routes.routes[routeClass] ?? this.#routes.routes.main;
      if (target) this.#routes = withRoute(this.#routes, routeClass, { target, effort });
    }
    this.#options.onEvents(events);
  }

  /** Comes back on the same port, until it has died too often in a minute. */
  async #died(reason: string): Promise<void> {
    this.#endRunning();
    for (let why = reason; !this.#stopping; ) {
      const now = this.#options.clock.now();
      this.#deaths = [...this.#deaths.filter((at) => now - at < deathWindowMs), now];
      if (this.#deaths.length >= maxDeaths)
        return this.#options.onLost(`The proxy died ${maxDeaths} times in a minute (${why}). See \`ccp logs\`.`);
      this.#options.onNotice(`The proxy died and was restarted (${why}).`);
      try {
        const answer = await this.#spawn();
        if (answer.type === 'listening') {
          if (this.#claude) this.#send(this.#claude);
          return;
        }
        why = answer.message;
      } catch (thrown) {
        why = thrown instanceof Error ? thrown.message : String(thrown);
      }
    }
  }

  /** What ran in a proxy that died has ended, and nobody else will say so. */
  #endRunning(): void {
    const at = this.#options.clock.now();
    const health = {
      headersMs: undefined,
      firstTokenMs: undefined,
      durationMs: 0,
      longestSilenceMs: 0,
      pings: 0,
      retries: 0,
      bytes: 0,
    };
    const events = [...this.#running].map(
      (id): SessionEvent => ({
        type: 'failed',
        at,
        id,
        verdict: 'truncated',
        code: 'reset',
        message: 'The proxy died while this request ran.',
        status: 500,
        health,
      }),
    );
    this.#running.clear();
    if (events.length > 0) this.#options.onEvents(events);
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
    // Nothing is kept by execa: events would pile up for the whole session.
    buffer: false,
  });

const isFromProxy = (message: unknown): message is FromProxy => isObject(message) && typeof message.type === 'string';

/** The line of a crash that says what happened; the last one only names the version of Node.js. */
const errorLine = (text: string): string => {
  const lines = text.trim().split('\n');
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? '').trim().slice(0, 300) || 'no message';
};
