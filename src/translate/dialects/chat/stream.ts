/**
 * Chat chunks → Anthropic blocks, as a step machine. Only the chunk with `finish_reason` completes the response; usage
 * may follow it.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import { asObject, asString, isObject, type JsonObject, objectsOf, ownValue } from '../../../wire/json.ts';
import type { AnswerMachine } from '../../answer-stream.ts';
import { plausibleUsage } from '../../anthropic/plausible-usage.ts';
import { type FailureContext, streamFailure } from '../../failures/errors.ts';
import { readFailure } from '../../failures/read.ts';
import type { Ending, MessageEnd } from '../../output.ts';
import { ChatOutput, type OutputOptions } from './output.ts';
import { usageOf } from './usage.ts';

export interface StreamOptions extends OutputOptions {}

type Finish = 'stop' | 'length' | 'calls' | 'filter';

/** Any other `finish_reason` (`network_error`, `abort`, `insufficient_system_resource`…) is an incomplete response. */
const finishByReason: Readonly<Record<string, Finish>> = {
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
    if (isFailure(chunk)) throw this.#streamError(chunk);
    this.#recordUsage(chunk.usage);
    // The request asks for one choice.
    const choice = objectsOf(chunk.choices).find(({ index }) => !index);
    if (choice === undefined) return;
    this.#recordUsage(choice.usage);
    if (choice.error) throw this.#streamError(choice);
    const delta = asObject(choice.delta ?? choice.message);
    // Some hosts send a finish reason with each chunk, so text may follow one.
    if (this.#finish !== undefined && hasCalls(delta))
      throw new CcpError('broken_tool_call', `${this.#upstreamLabel} sent a tool call after the response had ended.`);
    this.#output.take(delta);
    this.#endAtStopSequence();
    const finishReason = asString(choice.finish_reason);
    const reason = finishReason === '' || finishReason === 'null' ? undefined : finishReason;
    if (reason === undefined || this.#ending) return;
    if (this.#finish === undefined) this.#finishContent(reason, hasText(delta));
    else this.#changeFinish(reason);
  }

  done(): void {
    this.eof();
  }

  #recordUsage(sent: unknown): void {
    const usage = plausibleUsage(sent);
    if (usage === undefined) return;
    this.#usage = usage;
    this.#outputs.push({ type: 'usage', usage: usageOf(usage) });
  }

  eof(): void {
    if (this.#ending) return;
    if (this.#finish === undefined)
      throw new CcpError('truncated', `${this.#upstreamLabel} ended the stream before the answer was complete.`);
    this.#output.finishRest();
    this.#endAtStopSequence();
    if (this.#ending) return;
    const end = { ...this.#stopOutcome(this.#finish), stopSequence: null, usage: usageOf(this.#usage) };
    this.#ending = { end, abort: false, measured: isObject(this.#usage) };
  }

  /**
   * Closes the calls, so that Claude Code does not wait for the usage. The open block stays open until the end of the
   * stream, because more text may follow.
   */
  #finishContent(reason: string, isBesideText: boolean): void {
    const finish = this.#finishOf(reason);
    // A content filter can stop the response inside a call, like a token limit.
    if (finish === 'length' || finish === 'filter') this.#dropOpenCalls();
    else this.#output.finishCalls();
    this.#finish = finish;
    // A host that sends the reason beside text may send it with every chunk.
    if (!isBesideText) this.#outputs.push({ type: 'settled' });
    this.#endAtStopSequence();
  }

  /** A host that sends a reason with every chunk says only with the last one how the response ended. */
  #changeFinish(reason: string): void {
    const finish = this.#finishOf(reason);
    if (finish === 'length' || finish === 'filter') this.#finish = finish;
  }

  #finishOf(reason: string): Finish {
    const finish = ownValue(finishByReason, reason.toLowerCase());
    if (finish === undefined)
      throw new CcpError('upstream_failed', `${this.#upstreamLabel} stopped the answer (${reason.slice(0, 60)}).`);
    return finish;
  }

  /** Drops incomplete calls. A call that has already been sent to Claude Code is an error instead. */
  #dropOpenCalls(): void {
    const started = this.#output.calls.dropOpen();
    if (started !== undefined)
      throw new CcpError(
        'incomplete_tool_call',
        `${this.#upstreamLabel} stopped before the tool call was complete: ${started}.`,
      );
  }

  #stopOutcome(finish: Finish): Pick<MessageEnd, 'stopReason' | 'explanation'> {
    const { refusal, calls } = this.#output;
    if (refusal !== '') return { stopReason: 'refusal', explanation: refusal };
    if (finish === 'filter') return { stopReason: 'refusal', explanation: 'The upstream filtered this answer.' };
    if (finish === 'length') return { stopReason: 'max_tokens' };
    // Several local servers send "stop" after a tool call.
    return { stopReason: calls.finished > 0 ? 'tool_use' : 'end_turn' };
  }

  #endAtStopSequence(): void {
    const { stopSequence } = this.#output;
    if (stopSequence === undefined || this.#ending) return;
    const end = { stopReason: 'stop_sequence' as const, stopSequence, usage: usageOf(undefined) };
    this.#ending = { end, abort: true, measured: false };
  }

  #streamError({ choices: _choices, delta: _delta, ...rest }: JsonObject): CcpError {
    const failure = readFailure(JSON.stringify(rest));
    return this.#refineError(streamFailure(failure, this.#failure));
  }

  get #upstreamLabel(): string {
    return `${this.#failure.upstream} (${this.#failure.model})`;
  }
}

/** Whether the chunk is an error in one of the hosts' formats. An empty `error` next to choices is not an error. */
const isFailure = ({ error, object, choices, detail, code }: JsonObject): boolean =>
  Boolean(error) || object === 'error' || (choices === undefined && Boolean(detail ?? code));

const hasCalls = ({ tool_calls: calls, function_call: call }: JsonObject): boolean =>
  isObject(calls) || objectsOf(calls).length > 0 || isObject(call);

const hasText = ({ content }: JsonObject): boolean =>
  typeof content === 'string' ? content !== '' : objectsOf(content).length > 0;
