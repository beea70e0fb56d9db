/** A trace for each request: its stations as spans, continued from Claude Code and on to the upstream. */
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { RequestTrace } from '../ports/telemetry.ts';
import type { SessionEvent } from '../session/events.ts';

interface Traced {
  readonly root: Span;
  readonly context: Context;
  /** The station that is under way. */
  station: Span | undefined;
}

/** More requests at once are not traced. */
const maxTraced = 500;

export class Spans implements RequestTrace {
  readonly #tracer: Tracer;
  readonly #propagator = new W3CTraceContextPropagator();
  readonly #traced = new Map<string, Traced>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  begin(id: string, parent: Readonly<Record<string, string>>): void {
    if (this.#traced.size >= maxTraced) return;
    const parentContext = this.#propagator.extract(ROOT_CONTEXT, parent, {
      get: (carrier, key) => carrier[key],
      keys: (carrier) => Object.keys(carrier),
    });
    const root = this.#tracer.startSpan(
      'chat',
      { kind: SpanKind.CLIENT, attributes: { 'ccp.request.id': id } },
      parentContext,
    );
    this.#traced.set(id, { root, context: trace.setSpan(parentContext, root), station: undefined });
  }

  headers(id: string): Readonly<Record<string, string>> {
    const traced = this.#traced.get(id);
    if (traced === undefined) return {};
    const headers: Record<string, string> = {};
    const current = traced.station ? trace.setSpan(traced.context, traced.station) : traced.context;
    this.#propagator.inject(current, headers, { set: (carrier, key, value) => (carrier[key] = value) });
    return headers;
  }

  onEvent(event: SessionEvent): void {
    const traced = this.#traced.get(event.id);
    if (traced === undefined) return;
    switch (event.type) {
      case 'request_started':
        traced.root.setAttributes({
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': event.requestedModel,
          'ccp.request.class': event.requestClass,
        });
        return this.#enter(traced, 'queued');
      case 'routed':
        traced.root.updateName(`chat ${event.route.model}`);
        traced.root.setAttributes({
          'gen_ai.provider.name': event.route.upstream,
          'gen_ai.response.model': event.route.model,
          'ccp.cost.kind': event.route.costKind,
          'ccp.route.reason': event.reason,
        });
        return;
      case 'held':
        return this.#enter(traced, `held (${event.reason})`);
      case 'sent':
        return this.#enter(traced, 'headers');
      case 'upstream_headers':
        traced.station?.setAttribute('http.response.status_code', event.status);
        return this.#enter(traced, 'first token');
      case 'first_token':
        return this.#enter(traced, 'stream');
      case 'retry':
        traced.root.addEvent('retry', { attempt: event.attempt, 'ccp.wait_ms': event.waitMs });
        return this.#enter(traced, 'retry wait');
      case 'completed':
        traced.root.setAttributes({
          'gen_ai.response.finish_reasons': [event.stopReason],
          'gen_ai.usage.input_tokens':
            event.tokens.inputTokens + event.tokens.cacheReadTokens + event.tokens.cacheWriteTokens,
          'gen_ai.usage.output_tokens': event.tokens.outputTokens,
          'gen_ai.usage.cache_read.input_tokens': event.tokens.cacheReadTokens,
          'gen_ai.usage.cache_creation.input_tokens': event.tokens.cacheWriteTokens,
          'ccp.verdict': event.verdict,
        });
        return this.#end(event.id, traced);
      case 'failed':
        traced.root.setAttributes({ 'error.type': event.code, 'ccp.verdict': event.verdict });
        traced.root.setStatus({ code: SpanStatusCode.ERROR, message: event.code });
        return this.#end(event.id, traced);
      case 'cancelled':
        traced.root.setAttribute('ccp.verdict', 'cancelled');
        return this.#end(event.id, traced);
    }
  }

  #enter(traced: Traced, name: string): void {
    traced.station?.end();
    traced.station = this.#tracer.startSpan(name, {}, traced.context);
  }

  #end(id: string, { root, station }: Traced): void {
    station?.end();
    root.end();
    this.#traced.delete(id);
  }
}
