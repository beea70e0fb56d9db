/** The metrics: GenAI semantic conventions where they exist, `ccp.…` for the rest. Their sums are those of the ledger. */
import type { Meter } from '@opentelemetry/api';
import type { LedgerEntry } from '../ledger/entry.ts';
import type { SessionEvent } from '../session/events.ts';
import { fallbackIncident } from '../session/format.ts';

const millisecondsPerSecond = 1_000;
const microUsdPerUsd = 1_000_000;

/** Boundaries that the semantic conventions advise; those of the SDK are for milliseconds. */
const seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const tokens = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];

export class Meters {
  readonly #requests;
  readonly #tokens;
  readonly #cost;
  readonly #usage;
  readonly #duration;
  readonly #firstToken;
  readonly #retries;
  readonly #fallbacks;
  readonly #denials;

  constructor(meter: Meter) {
    this.#requests = meter.createCounter('ccp.requests', { unit: '{request}', description: 'Requests that ended' });
    this.#tokens = meter.createCounter('ccp.tokens', { unit: '{token}', description: 'Tokens by kind' });
    this.#cost = meter.createCounter('ccp.cost', {
      unit: 'USD',
      description: 'List price by kind of cost; kinds do not add up',
    });
    this.#usage = meter.createHistogram('gen_ai.client.token.usage', {
      unit: '{token}',
      advice: { explicitBucketBoundaries: tokens },
      description: 'Tokens of a request',
    });
    this.#duration = meter.createHistogram('gen_ai.client.operation.duration', {
      unit: 's',
      advice: { explicitBucketBoundaries: seconds },
      description: 'Duration of a request',
    });
    this.#firstToken = meter.createHistogram('gen_ai.server.time_to_first_token', {
      unit: 's',
      advice: { explicitBucketBoundaries: seconds },
      description: 'Time to the first token',
    });
    this.#retries = meter.createCounter('ccp.retries', {
      unit: '{attempt}',
      description: 'Attempts that were repeated',
    });
    this.#fallbacks = meter.createCounter('ccp.fallbacks', {
      unit: '{change}',
      description: 'Changes to a fallback and back',
    });
    this.#denials = meter.createCounter('ccp.denials', {
      unit: '{request}',
      description: 'Requests that a rule denied',
    });
  }

  /** A line of the ledger. */
  add(entry: LedgerEntry): void {
    const common = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': entry.upstream,
      'gen_ai.request.model': entry.model,
      'ccp.request.class': entry.requestClass,
      'ccp.cost.kind': entry.costKind,
    };
    if (entry.repeated !== true) this.#requests.add(1, { ...common, 'ccp.verdict': entry.verdict });
    const kinds = {
      input: entry.inputTokens,
      cache_read: entry.cacheReadTokens,
      cache_write: entry.cacheWriteTokens,
      output: entry.outputTokens,
    };
    for (const [kind, count] of Object.entries(kinds))
      if (count > 0) this.#tokens.add(count, { ...common, 'ccp.token.kind': kind, 'ccp.measured': entry.measured });
    if (entry.costMicroUsd !== null) this.#cost.add(entry.costMicroUsd / microUsdPerUsd, common);
    const { durationMs, firstTokenMs } = entry.health;
    const input = entry.inputTokens + entry.cacheReadTokens + entry.cacheWriteTokens;
    if (input > 0) this.#usage.record(input, { ...common, 'gen_ai.token.type': 'input' });
    if (entry.outputTokens > 0) this.#usage.record(entry.outputTokens, { ...common, 'gen_ai.token.type': 'output' });
    const error = entry.errorCode === '' ? {} : { 'error.type': entry.errorCode };
    this.#duration.record(durationMs / millisecondsPerSecond, { ...common, ...error });
    if (firstTokenMs !== undefined) this.#firstToken.record(firstTokenMs / millisecondsPerSecond, common);
  }

  onEvent(event: SessionEvent): void {
    if (event.type === 'retry') this.#retries.add(1);
    else if (event.type === 'warning' && event.id.startsWith(fallbackIncident)) this.#fallbacks.add(1);
    else if (event.type === 'failed' && event.code === 'route_denied')
      this.#denials.add(
        1,
        event.route ? { 'gen_ai.provider.name': event.route.upstream, 'gen_ai.request.model': event.route.model } : {},
      );
  }
}
