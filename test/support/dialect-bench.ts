/** One chat or Messages host behind the real proxy. */
import { expect } from 'vitest';
import type { CostKind } from '../../src/models/types.ts';
import { buildUpstream } from '../../src/translate/registry/build.ts';
import { upstreamEntries } from '../../src/translate/registry/entries.ts';
import type { UpstreamEntry } from '../../src/translate/registry/entry.ts';
import { httpTransport } from '../../src/upstream/http-transport.ts';
import { type Column, DialectUpstream, type Script } from './dialect-upstream.ts';
import { judge } from './grammar.ts';
import { ask, startProxy, type TestProxy } from './proxy.ts';

export function entryFor(column: Column, url: string, cost?: CostKind): UpstreamEntry {
  const kimi = column.startsWith('kimi');
  const name = column === 'anthropic' ? 'anthropic' : kimi ? 'kimi' : 'custom';
  const dialect = column === 'chat' || column === 'kimi chat' ? 'chat' : 'messages';
  const custom = kimi
    ? { kimi: { dialect } }
    : { custom: { dialect, baseUrl: url, auth: { type: 'bearer', env: 'CUSTOM_KEY' }, cost } };
  const entries = upstreamEntries({
    custom,
    baseUrlOf: (wanted) => (wanted === 'kimi' ? `${url}/coding` : wanted === 'anthropic' ? url : undefined),
    loginToLoopback: false,
    dialectOf: () => undefined,
  });
  const entry = entries.find((one) => one.name === name);
  if (!entry) throw new Error(`no entry for ${column}`);
  return entry;
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
          : 'custom/heron-1';
  }

  static async start(column: Column, cost?: CostKind): Promise<DialectBench> {
    const upstream = await DialectUpstream.start(column);
    const entry = entryFor(column, upstream.url, cost);
    const proxy = await startProxy(upstream.url, {
      timeouts: { pingIntervalMs: 2_000, headersTimeoutMs: 2_000, idleTimeoutMs: 700 },
      upstreams: { [entry.name]: { upstream: buildUpstream(entry), transport: httpTransport('127.0.0.1') } },
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

  /** Sends and judges; the grammar must hold whatever happened. */
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
