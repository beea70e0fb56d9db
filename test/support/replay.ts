/** Runs the stream of an upstream through decoder, translator and writer without a socket. */
import type { CcpError } from '../../src/errors/ccp-error.ts';
import { bundledModels } from '../../src/models/catalogue.ts';
import { encodeEvent } from '../../src/sse/encoder.ts';
import { MessageCollector } from '../../src/translate/anthropic/collect.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { translate } from '../../src/translate/translate.ts';
import type { Upstream } from '../../src/upstreams/upstream.ts';
import type { JsonObject } from '../../src/wire/json.ts';
import { readTool, writeTool } from './proxy.ts';
import { prepareOptions, upstreamNamed } from './upstreams.ts';

export interface Replay {
  readonly text: string;
  readonly message: MessageCollector['message'];
  readonly error: CcpError | undefined;
  /** Number of events per unknown type. */
  readonly unknown: ReadonlyMap<string, number>;
}

const codex = upstreamNamed('codex');

/** @param chunks the upstream's bytes as they arrive. */
export function replay(
  chunks: Iterable<Uint8Array>,
  tools: readonly JsonObject[] = [readTool, writeTool],
  upstream: Upstream = codex,
): Replay {
  const request = validateRequest({
    model: 'gpt-5.5',
    max_tokens: 32_000,
    messages: [{ role: 'user', content: 'hello' }],
    tools,
    thinking: { type: 'adaptive' },
    stream: true,
  });
  const row = bundledModels.find((one) => one.upstream === upstream.name);
  const options = prepareOptions({ model: row?.id ?? 'm', row });
  const { events, outputs, failure } = translate(upstream, request, chunks, options);
  const collector = new MessageCollector();
  for (const event of events) collector.add(event);
  const unknown = new Map<string, number>();
  for (const output of outputs)
    if (output.type === 'unknown') unknown.set(output.event, (unknown.get(output.event) ?? 0) + 1);
  return { text: events.map(encodeEvent).join(''), message: collector.message, error: failure, unknown };
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const whole = (data: Uint8Array): Uint8Array[] => [data];

export const byteByByte = (data: Uint8Array): Uint8Array[] => Array.from(data, (byte) => Uint8Array.of(byte));

export function cutAt(data: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map((place) => place % (data.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => data.slice(from, sorted[index] ?? data.length));
}
