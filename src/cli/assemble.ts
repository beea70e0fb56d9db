/** Constructs the proxy: every port gets its real implementation here and nowhere else. */
import { pathToFileURL } from 'node:url';
import { demoTransport } from '../drill/demo/transport.ts';
import { budgetsOf } from '../ledger/budget.ts';
import { clockTime, systemClock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import { fileLog } from '../platform/log.ts';
import { isLoopback, withLoopback } from '../platform/no-proxy.ts';
import { sha256, systemRandomness } from '../platform/randomness.ts';
import { isRepository, repositoryOf } from '../platform/repository.ts';
import { tokenCounter } from '../platform/token-counter.ts';
import type { Transport } from '../ports/transport.ts';
import type { ProxyDeps } from '../proxy/deps.ts';
import { createProxy, type ProxyServer } from '../proxy/server.ts';
import type { RouteTable } from '../routing/table.ts';
import { statusLine } from '../session/status-line.ts';
import { appendEntry } from '../storage/ledger-file.ts';
import { writeStatusLine } from '../storage/status-line-file.ts';
import { TodayLedger } from '../storage/today-ledger.ts';
import { httpTransport } from '../upstream/http-transport.ts';
import { websocketTransport } from '../upstream/websocket-transport.ts';
import { type Context, comparedIn } from './context.ts';
import { makeCredentials } from './credentials.ts';
import { allUpstreams, baseUrlIn } from './upstreams.ts';

export interface ProxyIdentity {
  readonly session: string;
  readonly secret: string;
  readonly controlToken: string;
  readonly routes: RouteTable;
  readonly budgetUsd: number | undefined;
  readonly spentMicroUsd: number;
  readonly asksUser: boolean;
}

export function assembleProxy(context: Context, identity: ProxyIdentity): ProxyServer {
  const { settings, paths, env } = context;
  const repository = repositoryOf(process.cwd(), sha256);
  const today = new TodayLedger(paths.ledgerDir, repository.name);
  const log = fileLog(paths.proxyLog, settings.text('logLevel') ?? 'info');
  const http = httpTransport(withLoopback(env.NO_PROXY ?? env.no_proxy));
  const wantsSocket =
    settings.text('codexTransport') === 'websocket' && !behindProxy(env, baseUrlIn(context, 'codexBaseUrl'));
  const codexTransport = wantsSocket ? websocketTransport(http, systemClock) : http;
  const transportOf = (name: string): Transport =>
    name === 'codex' ? codexTransport : name === 'demo' ? demoTransport(systemClock, systemRandomness) : http;
  let tell = (_upstream: string, _message: string): void => {};
  const credentials = makeCredentials(context, {
    serving: true,
    onNews: (upstream, message) => tell(upstream, message),
  });
  const deps: ProxyDeps = {
    ...identity,
    version: context.version,
    repo: repository.name,
    compared: comparedIn(context),
    budgets: budgetsOf(settings.object('budgets'), identity.budgetUsd, (name) => isRepository(name, repository)),
    today: () => today.sums(),
    catalogue: context.catalogue,
    upstreams: Object.fromEntries(
      allUpstreams(context).map((upstream) => [upstream.name, { upstream, transport: transportOf(upstream.name) }]),
    ),
    credentials: credentials.source,
    timeouts: {
      pingIntervalMs: settings.number('pingIntervalMs'),
      headersTimeoutMs: settings.number('upstreamHeadersTimeoutMs'),
      idleTimeoutMs: settings.number('upstreamIdleTimeoutMs'),
    },
    clock: systemClock,
    randomness: systemRandomness,
    hash: sha256,
    tokens: tokenCounter(new URL('./token-worker.js', pathToFileURL(context.entry)), systemClock),
    log,
    clockTime,
    appendLedger: (entry) => {
      try {
        appendEntry(paths.ledgerDir, entry);
      } catch (cause) {
        // A full disk must not end a stream; the log has the same numbers.
        log.error({ cause, id: entry.id }, 'the ledger could not be written');
      }
    },
  };
  const proxy = createProxy(deps);
  tell = (upstream, message) => {
    const at = systemClock.now();
    log.info({ upstream }, message);
    proxy.publish({ type: 'credential', at, id: `credential_${at}`, upstream, message });
  };
  showStatusLine(proxy, paths.runDir, identity.session);
  return proxy;
}

const statusLineEveryMs = 300;

/** Written when it has changed, and not more often than anybody looks. */
function showStatusLine(proxy: ProxyServer, runDir: string, session: string): void {
  let written = '';
  let _timer: NodeJS.Timeout | undefined;
  const write = () => {
    _timer = undefined;
    const line = statusLine(proxy.state);
    if (line !== written) writeStatusLine(runDir, session, line);
    written = line;
  };
  write();
  proxy.subscribe(() => {
    _timer ??= setTimeout(write, statusLineEveryMs).unref();
  });
}

/** WebSockets do not go through the user's HTTP proxy. */
function behindProxy(env: Environment, url: string): boolean {
  const proxy = env.HTTPS_PROXY || env.https_proxy || env.HTTP_PROXY || env.http_proxy;
  return Boolean(proxy) && !isLoopback(url);
}
