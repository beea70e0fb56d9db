/**
 * An upstream's Messages events → Claude Code's, through the message writer. The grammar is checked, calls are held
 * back and repaired, and thinking is signed. Only `message_stop` ends the response.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import { type StopReason, stopReasons } from '../../../wire/anthropic.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, ownValue } from '../../../wire/json.ts';
import type { AnswerMachine } from '../../answer-stream.ts';
import { plausibleUsage } from '../../anthropic/plausible-usage.ts';
import { type FailureContext, streamFailure } from '../../failures/errors.ts';
import { readFailure } from '../../failures/read.ts';
import type { Ending } from '../../output.ts';
import { ForwardedBlocks, type ForwardOptions } from './output.ts';
import { usageOf } from './usage.ts';

export interface StreamOptions extends ForwardOptions {}

export class MessagesStream implements AnswerMachine {
  readonly #failure: FailureContext;
  readonly #refineError: (error: CcpError) => CcpError;
  readonly #outputs: StreamOptions['outputs'];
  readonly blocks: ForwardedBlocks;
  #hasStarted = false;
  #usage: JsonObject = {};
  #delta: JsonObject = {};
  #ending: Ending | undefined;

  constructor(options: StreamOptions) {
    this.#failure = options.failure;
    this.#refineError = options.refineError;
    this.#outputs = options.outputs;
    this.blocks = new ForwardedBlocks(options);
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  step(event: JsonObject): void {
    if (this.#ending) return;
    const type = asString(event.type) ?? '(none)';
    const handler = ownValue(handlers, type);
    if (handler) handler(this, event);
    else if (event.error !== undefined) this.failed(event);
    else this.#outputs.push({ type: 'unknown', event: type });
  }

  done(): void {}

  eof(): void {
    if (this.#ending) return;
    throw new CcpError('truncated', `${this.#upstreamLabel} ended the stream before the answer was complete.`);
  }

  /** A second message would repeat the calls of the first. @throws CcpError `garbage`. */
  started(message: JsonObject): void {
    if (this.#hasStarted) throw new CcpError('garbage', `${this.#upstreamLabel} sent two messages in one answer.`);
    this.#hasStarted = true;
    this.addUsage(message.usage);
  }

  /** Counts are running totals: a later count replaces an earlier one. */
  addUsage(usage: unknown): void {
    const counts = Object.entries(plausibleUsage(usage) ?? {}).filter(
      ([, value]) => value !== null && value !== undefined,
    );
    this.#usage = { ...this.#usage, ...Object.fromEntries(counts) };
    if (asNumber(this.#usage.input_tokens) !== undefined)
      this.#outputs.push({ type: 'usage', usage: usageOf(this.#usage) });
  }

  mergeDelta(delta: JsonObject): void {
    this.#delta = { ...this.#delta, ...delta };
  }

  failed(event: JsonObject): void {
    throw this.#refineError(streamFailure(readFailure(JSON.stringify({ error: event.error ?? event })), this.#failure));
  }

  stopped(): void {
    const { stop_reason: upstreamReason, stop_sequence: sequence, ...extra } = this.#delta;
    const reason = stopReasons.find((known) => known === upstreamReason);
    if (reason === undefined)
      throw new CcpError(
        'truncated',
        `${this.#upstreamLabel} ended the answer without a valid stop reason (${String(upstreamReason).slice(0, 60)}).`,
      );
    const isTruncated = reason === 'max_tokens' || reason === 'model_context_window_exceeded' || reason === 'refusal';
    const openTool = this.blocks.finish(isTruncated);
    if (openTool !== undefined)
      throw new CcpError(
        'incomplete_tool_call',
        `${this.#upstreamLabel} stopped before the tool call was complete: ${openTool}.`,
      );
    const stopReason = this.#stopReason(reason);
    this.#ending = {
      end: { stopReason, stopSequence: asString(sequence) ?? null, usage: usageOf(this.#usage), extra },
      abort: false,
      measured: asNumber(this.#usage.input_tokens) !== undefined || asNumber(this.#usage.output_tokens) !== undefined,
    };
  }

  /** Some hosts end a response with a call by `end_turn`. Claude Code would then not run the call. */
  #stopReason(reason: StopReason): StopReason {
    if (reason === 'end_turn' && this.blocks.calls > 0) return 'tool_use';
    return reason === 'tool_use' && this.blocks.calls === 0 ? 'end_turn' : reason;
  }

  get #upstreamLabel(): string {
    return `${this.#failure.upstream} (${this.#failure.model})`;
  }
}

const ignore = (): void => {};

type Handler = (stream: MessagesStream, event: JsonObject) => void;

const handlers: Readonly<Record<string, Handler>> = {
  ping: ignore,
  message_start: (stream, event) => stream.started(asObject(event.message)),
  content_block_start: ({ blocks }, event) => blocks.begin(event, asObject(event.content_block)),
  content_block_delta: ({ blocks }, event) => {
    if (isObject(event.delta)) blocks.append(event, event.delta);
  },
  content_block_stop: ({ blocks }, event) => blocks.end(event),
  message_delta: (stream, event) => {
    stream.addUsage(event.usage);
    stream.mergeDelta(asObject(event.delta));
  },
  message_stop: (stream) => stream.stopped(),
  error: (stream, event) => stream.failed(event),
};
