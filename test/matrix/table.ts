/** The matrix of the test report: rows are content kinds and faults, columns are upstream profiles. */
import { afterAll, describe, expect, it } from 'vitest';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { ask, startProxy, type TestProxy } from '../support/proxy.ts';
import type { ProfileName } from '../support/responses-rules.ts';
import { type Script, StrictUpstream } from '../support/strict-upstream.ts';

export const profiles = ['codex', 'chatgpt', 'openai'] as const satisfies readonly ProfileName[];

/** One profile with its strict upstream behind the real proxy. */
export class Bench {
  readonly profile: ProfileName;
  readonly upstream: StrictUpstream;
  readonly proxy: TestProxy;

  constructor(profile: ProfileName, upstream: StrictUpstream, proxy: TestProxy) {
    this.profile = profile;
    this.upstream = upstream;
    this.proxy = proxy;
  }

  static async start(profile: ProfileName): Promise<Bench> {
    const upstream = await StrictUpstream.start(() => up.saying('Fine.'), profile);
    const timeouts = { pingIntervalMs: 2_000, headersTimeoutMs: 2_000, idleTimeoutMs: 700 };
    return new Bench(profile, upstream, await startProxy(upstream.url, { timeouts }));
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.upstream.stop();
  }

  get model(): string {
    return this.profile === 'codex' ? 'gpt-5.5' : `${this.profile}/gpt-5.5`;
  }

  /** Sends and judges; the grammar must hold whatever happened. */
  async send(extra: Record<string, unknown> = {}) {
    const { status, text, headers } = await this.proxy.stream(ask({ model: this.model, ...extra }));
    const streamed = (headers.get('content-type') ?? '').includes('event-stream');
    const seen = judge(streamed ? text : '');
    expect(seen.faults).toEqual([]);
    const error = streamed ? seen.error : JSON.parse(text).error;
    return { status, headers, seen, error: error as { type: string; message: string } | undefined };
  }

  /** The newest request the upstream took. */
  get sent(): Record<string, any> {
    return this.upstream.requests.at(-1)!.body;
  }

  get sentText(): string {
    return this.upstream.requests.at(-1)!.text;
  }

  script(script: Script): void {
    this.upstream.script = script;
  }

  get warned(): boolean {
    return this.proxy.events.some((event) => event.type === 'warning');
  }
}

export interface Row {
  readonly name: string;
  /** The word that goes into the table; everything else is asserted inside. */
  run(bench: Bench): Promise<string>;
  /** One word for all columns, or one each. */
  readonly wanted: string | Partial<Record<ProfileName, string>>;
}

/** A test for each cell, and the table itself when all have run. */
export function matrix(title: string, rows: readonly Row[]): void {
  const cells = new Map<string, string>();
  describe(title, () => {
    describe.each(rows)('$name', ({ name, run, wanted }) => {
      it.each(profiles)('%s', async (profile) => {
        const bench = await Bench.start(profile);
        try {
          const outcome = await run(bench);
          cells.set(`${name} ${profile}`, outcome);
          expect(outcome).toBe(typeof wanted === 'string' ? wanted : wanted[profile]);
          expect(bench.upstream.complaints).toEqual([]);
        } finally {
          await bench.stop();
        }
      });
    });
    afterAll(() => {
      const width = Math.max(...rows.map(({ name }) => name.length), title.length) + 2;
      const lines = rows.map(
        ({ name }) =>
          name.padEnd(width) + profiles.map((p) => (cells.get(`${name} ${p}`) ?? 'FAILED').padEnd(26)).join(''),
      );
      process.stdout.write(
        `\n${title.padEnd(width)}${profiles.map((p) => p.padEnd(26)).join('')}\n${lines.join('\n')}\n`,
      );
    });
  });
}
