/** One scripted host behind the real proxy. */
import { expect } from 'vitest';
import type { CostKind } from '../../src/models/types.ts';
import type { Upstream } from '../../src/upstreams/upstream.ts';
import { type Column, DialectUpstream, type Script } from './dialect-upstream.ts';
import { judge } from './grammar.ts';
import { timeoutsFor } from './matrix.ts';
import { ask, startProxy, type TestProxy } from './proxy.ts';
import { upstreamAt, upstreamNamed } from './upstreams.ts';

function upstreamFor(column: Column, url: string, cost?: CostKind): Upstream {
  if (column === 'anthropic' || column === 'gemini') return upstreamAt(column, url);
  const dialect = column === 'chat' || column === 'kimi chat' ? 'chat' : 'messages';
  if (column.startsWith('kimi')) return upstreamAt('kimi', `${url}/coding`, { own: { kimi: { dialect } } });
  const auth = { type: 'bearer', env: 'CUSTOM_KEY' };
  return upstreamNamed('custom', { custom: { custom: { dialect, baseUrl: url, auth, cost } } });
}

export class DialectBench {
  readonly column: Column;
  readonly upstream: DialectUpstream;
  readonly proxy: TestProxy;
  readonly model: string;

  private constructor(column: Column, upstream: DialectUpstream, proxy: TestProxy) {
    this.column = column;
    this.upstream = upstream;
    this.proxy = proxy;
    this.model =
      column === 'anthropic'
        ? 'anthropic/claude-opus-5-5'
        : column.startsWith('kimi')
          ? 'kimi-for-coding'
          : column === 'gemini'
            ? 'gemini/gemini-3.8-flash'
            : 'custom/heron-1';
  }

  static async start(
    column: Column,
    { cost, isSilent }: { cost?: CostKind; isSilent?: boolean | undefined } = {},
  ): Promise<DialectBench> {
    const upstream = await DialectUpstream.start(column);
    const proxy = await startProxy(upstream.url, {
      timeouts: timeoutsFor(isSilent),
      upstreams: [upstreamFor(column, upstream.url, cost)],
      credentials: {
        settled: async () => {},
        renew: async () => undefined,
        get: async () => ({ kind: 'api-key', token: 'fake-test-key', accountId: undefined, origin: 'stored' }),
      },
    });
    return new DialectBench(column, upstream, proxy);
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.upstream.stop();
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
