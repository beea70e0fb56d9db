/** What the benchmark of translation runs: bytes of an upstream in, Anthropic events written. */
import { encodeEvent } from '../src/sse/encoder.ts';
import { AnswerReader } from '../src/translate/answer-reader.ts';
import { validateRequest } from '../src/translate/anthropic/validate.ts';
import { MessageWriter } from '../src/translate/anthropic/writer.ts';
import { isBlockOutput, type Output } from '../src/translate/output.ts';
import { prepareOptions, upstreamNamed } from '../test/support/upstreams.ts';

export interface BenchStream {
  readonly push: (chunk: Uint8Array) => void;
  /** @returns the characters written; throws when the answer did not end well. */
  readonly end: () => number;
}

export function openStream(upstreamName: string, tools: readonly object[]): BenchStream {
  const upstream = upstreamNamed(upstreamName);
  const messages = [{ role: 'user', content: 'hello' }];
  const request = validateRequest({
    model: 'm',
    max_tokens: 32_000,
    messages,
    tools,
    stream: true,
    thinking: { type: 'adaptive' },
  });
  let written = 0;
  let ids = 0;
  const writer = new MessageWriter({
    id: 'msg_1',
    model: 'm',
    emit: (event) => {
      written += encodeEvent(event).length;
    },
  });
  const stream = upstream.translator.prepare(request, prepareOptions()).open((prefix) => `${prefix}_${ids++}`);
  const reader = new AnswerReader(stream, upstream.name);
  let last: Output | undefined;
  const take = (outputs: readonly Output[]) => {
    for (const output of outputs) {
      last = output;
      if (isBlockOutput(output)) writer.write(output);
    }
  };
  return {
    push: (chunk) => take(reader.push(chunk)),
    end: () => {
      take(reader.eof());
      if (last?.type !== 'end') throw new Error(`${upstreamName}: the answer did not end well`);
      writer.end(last.ending.end);
      return written;
    },
  };
}
