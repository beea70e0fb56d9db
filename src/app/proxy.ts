/** Constructs the proxy. This is the only module that assigns ports their real implementations. */
import { pathToFileURL } from 'node:url';
import { demoTransport } from '../drill/demo/transport.ts';
import { remedyWords } from '../errors/remedies.ts';
import { systemErrorText } from '../errors/system-error.ts';
import type { AuditFacts } from '../ledger/audit.ts';
import { budgetsOf, longestPeriod } from '../ledger/budget.ts';
import { clockTime, systemClock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import { fileLog } from '../platform/log.ts';
import { isLoopback, withLoopback } from '../platform/no-proxy.ts';
import { isOnUserTerminal, type SessionProcesses } from '../platform/peer-terminal.ts';
import { sha256, systemRandomness } from '../platform/randomness.ts';
import { isRepository, repositoryOf } from '../platform/repository.ts';
import { tokenCounter } from '../platform/token-counter.ts';
import type { PeerConnection } from '../ports/peer.ts';
import type { Transport } from '../ports/transport.ts';
import type { ProxyDeps } from '../proxy/deps.ts';
import { createProxy, type ProxyServer } from '../proxy/server.ts';
import { type DecisionRules, defaultRules } from '../routing/decide.ts';
import { fallbackSource } from '../routing/fallback.ts';
import { auditIncident, bodiesIncident, ledgerIncident } from '../session/format.ts';
import type { ProxyStart } from '../session/ipc.ts';
import { statusLine } from '../session/status-line.ts';
import { fanOutLimits } from '../settings/fan-out.ts';
import { callWritersFile, recordWriter } from '../storage/call-writers-file.ts';
import { LedgerFile } from '../storage/ledger-file.ts';
import { writeSessionTitle } from '../storage/session-title-file.ts';
import { sharedWalls } from '../storage/shared-walls.ts';
import { SpendingLedger } from '../storage/spending-ledger.ts';
import { writeStatusLine } from '../storage/status-line-file.ts';
import { prefixKey } from '../terminal/input.ts';
import { httpTransport } from '../upstream/http-transport.ts';
import { websocketTransport } from '../upstream/websocket-transport.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import { cleanText } from '../wire/clean-text.ts';
import { createAudit } from './audit.ts';
import { bodyLogging } from './body-log.ts';
import { commitTrailer } from './commit-trailer.ts';
import type { AppContext } from './context.ts';
import { makeCredentials } from './credentials.ts';
import { budgetSwitch, fallbackLists } from './fallback.ts';
import { applyRetention } from './retention.ts';
import { comparedModel } from './routes.ts';
import { telemetryOf } from './telemetry.ts';

export async function assembleProxy(context: AppContext, start: ProxyStart): Promise<ProxyServer> {
  const { settings, paths } = context;
  const repository = repositoryOf(process.cwd(), sha256);
  const budgets = budgetsOf(
    settings.budgets,
    start.budgetUsd,
    (name) => isRepository(name, repository),
    context.policy.budgetCeilings,
  );
  const spending = new SpendingLedger(paths.ledgerDir, repository.name, {
    longest: longestPeriod(budgets),
    onProblem: (cause) => onLedgerProblem('read', cause),
  });
  const ledger = new LedgerFile(paths.ledgerDir);
  const log = fileLog(paths.proxyLog, settings.text('logLevel') ?? 'info', undefined, start.session);
  let onLedgerProblem = (_what: 'read' | 'written', _cause: unknown): void => {};
  let onCredentialNews = (_upstream: string, _message: string): void => {};
  let onAuditProblem = (_cause: unknown): void => {};
  const audit = createAudit(context, start.session, (cause) => onAuditProblem(cause));
  let onTelemetryProblem = (_message: string): void => {};
  const telemetry = await telemetryOf(context, { session: start.session, repo: repository.name }, (message) =>
    onTelemetryProblem(message),
  );
  const record = (facts: AuditFacts) => void audit.add(facts).then((line) => line && telemetry?.onAuditLine(line));
  const bodies = bodyLogging(context);
  const { version, entry, upstreams } = context;
  const env = { ...context.env, ...start.keys };
  const credentials = makeCredentials(
    { version, env, paths, settings, upstreams, entry },
    {
      serving: true,
      onMessage: (upstream, message) => onCredentialNews(upstream, message),
    },
  );
  const { session, secret, controlToken, routes } = start;
  const refreshRules = async () => {
    if (await context.policy.refresh()) record({ type: 'policy_changed', details: { hash: context.policy.hash } });
  };
  const deps: ProxyDeps = {
    state: start.state,
    identity: { version: context.version, session, repo: repository.name, secret, controlToken },
    routing: {
      routes,
      clientWindows: start.clientWindows,
      directory: context.directory,
      rules: rulesOf(context),
      refreshRules,
    },
    transportOf: transports(context),
    credentials: credentials.source,
    // A login from the environment may be another one than that of the sessions beside this one.
    walls: sharedWalls(paths.wallsDir, (model) => {
      const upstream = upstreams.find(({ name }) => model.startsWith(`${name}/`));
      return sha256(JSON.stringify([model, upstream?.auth.variables.map((name) => env[name] ?? '')]));
    }),
    money: {
      budgets,
      spentMicroUsd: start.spentMicroUsd,
      allowances: start.allowances,
      spent: () => spending.sums(),
      compared: comparedModel(context),
      canAskUser: start.asksUser,
      spendingRequests: start.allowMetered ? 'allow' : start.asksUser ? 'ask' : 'refuse',
      isUserTerminal: (peer) => isOnUserTerminal(peer, sessionOf(peer)),
      onUnknownPrice: () => context.policy.effective.onUnknownPrice,
      appendLedger: (entry) => {
        telemetry?.onLedgerEntry(entry);
        try {
          ledger.append(entry);
        } catch (cause) {
          // A failed write (full disk) must not end a stream. The log contains the same numbers.
          log.error({ cause, id: entry.id }, 'the ledger could not be written');
          spending.addUnwritten(entry);
          onLedgerProblem('written', cause);
        }
      },
    },
    audit: record,
    auditSettled: async () => {
      await audit.settled();
      await telemetry?.shutdown();
    },
    trace: telemetry?.trace,
    outboundSecrets: () => context.policy.effective.outboundSecrets,
    fanOut: fanOutLimits(settings.object('fanOut'), start.asksUser),
    timeouts: {
      pingIntervalMs: settings.number('pingIntervalMs'),
      headersTimeoutMs: settings.number('upstreamHeadersTimeoutMs'),
      idleTimeoutMs: settings.number('upstreamIdleTimeoutMs'),
    },
    onTitle: start.givesTitle ? (title) => writeSessionTitle(paths.runDir, session, title) : undefined,
    // Keys exist only when the session has a screen.
    remedies: remedyWords(start.asksUser ? prefixKey(settings.text('prefix') ?? '').label : undefined),
    logBody: bodies.log,
    onShellCall:
      commitTrailer(context) === undefined
        ? undefined
        : (id, target) => recordWriter(callWritersFile(paths.runDir, session), id, target),
    ports: {
      clock: systemClock,
      randomness: systemRandomness,
      hash: sha256,
      tokens: tokenCounter(new URL('./token-worker.js', pathToFileURL(context.entry)), systemClock),
      log,
      clockTime,
    },
  };
  const proxy = createProxy(deps);
  const known = new Set<string>();
  onCredentialNews = (upstream, message) => {
    const at = systemClock.now();
    log.info({ upstream }, message);
    proxy.publish({ type: 'credential', at, id: `credential_${at}`, upstream, message });
  };
  onAuditProblem = (cause) => {
    log.error({ cause }, 'the audit log could not be written');
    const reason = systemErrorText(cause) ?? cleanText(String(cause), 200);
    const text = `The audit log misses a line: ${reason}`;
    if (known.has(text)) return;
    known.add(text);
    const at = systemClock.now();
    queueMicrotask(() => proxy.publish({ type: 'warning', at, id: `${auditIncident}${at}`, message: text }));
  };
  onTelemetryProblem = (message) => {
    const at = systemClock.now();
    log.warn({ reason: message }, 'telemetry could not be delivered');
    const text = `Telemetry could not be delivered: ${cleanText(message, 200)}. It is said once; requests are not affected.`;
    proxy.publish({ type: 'warning', at, id: `telemetry_${at}`, message: text });
  };
  if (telemetry) proxy.subscribe((event) => telemetry.onEvent(event));
  onLedgerProblem = (what, cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The ledger cannot be ${what}: ${cleanText(reason, 300)}. This session’s cost is still counted in its budgets; \`ccp usage\` will miss it. Check who owns the folder.`;
    if (known.has(message)) return;
    known.add(message);
    const at = systemClock.now();
    // The event that could not be written is being published.
    queueMicrotask(() => proxy.publish({ type: 'warning', at, id: `${ledgerIncident}${at}`, message }));
  };
  if (bodies.notice !== undefined) {
    const at = systemClock.now();
    log.warn({}, bodies.notice);
    proxy.publish({ type: 'warning', at, id: `${bodiesIncident}${at}`, message: bodies.notice });
  }
  void applyRetention(context, systemClock.now(), (cause) => log.error({ cause }, 'old entries could not be removed'));
  writeStatusLineOnChange(proxy, paths.runDir, session);
  return proxy;
}

/** The rules of every decision: the route table, then the fallback of the settings. */
function rulesOf(context: AppContext): DecisionRules {
  const sources = [...defaultRules.sources, fallbackSource(fallbackLists(context), budgetSwitch(context))];
  return {
    sources,
    // The policy may have changed since the last decision.
    get gates() {
      return context.rules.gates;
    },
  };
}

/** A supervised proxy is started by the launcher. */
const sessionOf = ({ localPort }: PeerConnection): SessionProcesses => ({
  launcher: process.connected ? process.ppid : undefined,
  url: `http://127.0.0.1:${localPort}`,
});

/** Creates one transport of each kind. WebSockets do not use the user's HTTP proxy, so HTTP is used behind one. */
function transports({ env }: AppContext): (upstream: Upstream) => Transport {
  const http = httpTransport(withLoopback(env.NO_PROXY ?? env.no_proxy));
  const websocket = websocketTransport(http, systemClock);
  const demo = demoTransport(systemClock, systemRandomness);
  return ({ transport, baseUrl }) => {
    if (transport === 'in-process') return demo;
    return transport === 'websocket' && !isBehindProxy(env, baseUrl) ? websocket : http;
  };
}

const statusLineIntervalMs = 300;

/** Writes the status line when it has changed, at most once per `statusLineIntervalMs`. */
function writeStatusLineOnChange(proxy: ProxyServer, runDir: string, session: string): void {
  let lastLine = '';
  let _timer: NodeJS.Timeout | undefined;
  const write = () => {
    _timer = undefined;
    const line = statusLine(proxy.state);
    if (line !== lastLine) writeStatusLine(runDir, session, line);
    lastLine = line;
  };
  write();
  proxy.subscribe(() => {
    _timer ??= setTimeout(write, statusLineIntervalMs).unref();
  });
}

function isBehindProxy(env: Environment, url: string): boolean {
  const proxy = env.HTTPS_PROXY || env.https_proxy || env.HTTP_PROXY || env.http_proxy;
  return Boolean(proxy) && !isLoopback(url);
}
