/** The tool calls of one response: identified by key, buffered until complete, closed in order. */
import { CcpError } from '../../errors/ccp-error.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { Outputs } from '../output.ts';
import { toolUseId } from './call-id.ts';
import { argumentsText } from './exact-json.ts';
import type { BlockSequence } from './sequence.ts';
import { type BufferLimit, ToolCall } from './tool-call.ts';

/** Names and schemas of the tools that can be called. */
export interface Tools {
  clientName(upstreamName: string): string;
  /** Whether a tool with this name was sent. */
  isKnown(upstreamName: string): boolean;
  schema(clientName: string): JsonObject;
}

/** A call as announced by the upstream. */
export interface CallStart {
  readonly name: string;
  readonly callId: string | undefined;
  readonly namespace?: string | undefined;
}

export interface CallOptions {
  readonly outputs: Outputs;
  readonly tools: Tools;
  /** Call ids of earlier responses. */
  readonly usedIds: ReadonlySet<string>;
  readonly newId: (prefix: string) => string;
}

export interface CallItem {
  readonly call: ToolCall;
  /** From `arguments.done`. Only `output_item.done` or the terminal event finishes the call itself. */
  finalArguments: string | undefined;
}

/** The state of the response that contains the calls. */
interface ResponseState {
  /** Whether a stop sequence ended the response. Nothing more is written then. */
  cut(): boolean;
  opened(key: string): void;
}

export class CallItems {
  readonly #options: CallOptions;
  readonly #sequence: BlockSequence;
  readonly #limit: BufferLimit;
  readonly #response: ResponseState;
  readonly #calls = new Map<string, CallItem>();
  readonly #issuedIds = new Set<string>();
  /** Arguments of calls whose name has not arrived yet. */
  readonly #earlyArguments = new Map<string, string[]>();
  #finished = 0;

  constructor(options: CallOptions, sequence: BlockSequence, limit: BufferLimit, response: ResponseState) {
    this.#options = options;
    this.#sequence = sequence;
    this.#limit = limit;
    this.#response = response;
  }

  /** Number of calls that Claude Code received in full. */
  get finished(): number {
    return this.#finished;
  }

  /** Unfinished calls with their keys. */
  get open(): [string, CallItem][] {
    return [...this.#calls].filter(([key]) => !this.#sequence.isDone(key));
  }

  begin(key: string, start: CallStart): CallItem {
    const existing = this.#calls.get(key);
    if (existing) return existing;
    const { tools, outputs } = this.#options;
    const name = tools.clientName(start.name);
    if (name === '') throw new CcpError('broken_tool_call', 'The upstream sent a tool call without a name.');
    const id = this.#uniqueId(start.callId, start.namespace);
    const call = new ToolCall({ id, name, schema: tools.schema(name), outputs, limit: this.#limit });
    const item: CallItem = { call, finalArguments: undefined };
    this.#calls.set(key, item);
    this.#sequence.begin(key);
    this.#response.opened(key);
    outputs.push({ type: 'tool_call', tool: name });
    for (const delta of this.#earlyArguments.get(key) ?? []) {
      this.#limit.release(delta.length);
      this.#appendTo(key, item, delta);
    }
    this.#earlyArguments.delete(key);
    return item;
  }

  /** Whether the arguments so far are a complete JSON object. */
  isComplete(key: string): boolean {
    const item = this.#calls.get(key);
    return item?.call.isComplete(item.finalArguments) ?? false;
  }

  /** Whether this is a call of the tool, whose arguments so far are these, or their beginning. */
  matches(key: string, upstreamName: string, args: unknown): boolean {
    const item = this.#calls.get(key);
    if (item === undefined || item.call.name !== this.#options.tools.clientName(upstreamName)) return false;
    const text = typeof args === 'string' ? args : JSON.stringify(args ?? {});
    return item.call.begins(text, item.finalArguments);
  }

  append(key: string, delta: string): void {
    if (delta === '' || this.#sequence.isDone(key)) return;
    const item = this.#calls.get(key);
    if (item) this.#appendTo(key, item, delta);
    else this.#bufferArguments(key, delta);
  }

  set(key: string, args: unknown): void {
    const item = this.#calls.get(key);
    if (item) this.#setFinalArguments(item, args);
    else if (typeof args === 'string' && !this.#earlyArguments.has(key)) this.#bufferArguments(key, args);
  }

  /** Finishes a call that the upstream reports as done, with its final arguments if the upstream sends them. */
  end(key: string, start: CallStart, args: unknown): void {
    const item = this.begin(key, start);
    this.#setFinalArguments(item, args);
    this.finish(key, item);
  }

  /** Records a call that the upstream truncated. The terminal event decides whether it is dropped or an error. */
  cut(key: string, start: CallStart): void {
    this.begin(key, start).finalArguments = undefined;
  }

  finish(key: string, { call, finalArguments }: CallItem): void {
    this.#limit.release(finalArguments?.length ?? 0);
    this.#sequence.write(key, finalArguments?.length ?? 0, () => {
      if (this.#response.cut()) return;
      const dropped = call.finish(finalArguments);
      this.#finished += 1;
      if (dropped.length > 0) this.#options.outputs.push({ type: 'repaired', tool: call.name, dropped });
    });
    this.#sequence.finish(key);
  }

  /**
   * Removes all unfinished calls from the response as if they had never started.
   * @returns the tool of a call whose start Claude Code has received. Nothing is removed then.
   */
  dropOpen(): string | undefined {
    const open = this.open;
    const started = open.find(([, { call }]) => call.isOpen);
    if (started) return started[1].call.name;
    this.#sequence.drop(open.map(([key]) => key));
    return undefined;
  }

  /** Appends arguments: immediately to a held-back call, in its turn to a live call. */
  #appendTo(key: string, { call }: CallItem, delta: string): void {
    if (!call.live) return call.append(delta);
    this.#sequence.write(key, delta.length, () => {
      if (!this.#response.cut()) call.append(delta);
    });
  }

  #bufferArguments(key: string, delta: string): void {
    this.#limit.reserve(delta.length);
    const early = this.#earlyArguments.get(key);
    if (early) return void early.push(delta);
    this.#limit.checkItems(this.#earlyArguments.size);
    this.#earlyArguments.set(key, [delta]);
  }

  /** An empty value means that the deltas are complete. A non-string is stored as JSON and validated alike. */
  #setFinalArguments(item: CallItem, value: unknown): void {
    if (value === undefined || value === null || value === '') return;
    const text = typeof value === 'string' ? value : argumentsText(value, item.call.name);
    this.#limit.release(item.finalArguments?.length ?? 0);
    this.#limit.reserve(text.length);
    item.finalArguments = text;
  }

  /** Claude Code runs two calls with the same id but keeps only one result, so each id is used once. */
  #uniqueId(callId: string | undefined, namespace: string | undefined): string {
    const isTaken = callId !== undefined && (this.#issuedIds.has(callId) || this.#options.usedIds.has(callId));
    const id = callId && !isTaken ? callId : this.#options.newId('call');
    this.#issuedIds.add(id);
    return toolUseId(id, namespace);
  }
}
