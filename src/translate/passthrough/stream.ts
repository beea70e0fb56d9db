/**
 * Another host's Messages events → Claude Code's, through the message writer: its grammar is checked, its calls are held
 * and repaired, its thinking is signed. `message_stop` alone is the end.
 */
import { CcpError } from '../../errors/ccp-error.ts';
import { type MessagesUsage, type StopReason, stopReasons } from '../../wire/anthropic.ts';
import { asNumber, asObject, asString, isObject, type JsonObject, own } from '../../wire/json.ts';
import type { AnswerStream, Ending } from '../dialect.ts';
import { type FailureContext, streamFailure } from '../failures/errors.ts';
import { readFailure } from '../failures/read.ts';
import { ForwardedBlocks, type ForwardOptions } from './forwarded-blocks.ts';
import { usageOf } from './usage.ts';

export interface StreamOptions extends ForwardOptions {
  readonly failure: FailureContext;
  /** A failure in the light of what was asked. */
  readonly judged: (error: CcpError) => CcpError;
}

export class PassthroughStream implements AnswerStream {
  readonly #failure: FailureContext;
  readonly #judged: (error: CcpError) => CcpError;
  readonly blocks: ForwardedBlocks;
  #usage: JsonObject = {};
  #delta: JsonObject = {};
  #ending: Ending | undefined;
  readonly unknown = new Map<string, number>();
  readonly settled = false;

  constructor(options: StreamOptions) {
    this.#failure = options.failure;
    this.#judged = options.judged;
    this.blocks = new ForwardedBlocks(options);
  }

  get usage(): MessagesUsage | undefined {
    return asNumber(this.#usage.input_tokens) === undefined ? undefined : usageOf(this.#usage);
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  step(event: JsonObject): void {
    if (this.#ending) return;
    const type = asString(event.type) ?? '(none)';
    const handler = own(handlers, type);
    if (handler) handler(this, event);
    else if (event.error !== undefined) this.failed(event);
    else this.unknown.set(type, (this.unknown.get(type) ?? 0) + 1);
  }

  done(): void {}

  eof(): void {
    if (this.#ending) return;
    throw new CcpError('truncated', `${this.#who} ended the stream before the answer was complete.`);
  }

  /** Counts are running totals: a later one replaces what came before. */
  counted(usage: unknown): void {
    const said = Object.entries(asObject(usage)).filter(([, value]) => value !== null && value !== undefined);
    this.#usage = { ...this.#usage, ...Object.fromEntries(said) };
  }

  told(delta: JsonObject): void {
    this.#delta = { ...this.#delta, ...delta };
  }

  failed(event: JsonObject): void {
    throw this.#judged(streamFailure(readFailure(JSON.stringify({ error: event.error ?? event })), this.#failure));
  }

  stopped(): void {
    const { stop_reason: told, stop_sequence: sequence, ...extra } = this.#delta;
    const reason = stopReasons.find((one) => one === told);
    if (reason === undefined)
      throw new CcpError(
        'truncated',
        `${this.#who} ended the answer without saying how (${String(told).slice(0, 60)}).`,
      );
    const cut = reason === 'max_tokens' || reason === 'model_context_window_exceeded' || reason === 'refusal';
    const open = this.blocks.finish(cut);
    if (open !== undefined)
      throw new CcpError('incomplete_tool_call', `${this.#who} stopped inside a call of ${open}.`);
    const stopReason = this.#stopReason(reason);
    this.#ending = {
      end: { stopReason, stopSequence: asString(sequence) ?? null, usage: usageOf(this.#usage), extra },
      abort: false,
      measured: asNumber(this.#usage.input_tokens) !== undefined || asNumber(this.#usage.output_tokens) !== undefined,
    };
  }

  /** Some hosts end a call with "end_turn", and Claude Code would not run it. */
  #stopReason(known: StopReason): StopReason {
    if (known === 'end_turn' && this.blocks.calls > 0) return 'tool_use';
    return known === 'tool_use' && this.blocks.calls === 0 ? 'end_turn' : known;
  }

  get #who(): string {
    return `${this.#failure.upstream} (${this.#failure.model})`;
  }
}

const ignore = (): void => {};

type Handler = (stream: PassthroughStream, event: JsonObject) => void;

const handlers: Readonly<Record<string, Handler>> = {
  ping: ignore,
  message_start: (stream, event) => stream.counted(asObject(event.message).usage),
  content_block_start: ({ blocks }, event) => blocks.begin(event, asObject(event.content_block)),
  content_block_delta: ({ blocks }, event) => {
    if (isObject(event.delta)) blocks.append(event, event.delta);
  },
  content_block_stop: ({ blocks }, event) => blocks.end(event),
  message_delta: (stream, event) => {
    stream.counted(event.usage);
    stream.told(asObject(event.delta));
  },
  message_stop: (stream) => stream.stopped(),
  error: (stream, event) => stream.failed(event),
};
