/** A session with a screen between a plan (codex) and a metered upstream (openai), on a clock whose time can be skipped. */
import { systemClock } from '../../src/platform/clock.ts';
import { defaultRules } from '../../src/routing/decide.ts';
import { fallbackSource } from '../../src/routing/fallback.ts';
import type { WallQuestion } from '../../src/session/events.ts';
import * as up from './events.ts';
import { judge } from './grammar.ts';
import { ask, type ProxyOverrides, startProxy, type TestProxy } from './proxy.ts';
import { type Reply, StrictUpstream } from './strict-upstream.ts';
import { until } from './until.ts';
import { upstreamAt } from './upstreams.ts';

export const limit = (seconds?: number): Reply => ({
  status: 429,
  headers: seconds === undefined ? {} : { 'retry-after': String(seconds) },
  body: '{"error":{"type":"usage_limit_reached","message":"The usage limit has been reached"}}',
});

export class LimitWorld {
  readonly codex: StrictUpstream;
  readonly openai: StrictUpstream;
  #proxy: TestProxy | undefined;
  #skippedMs = 0;
  #timers: { at: number; call: () => void }[] = [];

  private constructor(codex: StrictUpstream, openai: StrictUpstream) {
    this.codex = codex;
    this.openai = openai;
  }

  static async start(): Promise<LimitWorld> {
    const codex = await StrictUpstream.start(() => limit(7_200));
    return new LimitWorld(codex, await StrictUpstream.start(() => up.saying('From openai.'), 'openai'));
  }

  readonly clock = {
    now: () => systemClock.now() + this.#skippedMs,
    elapsed: () => systemClock.elapsed() + this.#skippedMs,
    after: (ms: number, call: () => void) => {
      const timer = { at: this.clock.elapsed() + ms, call };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      };
    },
  };

  get proxy(): TestProxy {
    if (!this.#proxy) throw new Error('the proxy is not started');
    return this.#proxy;
  }

  async open(overrides: ProxyOverrides = {}): Promise<void> {
    this.#proxy = await startProxy(this.codex.url, {
      upstreams: [upstreamAt('codex', this.codex.url), upstreamAt('openai', this.openai.url)],
      rules: { ...defaultRules, sources: [...defaultRules.sources, fallbackSource({})] },
      canAskUser: true,
      clock: this.clock,
      ...overrides,
    });
  }

  async stop(): Promise<void> {
    await this.#proxy?.stop();
    await this.codex.stop();
    await this.openai.stop();
  }

  /** Lets time pass without its timers: they are still set. */
  pass(ms: number): void {
    this.#skippedMs += ms;
  }

  /** Lets time pass, and calls the timers that are due, once each. */
  skip(ms: number): void {
    this.#skippedMs += ms;
    const now = this.clock.elapsed();
    const due = this.#timers.filter(({ at }) => at <= now);
    this.#timers = this.#timers.filter(({ at }) => at > now);
    for (const { call } of due) call();
  }

  /** Skips time in steps until the condition holds. @throws Error after as many steps. */
  async skipUntil(condition: () => boolean, stepMs: number, steps = 400): Promise<void> {
    for (let step = 0; step < steps && !condition(); step += 1) {
      this.skip(stepMs);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(condition);
  }

  /** The text of the answer, or its status and error. */
  async say(words = 'hello', extra: Record<string, unknown> = {}): Promise<string> {
    const { text, status } = await this.proxy.stream(ask({ messages: [{ role: 'user', content: words }], ...extra }));
    if (status !== 200) return `${status} ${text}`;
    if (text.includes('event: error')) return text.slice(text.indexOf('event: error'));
    return judge(text)
      .blocks.map((block) => block.text)
      .join('');
  }

  get question(): WallQuestion | undefined {
    return this.proxy.events.findLast((event) => event.type === 'wall')?.wall;
  }

  /** Waits until so many requests wait at the limit that the meter asks about. */
  asked(waiting = 1): Promise<void> {
    return until(() => this.question?.waiting === waiting);
  }

  /** @param model takes the requests; `undefined`: they wait. */
  answer(model: string | undefined, id = this.question?.id ?? ''): void {
    this.proxy.proxy.act({ do: 'answer wall', id, model });
  }

  switchTo(model: string, routeClass: 'main' | 'fast' = 'main'): void {
    this.proxy.proxy.act({ do: 'switch', routeClass, model });
  }

  get warnings(): string[] {
    return this.proxy.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  }
}
