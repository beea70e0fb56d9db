/** Receives OTLP over HTTP as JSON, as a collector does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asObject, objectsOf, parseJson } from '../../src/wire/json.ts';

export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ReceivedPoint {
  readonly metric: string;
  readonly value: number;
  readonly count: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

type Json = Record<string, unknown>;

const contentOf = (value: unknown): unknown => {
  const { stringValue, intValue, doubleValue, boolValue, arrayValue } = asObject(value);
  if (arrayValue !== undefined) return objectsOf(asObject(arrayValue).values).map(contentOf);
  return stringValue ?? (intValue === undefined ? undefined : Number(intValue)) ?? doubleValue ?? boolValue;
};
const attributesOf = (value: unknown): Record<string, unknown> =>
  Object.fromEntries(objectsOf(value).map(({ key, value: content }) => [String(key), contentOf(content)]));

export class OtlpReceiver {
  readonly #server: Server;
  /** Bodies by path, as they arrived. */
  readonly received: { readonly path: string; readonly type: string; readonly text: string }[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        this.received.push({ path: request.url ?? '', type: request.headers['content-type'] ?? '', text });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #scopes(path: string, resources: string, scopes: string): { resource: Json; scope: Json }[] {
    return this.received
      .filter((one) => one.path === path)
      .flatMap(({ text }) => objectsOf(asObject(parseJson(text))[resources]))
      .flatMap((one) =>
        objectsOf(one[scopes]).map((scope) => ({ resource: attributesOf(asObject(one.resource).attributes), scope })),
      );
  }

  get resources(): Json[] {
    return this.#scopes('/v1/metrics', 'resourceMetrics', 'scopeMetrics').map(({ resource }) => resource);
  }

  get spans(): ReceivedSpan[] {
    return this.#scopes('/v1/traces', 'resourceSpans', 'scopeSpans').flatMap(({ scope }) =>
      objectsOf(scope.spans).map((span) => ({
        name: String(span.name),
        traceId: String(span.traceId),
        spanId: String(span.spanId),
        parentSpanId: String(span.parentSpanId ?? ''),
        attributes: attributesOf(span.attributes),
      })),
    );
  }

  get logs(): Json[] {
    return this.#scopes('/v1/logs', 'resourceLogs', 'scopeLogs').flatMap(({ scope }) =>
      objectsOf(scope.logRecords).map((record) => attributesOf(record.attributes)),
    );
  }

  /** The newest value of each series of each process; values are cumulative. */
  get points(): ReceivedPoint[] {
    const series = new Map<string, ReceivedPoint>();
    for (const { resource, scope } of this.#scopes('/v1/metrics', 'resourceMetrics', 'scopeMetrics'))
      for (const metric of objectsOf(scope.metrics))
        for (const point of objectsOf(asObject(metric.sum ?? metric.histogram).dataPoints)) {
          const attributes = attributesOf(point.attributes);
          const value = Number(point.asInt ?? point.asDouble ?? point.sum ?? 0);
          const key = JSON.stringify([metric.name, resource['service.instance.id'], attributes]);
          series.set(key, { metric: String(metric.name), value, count: Number(point.count ?? 0), attributes });
        }
    return [...series.values()];
  }

  /** The sum of a metric over the series that have the attributes. */
  sum(metric: string, attributes: Readonly<Record<string, unknown>> = {}): number {
    return this.points
      .filter((point) => point.metric === metric)
      .filter((point) => Object.entries(attributes).every(([key, value]) => point.attributes[key] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** Everything that was received, as text. */
  get text(): string {
    return this.received.map(({ text }) => text).join('\n');
  }
}
