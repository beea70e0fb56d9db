/** Whether telemetry is configured, from the standard `OTEL_*` variables. Without an endpoint nothing is loaded or sent. */
type Env = Readonly<Record<string, string | undefined>>;

export type Signal = 'metrics' | 'traces' | 'logs';
export type OtlpProtocol = 'http/protobuf' | 'http/json';

export interface TelemetryConfiguration {
  readonly signals: readonly { readonly signal: Signal; readonly protocol: OtlpProtocol }[];
  /** How often metrics are sent. */
  readonly metricIntervalMs: number;
  /** What cannot be done as configured. */
  readonly problem: string | undefined;
}

const signals: readonly Signal[] = ['metrics', 'traces', 'logs'];
const defaultIntervalMs = 60_000;

/** @returns `undefined` when no endpoint is configured, or the SDK is disabled. */
export function telemetryConfiguration(env: Env): TelemetryConfiguration | undefined {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined;
  const configured = signals.filter(
    (signal) =>
      (env.OTEL_EXPORTER_OTLP_ENDPOINT || env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`]) &&
      env[`OTEL_${signal.toUpperCase()}_EXPORTER`] !== 'none',
  );
  if (configured.length === 0) return undefined;
  const protocolOf = (signal: Signal): string =>
    env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_PROTOCOL`] || env.OTEL_EXPORTER_OTLP_PROTOCOL || 'http/protobuf';
  const unsupported = configured.find((signal) => !isProtocol(protocolOf(signal)));
  const interval = Number(env.OTEL_METRIC_EXPORT_INTERVAL);
  return {
    signals: configured.flatMap((signal) => {
      const protocol = protocolOf(signal);
      return isProtocol(protocol) ? [{ signal, protocol }] : [];
    }),
    metricIntervalMs: Number.isInteger(interval) && interval >= 100 ? interval : defaultIntervalMs,
    problem:
      unsupported &&
      `Telemetry: ccp does not speak ${protocolOf(unsupported).slice(0, 40)}. Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf (port 4318) or http/json.`,
  };
}

const isProtocol = (text: string): text is OtlpProtocol => text === 'http/protobuf' || text === 'http/json';
