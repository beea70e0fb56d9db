/**
 * Chat chunks → Anthropic blocks, as a step machine. The chunk with `finish_reason` ends the answer; usage may follow it,
 * and nothing else counts as an end.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf, own } from '../../../wire/json.ts';
import type { AnswerMachine } from '../../answer-stream.ts';
import { type FailureContext, streamFailure } from '../../failures/errors.ts';
import { readFailure } from '../../failures/read.ts';
import type { Ending, MessageEnd } from '../../output.ts';
import { ChatOutput, type OutputOptions } from './output.ts';
import { usageOf } from './usage.ts';

export interface StreamOptions extends OutputOptions {
  readonly failure: FailureContext;
  /** Sharpens a failure by what was asked. */
  readonly refineError: (error: CcpError) => CcpError;
}

type Finish = 'stop' | 'length' | 'calls' | 'filter';

/** Anything else (`network_error`, `abort`, `insufficient_system_resource`…) is an answer that broke off. */
const finishes: Readonly<Record<string, Finish>> = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  stop_sequence: 'stop',
  end_turn: 'stop',
  completed: 'stop',
  model_context_window_exceeded: 'length',
  length: 'length',
  max_tokens: 'length',
  tool_calls: 'calls',
  function_call: 'calls',
  tool_use: 'calls',
  content_filter: 'filter',
  sensitive: 'filter',
};

export class ChatStream implements AnswerMachine {
  readonly #failure: FailureContext;
  readonly #refineError: (error: CcpError) => CcpError;
  readonly #outputs: StreamOptions['outputs'];
  readonly #output: ChatOutput;
  #finish: Finish | undefined;
  #usage: unknown;
  #ending: Ending | undefined;

  constructor(options: StreamOptions) {
    this.#failure = options.failure;
    this.#refineError = options.refineError;
    this.#outputs = options.outputs;
    this.#output = new ChatOutput(options);
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  step(chunk: JsonObject): void {
    if (this.#ending) return;
    if (isFailure(chunk)) throw this.#failed(chunk);
    if (isObject(chunk.usage)) this.#count(chunk.usage);
    // One answer was asked for.
    const choice = objectsOf(chunk.choices).find(({ index }) => !index);
    if (choice === undefined) return;
    if (isObject(choice.usage)) this.#count(choice.usage);
    if (choice.error) throw this.#failed(choice);
    const delta = asObject(choice.delta ?? choice.message);
    if (this.#finish === undefined) this.#output.take(delta);
    else if (delta.tool_calls) throw new CcpError('broken_tool_call', `${this.#who} sent a tool call behind its end.`);
    this.#endAtStopSequence();
    const finishReason = asString(choice.finish_reason);
    const reason = finishReason === '' || finishReason === 'null' ? undefined : finishReason;
    if (reason !== undefined && this.#finish === undefined && !this.#ending) this.#finished(reason);
  }

  done(): void {
    this.eof();
  }

  #count(usage: JsonObject): void {
    this.#usage = usage;
    this.#outputs.push({ type: 'usage', usage: usageOf(usage) });
  }

  eof(): void {
    if (this.#ending) return;
    if (this.#finish === undefined)
      throw new CcpError('truncated', `${this.#who} ended the stream before the answer was complete.`);
    const end = { ...this.#how(this.#finish), stopSequence: null, usage: usageOf(this.#usage) };
    this.#ending = { end, abort: false, measured: isObject(this.#usage) };
  }

  /** Everything is written now, so that Claude Code does not wait for the numbers. */
  #finished(reason: string): void {
    const finish = own(finishes, reason.toLowerCase());
    if (finish === undefined)
      throw new CcpError('upstream_failed', `${this.#who} stopped the answer (${reason.slice(0, 60)}).`);
    // A filter cuts where it stands, as a limit does.
    if (finish === 'length' || finish === 'filter') this.#dropOpenCalls();
    else {
      this.#output.finishCalls();
    }
    this.#output.finishRest();
    this.#finish = finish;
    this.#outputs.push({ type: 'settled' });
    this.#endAtStopSequence();
  }

  /** The answer was cut inside a call: one that Claude Code sees already is an error. */
  #dropOpenCalls(): void {
    const open = this.#output.calls.open;
    const streaming = open.find(([, { call }]) => call.isOpen);
    if (streaming) {
      const { name } = streaming[1].call;
      throw new CcpError('incomplete_tool_call', `${this.#who} stopped inside a call of ${name}.`);
    }
    for (const [key] of open) this.#output.calls.drop(key);
  }

  #how(finish: Finish): Pick<MessageEnd, 'stopReason' | 'explanation'> {
    const { refusal, calls } = this.#output;
    if (refusal !== '') return { stopReason: 'refusal', explanation: refusal };
    if (finish === 'filter') return { stopReason: 'refusal', explanation: 'The upstream filtered this answer.' };
    if (finish === 'length') return { stopReason: 'max_tokens' };
    // Several local servers end a call with "stop".
    return { stopReason: calls.finished > 0 ? 'tool_use' : 'end_turn' };
  }

  #endAtStopSequence(): void {
    const { stopSequence } = this.#output;
    if (stopSequence === undefined || this.#ending) return;
    const end = { stopReason: 'stop_sequence' as const, stopSequence, usage: usageOf(undefined) };
    this.#ending = { end, abort: true, measured: false };
  }

  #failed({ choices: _choices, delta: _delta, ...rest }: JsonObject): CcpError {
    const failure = readFailure(JSON.stringify(rest));
    return this.#refineError(streamFailure(failure, this.#failure));
  }

  get #who(): string {
    return `${this.#failure.upstream} (${this.#failure.model})`;
  }
}

/** An error in one of the forms hosts have; an empty one beside an answer is none. */
const isFailure = ({ error, object, choices, detail, code }: JsonObject): boolean =>
  Boolean(error) || object === 'error' || (choices === undefined && Boolean(detail ?? code));
