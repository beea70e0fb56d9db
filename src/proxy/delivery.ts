/**
 * Delivers outputs to Claude Code: each is measured, written as Anthropic events and sent. Keepalive events use the
 * same writer and are not measured.
 */
import type { Clock } from '../ports/clock.ts';
import { MessageWriter } from '../translate/anthropic/writer.ts';
import { type BlockOutput, type Ending, isBlockOutput, type MessageEnd, type Output } from '../translate/output.ts';
import type { MessagesEvent } from '../wire/anthropic.ts';
import type { Answer } from './answer.ts';
import type { StreamMeter } from './stream-meter.ts';
import { Keepalive } from './watch.ts';

export class Delivery {
  readonly #answer: Answer;
  readonly #meter: StreamMeter;
  readonly #writer: MessageWriter;
  readonly #onToolStart: (id: string, name: string) => void;
  #keepalive: Keepalive | undefined;
  /** A block of the upstream was forwarded, not only one that keeps the connection alive. */
  #hasUpstreamContent = false;
  #isKeptAliveOnly = false;

  /** @param onToolStart called before a tool's block is written. */
  constructor(
    answer: Answer,
    meter: StreamMeter,
    message: { readonly id: string; readonly model: string },
    onToolStart: (id: string, name: string) => void = () => {},
  ) {
    this.#onToolStart = onToolStart;
    this.#answer = answer;
    this.#meter = meter;
    this.#writer = new MessageWriter({ ...message, emit: (event) => this.#emit(event) });
  }

  /** A content block was forwarded: the request must not be retried any more. */
  get hasContent(): boolean {
    return this.#writer.hasContent && !this.#isKeptAliveOnly;
  }

  /**
   * Called after ccp held the request back: a block that kept the connection alive meanwhile is no answer, and does not
   * prevent an attempt.
   */
  afterHold(): void {
    this.#isKeptAliveOnly = !this.#hasUpstreamContent;
  }

  /** The status line is sent: a failure can only be reported inside the stream. */
  get isCommitted(): boolean {
    return this.#answer.committed;
  }

  /** @returns the ending, when it is among the outputs. @throws CcpError of a `failure` output. */
  deliver(outputs: readonly Output[]): Ending | undefined {
    for (const output of outputs) {
      this.#meter.output(output);
      if (isBlockOutput(output)) this.#write(output);
      else if (output.type === 'end') return output.ending;
      else if (output.type === 'failure') throw output.error;
    }
    return undefined;
  }

  #write(output: BlockOutput): void {
    this.#hasUpstreamContent = true;
    this.#isKeptAliveOnly = false;
    if (output.type === 'tool_start') this.#onToolStart(output.id, output.name);
    this.#writer.write(output);
  }

  /** Writes pending events to the socket. @returns for a slow client, a promise that resolves on `drain` or `close`. */
  flush(): Promise<void> | undefined {
    return this.#answer.flush();
  }

  /** Prepares the error of a response that has begun. */
  closeText(): void {
    this.#writer.closeText();
  }

  end(end: MessageEnd): void {
    this.#writer.end(end);
    this.#answer.end();
  }

  /** Sends pings during silence, and real events for clients that ignore pings. @returns a function that stops it. */
  keepAlive(clock: Clock, pingIntervalMs: number): () => void {
    this.#keepalive = new Keepalive(clock, pingIntervalMs, {
      ping: () => {
        this.#writer.start();
        this.#writer.ping();
        this.#meter.ping();
        this.#answer.flush();
      },
      realEvent: () => {
        // A wait in the middle of an attempt counts.
        this.#isKeptAliveOnly &&= this.#writer.hasContent;
        this.#writer.keepalive();
        this.#answer.flush();
      },
    });
    return () => this.#keepalive?.stop();
  }

  #emit(event: MessagesEvent): void {
    this.#answer.emit(event);
    if (event.type !== 'ping') this.#keepalive?.onEventSent();
  }
}
