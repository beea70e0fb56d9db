/** The matrix of the test report: rows are content kinds and faults, columns are upstream profiles. */
import { expect } from 'vitest';
import * as up from '../support/events.ts';
import { judge } from '../support/grammar.ts';
import { type Row as MatrixRow, matrixOf, timeoutsFor } from '../support/matrix.ts';
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

  static async start(profile: ProfileName, isSilent?: boolean): Promise<Bench> {
    const upstream = await StrictUpstream.start(() => up.saying('Fine.'), profile);
    return new Bench(profile, upstream, await startProxy(upstream.url, { timeouts: timeoutsFor(isSilent) }));
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.upstream.stop();
  }

  get model(): string {
    return this.profile === 'codex' ? 'gpt-5.5' : `${this.profile}/gpt-5.5`;
  }

  /** Sends a request and checks the grammar of the response, which must be valid in every case. */
  async send(extra: Record<string, unknown> = {}) {
    const { status, text, headers } = await this.proxy.stream(ask({ model: this.model, ...extra }));
    const streamed = (headers.get('content-type') ?? '').includes('event-stream');
    const seen = judge(streamed ? text : '');
    expect(seen.faults).toEqual([]);
    const error = streamed ? seen.error : JSON.parse(text).error;
    return { status, headers, seen, error: error as { type: string; message: string } | undefined };
  }

  /** The body of the last request that the upstream accepted. */
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

export type Row = MatrixRow<ProfileName, Bench>;

export const matrix = matrixOf<ProfileName, Bench>(profiles, Bench.start);
