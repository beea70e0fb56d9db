/** Runs a Responses stream through decoder, translator and writer without a socket. */
import { CcpError } from '../../src/errors/ccp-error.ts';
import { sha256 } from '../../src/platform/randomness.ts';
import { SseDecoder } from '../../src/sse/decoder.ts';
import { encodeEvent } from '../../src/sse/encoder.ts';
import { MessageCollector } from '../../src/translate/messages/collect.ts';
import { MessageWriter } from '../../src/translate/messages/writer.ts';
import { codexProfile } from '../../src/translate/responses/profile.ts';
import { ResponsesStream } from '../../src/translate/responses/stream.ts';
import { ResponsesTools } from '../../src/translate/responses/tools.ts';
import { isObject, type JsonObject } from '../../src/wire/json.ts';
import { readTool, writeTool } from './proxy.ts';

export interface Replay {
  readonly text: string;
  readonly message: ReturnType<() => MessageCollector['message']>;
  readonly error: CcpError | undefined;
  readonly unknown: ReadonlyMap<string, number>;
}

/** @param chunks the upstream's bytes as they arrive. */
export function replay(chunks: Iterable<Uint8Array>, tools: readonly JsonObject[] = [readTool, writeTool]): Replay {
  let text = '';
  const collector = new MessageCollector();
  const writer = new MessageWriter({
    id: 'msg_test',
    model: 'gpt-5.5',
    emit: (event) => {
      text += encodeEvent(event);
      collector.add(event);
    },
  });
  let ids = 0;
  const stream = new ResponsesStream({
    writer,
    tools: new ResponsesTools({ tools, messages: [], raw: {} }, codexProfile('http://127.0.0.1:1'), sha256),
    stopSequences: [],
    maker: { upstream: 'codex', model: 'gpt-5.5', account: '' },
    failure: {
      upstream: 'codex',
      model: 'gpt-5.5',
      credentialHint: '',
      failures: {},
      unlisted: false,
      quotaOf: () => undefined,
      optionalFields: [],
      contextWindow: 272_000,
      clockTime: String,
      now: () => 0,
    },
    thinkingWanted: true,
    tiny: false,
    usedIds: new Set(),
    judged: (error) => error,
    onQuota: () => {},
    newId: (prefix) => `${prefix}_new${ids++}`,
    onRepair: () => {},
    onToolCall: () => {},
  });
  let error: CcpError | undefined;
  try {
    const decoder = new SseDecoder((data) => {
      const event: unknown = data === '[DONE]' ? undefined : JSON.parse(data);
      if (isObject(event)) stream.step(event);
    });
    for (const chunk of chunks) decoder.push(chunk);
    stream.eof();
    if (stream.ending) writer.end(stream.ending.end);
  } catch (thrown) {
    if (!(thrown instanceof CcpError)) throw thrown;
    error = thrown;
    if (writer.hasContent) text += encodeEvent({ type: 'error', error: thrown.body('req_test', true) });
  }
  return { text, message: collector.message, error, unknown: stream.unknown };
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const whole = (data: Uint8Array): Uint8Array[] => [data];

export const byteByByte = (data: Uint8Array): Uint8Array[] => Array.from(data, (byte) => Uint8Array.of(byte));

export function cutAt(data: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map((place) => place % (data.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((from, index) => data.slice(from, sorted[index] ?? data.length));
}
