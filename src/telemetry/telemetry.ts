/** OpenTelemetry by the official SDK. This module and its packages are loaded only when an endpoint is configured. */
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { AuditLine } from '../ledger/audit.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import type { RequestTrace } from '../ports/telemetry.ts';
import type { SessionEvent } from '../session/events.ts';
import type { Signal, TelemetryConfiguration } from './configuration.ts';
import { logExporter, metricExporter, traceExporter } from './exporters.ts';
import { Meters } from './meters.ts';
import { Spans } from './spans.ts';

export interface TelemetryIdentity {
  readonly version: string;
  readonly session: string;
  readonly repo: string;
}

export interface Telemetry {
  /** `undefined` when traces are not configured. */
  readonly trace: RequestTrace | undefined;
  onEvent(event: SessionEvent): void;
  onLedgerEntry(entry: LedgerEntry): void;
  /** Exports the hash of an audit line, against which the chain can be checked later. */
  onAuditLine(line: AuditLine): void;
  /** Sends what is left, for two seconds at most. */
  shutdown(): Promise<void>;
}

const shutdownTimeoutMs = 2_000;

/** @param onProblem called once, when the collector cannot be reached. */
export function startTelemetry(
  configuration: TelemetryConfiguration,
  identity: TelemetryIdentity,
  onProblem: (message: string) => void,
): Telemetry {
  let isUnreachable = false;
  reportOnce((message) => {
    isUnreachable = true;
    onProblem(message);
  });
  const protocolOf = (signal: Signal) => configuration.signals.find((one) => one.signal === signal)?.protocol;
  const own = resourceFromAttributes({
    'service.name': 'ccp',
    'service.version': identity.version,
    'service.instance.id': identity.session,
    'ccp.repository': identity.repo,
  });
  // The user's OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME take precedence.
  const resource = own.merge(detectResources({ detectors: [envDetector] }));
  const [metrics, traces, logs] = [protocolOf('metrics'), protocolOf('traces'), protocolOf('logs')];
  const meterProvider =
    metrics &&
    new MeterProvider({
      resource,
      readers: [
        new PeriodicExportingMetricReader({
          exporter: metricExporter(metrics),
          exportIntervalMillis: configuration.metricIntervalMs,
          exportTimeoutMillis: Math.min(configuration.metricIntervalMs, 30_000),
        }),
      ],
    });
  const tracerProvider =
    traces && new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(traceExporter(traces))] });
  const loggerProvider =
    logs &&
    new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter: logExporter(logs) })] });
  const meters = meterProvider && new Meters(meterProvider.getMeter('ccp', identity.version));
  const spans = tracerProvider && new Spans(tracerProvider.getTracer('ccp', identity.version));
  const logger = loggerProvider?.getLogger('ccp.audit', identity.version);
  const providers = [meterProvider, tracerProvider, loggerProvider].filter((one) => one !== undefined);
  return {
    trace: spans,
    onEvent: (event) => {
      meters?.onEvent(event);
      spans?.onEvent(event);
    },
    onLedgerEntry: (entry) => meters?.add(entry),
    onAuditLine: ({ type, sequence, hash, policy, repo }) =>
      logger?.emit({
        eventName: 'ccp.audit',
        severityNumber: SeverityNumber.INFO,
        body: `audit ${type} ${sequence} ${hash}`,
        attributes: {
          'ccp.audit.type': type,
          'ccp.audit.sequence': sequence,
          'ccp.audit.hash': hash,
          'ccp.policy.hash': policy,
          'ccp.repository': repo,
        },
      }),
    shutdown: async () => {
      // A collector that is down gets no more time.
      const timeoutMs = isUnreachable ? 0 : shutdownTimeoutMs;
      const done = Promise.allSettled(providers.map((provider) => provider.shutdown()));
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, timeoutMs).unref())]);
    },
  };
}

/** The SDK reports failed exports to its diagnostics, each time. */
function reportOnce(onProblem: (message: string) => void): void {
  let isReported = false;
  const report = (...parts: unknown[]) => {
    if (isReported) return;
    isReported = true;
    onProblem(parts.map(String).join(' '));
  };
  const ignore = () => {};
  diag.setLogger({ error: report, warn: ignore, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.ERROR);
}
