/** The real proxy on a real socket, in this process, against a scripted upstream. */
import { remedyWords } from '../../src/errors/remedies.ts';
import type { LedgerEntry } from '../../src/ledger/entry.ts';
import { bundledModels } from '../../src/models/catalogue.ts';
import type { ModelRow } from '../../src/models/types.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLog } from '../../src/platform/log.ts';
import { sha256, systemRandomness } from '../../src/platform/randomness.ts';
import type { CredentialSource } from '../../src/ports/credential.ts';
import type { Transport } from '../../src/ports/transport.ts';
import type { SharedWalls } from '../../src/ports/walls.ts';
import type { ProxyDeps } from '../../src/proxy/deps.ts';
import { createProxy, type ProxyServer } from '../../src/proxy/server.ts';
import { type DecisionRules, defaultRules } from '../../src/routing/decide.ts';
import type { RouteTable } from '../../src/routing/table.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { roughTokens } from '../../src/translate/anthropic/count.ts';
import { httpTransport } from '../../src/upstream/http-transport.ts';
import type { Upstream } from '../../src/upstreams/upstream.ts';
import { memoryWalls } from './memory-walls.ts';
import { sampleSums } from './samples.ts';
import { upstreamsAt } from './upstreams.ts';

export const testSecret = 'ccp-test-secret-of-no-value-000000000000000';
export const testControl = 'ccp-test-control-of-no-value-00000000000000';

const find = (id: string) => bundledModels.find((row) => row.id === id);

export const testRoutes = (): RouteTable => ({
  routes: {
    main: { target: { upstream: 'codex', model: 'gpt-5.5', row: find('gpt-5.5') }, effort: undefined },
    fast: { target: { upstream: 'codex', model: 'gpt-6-luna', row: find('gpt-6-luna') }, effort: undefined },
  },
  slots: { 'gpt-5.5': 'main', 'gpt-6-luna': 'fast' },
});

export interface TestProxy {
  readonly url: string;
  readonly proxy: ProxyServer;
  readonly events: SessionEvent[];
  readonly ledger: LedgerEntry[];
  post(
    body: unknown,
    options?: { headers?: Record<string, string>; signal?: AbortSignal; path?: string },
  ): Promise<Response>;
  /** @returns the body of a streamed response, including the part before a broken connection. */
  stream(body: Record<string, unknown>): Promise<{ status: number; text: string; headers: Headers; broken: boolean }>;
  stop(): Promise<void>;
}

/** Overrides of the default dependencies, in one flat object. */
export interface ProxyOverrides
  extends Partial<Omit<ProxyDeps['identity'], 'session'>>,
    Partial<ProxyDeps['money']>,
    Partial<ProxyDeps['ports']> {
  readonly routes?: RouteTable;
  readonly clientWindows?: Readonly<Record<string, number>>;
  readonly catalogue?: readonly ModelRow[];
  readonly upstreams?: readonly Upstream[];
  readonly rules?: DecisionRules;
  readonly audit?: ProxyDeps['audit'];
  readonly trace?: ProxyDeps['trace'];
  readonly onShellCall?: ProxyDeps['onShellCall'];
  readonly logBody?: ProxyDeps['logBody'];
  readonly outboundSecrets?: ProxyDeps['outboundSecrets'];
  readonly refreshRules?: () => Promise<void>;
  readonly transport?: Transport;
  readonly credentials?: CredentialSource;
  readonly walls?: SharedWalls;
  readonly fanOut?: ProxyDeps['fanOut'];
  readonly timeouts?: ProxyDeps['timeouts'];
  readonly remedies?: ProxyDeps['remedies'];
  readonly onTitle?: ProxyDeps['onTitle'];
  readonly state?: ProxyDeps['state'];
}

const bearerForAll: CredentialSource = {
  settled: async () => {},
  renew: async () => undefined,
  get: async () => ({ kind: 'bearer', token: 'test-token', accountId: 'acct-test', origin: 'stored' }),
};

