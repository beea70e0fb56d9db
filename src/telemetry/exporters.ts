/** The OTLP exporters. They read endpoints, headers and timeouts from the standard variables themselves. */
import { OTLPLogExporter as JsonLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as JsonMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { OtlpProtocol } from './configuration.ts';

export const metricExporter = (protocol: OtlpProtocol) =>
  protocol === 'http/json' ? new JsonMetricExporter() : new OTLPMetricExporter();

export const traceExporter = (protocol: OtlpProtocol) =>
  protocol === 'http/json' ? new JsonTraceExporter() : new OTLPTraceExporter();

export const logExporter = (protocol: OtlpProtocol) =>
  protocol === 'http/json' ? new JsonLogExporter() : new OTLPLogExporter();
