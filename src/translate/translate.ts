/**
 * Translates a request and the recorded bytes of an upstream response into Anthropic events. Pure. The proxy streams
 * through the same parts; fixtures, property tests and fuzzing call this function.
 */
import type { CcpError } from '../errors/ccp-error.ts';
import type { MessagesEvent, MessagesRequest } from '../wire/anthropic.ts';
import { AnswerReader } from './answer-reader.ts';
import { MessageWriter } from './anthropic/writer.ts';
import type { PrepareOptions, Translator } from './dialect.ts';
import { type Ending, isBlockOutput, type Output } from './output.ts';

export interface Translation {
  /** In order: the message up to `message_stop`, or up to an `error` event if the upstream failed after content. */
  readonly events: readonly MessagesEvent[];
  readonly outputs: readonly Output[];
  readonly ending: Ending | undefined;
  /** `undefined` if the response is complete. */
  readonly failure: CcpError | undefined;
}

/**
 * @param bytes the body of the upstream's response, as received.
 * @param requestId included in the error event.
 */
export function translate(
  upstream: { readonly name: string; readonly translator: Translator },
  request: MessagesRequest,
  bytes: Iterable<Uint8Array>,
  options: PrepareOptions,
  requestId = 'req_replay',
): Translation {
  const events: MessagesEvent[] = [];
  const outputs: Output[] = [];
  let ids = 0;
  const writer = new MessageWriter({ id: 'msg_replay', model: request.model, emit: (event) => events.push(event) });
  const stream = upstream.translator.prepare(request, options).open((prefix) => `${prefix}_replay${ids++}`);
  const reader = new AnswerReader(stream, upstream.name);
  const add = (newOutputs: readonly Output[]) => {
    for (const output of newOutputs) {
      outputs.push(output);
      if (isBlockOutput(output)) writer.write(output);
    }
  };
  for (const chunk of bytes) add(reader.push(chunk));
  add(reader.eof());
  const last = outputs.at(-1);
  const ending = last?.type === 'end' ? last.ending : undefined;
  const failure = last?.type === 'failure' ? last.error : undefined;
  if (ending) writer.end(ending.end);
  else if (failure && writer.hasContent) {
    writer.closeText();
    events.push({ type: 'error', error: failure.body(requestId, true) });
  }
  return { events, outputs, ending, failure };
}