export async function startProxy(upstreamUrl: string, overrides: ProxyOverrides = {}): Promise<TestProxy> {
  const transport = httpTransport('127.0.0.1');
  const events: SessionEvent[] = [];
  const ledger: LedgerEntry[] = [];
  const upstreams = overrides.upstreams ?? upstreamsAt(['codex', 'chatgpt', 'openai'], upstreamUrl);
  const proxy = createProxy({
    state: overrides.state,
    identity: {
      version: overrides.version ?? 'test',
      session: 's-test',
      repo: overrides.repo ?? 'example.org/team/project',
      secret: testSecret,
      controlToken: testControl,
    },
    routing: {
      routes: overrides.routes ?? testRoutes(),
      clientWindows: overrides.clientWindows ?? {},
      directory: { catalogue: overrides.catalogue ?? bundledModels, upstreams },
      rules: overrides.rules ?? defaultRules,
      refreshRules: overrides.refreshRules ?? (async () => {}),
    },
    transportOf: () => overrides.transport ?? transport,
    credentials: overrides.credentials ?? bearerForAll,
    walls: overrides.walls ?? memoryWalls(),
    money: {
      budgets: overrides.budgets ?? { limits: [], warnAtPercent: 80, onLimit: 'ask' },
      spentMicroUsd: overrides.spentMicroUsd ?? 0,
      allowances: overrides.allowances ?? {},
      spent: overrides.spent ?? (async () => sampleSums()),
      compared: overrides.compared,
      canAskUser: overrides.canAskUser ?? false,
      spendingRequests: overrides.spendingRequests ?? 'allow',
      isUserTerminal: overrides.isUserTerminal ?? (() => false),
      onUnknownPrice: overrides.onUnknownPrice ?? (() => undefined),
      appendLedger: overrides.appendLedger ?? ((entry) => ledger.push(entry)),
    },
    outboundSecrets: overrides.outboundSecrets ?? (() => undefined),
    onShellCall: overrides.onShellCall,
    logBody: overrides.logBody,
    trace: overrides.trace,
    auditSettled: async () => {},
    audit: overrides.audit ?? (() => {}),
    fanOut: overrides.fanOut ?? { parallel: 1000, alike: 1000, alikePerMinute: 1000, onLimit: 'off' },
    onTitle: overrides.onTitle,
    remedies: overrides.remedies ?? remedyWords('Ctrl+\\'),
    timeouts: overrides.timeouts ?? { pingIntervalMs: 10_000, headersTimeoutMs: 60_000, idleTimeoutMs: 60_000 },
    ports: {
      clock: overrides.clock ?? systemClock,
      // The shortest back-off delays.
      randomness: overrides.randomness ?? { ...systemRandomness, fraction: () => 0 },
      hash: overrides.hash ?? sha256,
      tokens: overrides.tokens ?? { count: async (texts) => roughTokens(texts), warm: () => {} },
      log: overrides.log ?? silentLog,
      clockTime: overrides.clockTime ?? (() => '14:20'),
    },
  });
  proxy.subscribe((event) => events.push(event));
  const { url } = await proxy.listen(0);
  const post: TestProxy['post'] = (body, { headers = {}, signal, path = '/v1/messages?beta=true' } = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${testSecret}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
  return {
    url,
    proxy,
    events,
    ledger,
    post,
    stream: async (body) => {
      const response = await post({ ...body, stream: true });
      let text = '';
      let broken = false;
      const decoder = new TextDecoder();
      try {
        for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
      } catch {
        broken = true;
      }
      return { status: response.status, text, headers: response.headers, broken };
    },
    stop: async () => {
      await proxy.drain();
      await transport.close();
    },
  };
}

export const readTool = {
  name: 'Read',
  description: 'Reads a file',
  input_schema: {
    type: 'object',
    properties: { file_path: { type: 'string' }, limit: { type: 'number' }, pages: { type: 'string' } },
    required: ['file_path'],
    additionalProperties: false,
    $schema: 'https://json-schema.org/draft/2020-12/schema',
  },
};

export const writeTool = {
  name: 'Write',
  description: 'Writes a file',
  input_schema: {
    type: 'object',
    properties: { file_path: { type: 'string' }, content: { type: 'string' } },
    required: ['file_path', 'content'],
    additionalProperties: false,
  },
};

export const ask = (extra: Record<string, unknown> = {}): Record<string, unknown> => ({
  model: 'gpt-5.5',
  max_tokens: 32_000,
  messages: [{ role: 'user', content: 'hello' }],
  tools: [readTool, writeTool],
  thinking: { type: 'adaptive' },
  ...extra,
});
