/** The tool calls of one answer: told apart, kept until they are whole, closed in their turn. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { Outputs } from '../output.ts';
import { toolUseId } from './call-id.ts';
import type { BlockSequence } from './sequence.ts';
import { type BufferLimit, ToolCall } from './tool-call.ts';

/** Names and schemas of the tools a call may be of. */
export interface Tools {
  clientName(upstreamName: string): string;
  /** A tool of this name was sent. */
  isKnown(upstreamName: string): boolean;
  schema(clientName: string): JsonObject;
}

/** A call as its upstream announced it. */
export interface CallStart {
  readonly name: string;
  readonly callId: string | undefined;
  readonly namespace?: string | undefined;
}

export interface CallOptions {
  readonly outputs: Outputs;
  readonly tools: Tools;
  /** Call ids of earlier answers. */
  readonly usedIds: ReadonlySet<string>;
  readonly newId: (prefix: string) => string;
}

export interface CallItem {
  readonly call: ToolCall;
  /** From `arguments.done`; the call itself is finished by `output_item.done` or the terminal event only. */
  finalArguments: string | undefined;
}

/** What the calls must know of the answer around them. */
interface Surroundings {
  /** A stop sequence ended the answer: nothing more is written. */
  cut(): boolean;
  opened(key: string): void;
}

export class CallItems {
  readonly #options: CallOptions;
  readonly #sequence: BlockSequence;
  readonly #limit: BufferLimit;
  readonly #around: Surroundings;
  readonly #calls = new Map<string, CallItem>();
  readonly #ids = new Set<string>();
  /** Arguments of calls whose name is still to come. */
  readonly #early = new Map<string, string[]>();
  #finished = 0;

  constructor(options: CallOptions, sequence: BlockSequence, limit: BufferLimit, around: Surroundings) {
    this.#options = options;
    this.#sequence = sequence;
    this.#limit = limit;
    this.#around = around;
  }

  /** Calls that Claude Code was given whole. */
  get finished(): number {
    return this.#finished;
  }

  /** Calls that nobody finished, with their keys. */
  get open(): [string, CallItem][] {
    return [...this.#calls].filter(([key]) => !this.#sequence.isDone(key));
  }

  begin(key: string, start: CallStart): CallItem {
    const known = this.#calls.get(key);
    if (known) return known;
    const { tools, outputs } = this.#options;
    const name = tools.clientName(start.name);
    if (name === '') throw new CcpError('broken_tool_call', 'The upstream sent a tool call without a name.');
    const id = this.#freshId(start.callId, start.namespace);
    const call = new ToolCall({ id, name, schema: tools.schema(name), outputs, limit: this.#limit });
    const item: CallItem = { call, finalArguments: undefined };
    this.#calls.set(key, item);
    this.#sequence.begin(key);
    this.#around.opened(key);
    outputs.push({ type: 'tool_call', tool: name });
    for (const delta of this.#early.get(key) ?? []) {
      this.#limit.give(delta.length);
      this.#grow(key, item, delta);
    }
    this.#early.delete(key);
    return item;
  }

  /** Its arguments so far are a whole object. */
  isComplete(key: string): boolean {
    const item = this.#calls.get(key);
    return item?.call.isComplete(item.finalArguments) ?? false;
  }

  append(key: string, delta: string): void {
    if (delta === '' || this.#sequence.isDone(key)) return;
    const item = this.#calls.get(key);
    if (item) this.#grow(key, item, delta);
    else this.#keepEarly(key, delta);
  }

  set(key: string, args: unknown): void {
    const item = this.#calls.get(key);
    if (item) this.#keep(item, args);
    else if (typeof args === 'string' && !this.#early.has(key)) this.#keepEarly(key, args);
  }

  /** The upstream says the call is done, and what its arguments are if it says so. */
  end(key: string, start: CallStart, args: unknown): void {
    const item = this.begin(key, start);
    this.#keep(item, args);
    this.finish(key, item);
  }

  /** The upstream cut it: it is judged by the terminal event, dropped or an error. */
  cut(key: string, start: CallStart): void {
    this.begin(key, start).finalArguments = undefined;
  }

  finish(key: string, { call, finalArguments }: CallItem): void {
    this.#sequence.write(key, finalArguments?.length ?? 0, () => {
      if (this.#around.cut()) return;
      const dropped = call.finish(finalArguments);
      this.#finished += 1;
      if (dropped.length > 0) this.#options.outputs.push({ type: 'repaired', tool: call.name, dropped });
    });
    this.#sequence.finish(key);
  }

  /** Takes a call out of the answer as if it had never begun. */
  drop(key: string): void {
    this.#sequence.drop(key);
  }

  /** A held-back call needs no turn to grow; a live one does. */
  #grow(key: string, { call }: CallItem, delta: string): void {
    if (!call.live) return call.append(delta);
    this.#sequence.write(key, delta.length, () => {
      if (!this.#around.cut()) call.append(delta);
    });
  }

  #keepEarly(key: string, delta: string): void {
    this.#limit.take(delta.length);
    const early = this.#early.get(key);
    if (early) early.push(delta);
    else this.#early.set(key, [delta]);
  }

  /** Empty means that the deltas were all; anything but text is kept as JSON, to be judged like it. */
  #keep(item: CallItem, value: unknown): void {
    if (value === undefined || value === null || value === '') return;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    this.#limit.check(text.length);
    item.finalArguments = text;
  }

  /** Claude Code runs two calls of one id and then keeps one result: an id is used once. */
  #freshId(callId: string | undefined, namespace: string | undefined): string {
    const taken = callId !== undefined && (this.#ids.has(callId) || this.#options.usedIds.has(callId));
    const id = callId && !taken ? callId : this.#options.newId('call');
    this.#ids.add(id);
    return toolUseId(id, namespace);
  }
}
