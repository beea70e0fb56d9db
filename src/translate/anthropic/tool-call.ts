/**
 * One tool call sent to Claude Code, which runs it at `content_block_stop`. The block is closed only if the upstream
 * finished the call and the arguments parse as a JSON object. Calls whose schema leaves nothing to repair are streamed
 * live. The others are held back, repaired and sent in one piece.
 */
import { CcpError } from '../../errors/ccp-error.ts';
import { isObject, isSameValue, type JsonObject, parseJson } from '../../wire/json.ts';
import type { Outputs } from '../output.ts';
import { hasInfiniteNumber } from './exact-json.ts';
import { everyPropertyRequired, repairArguments } from './repair.ts';

/** Maximum size of the held-back arguments, for all calls of one response together. */
export const argumentBufferLimit = 32 * 1024 * 1024;

/** Output items of one response that have begun and are not finished. Models call some dozens of tools at once. */
const maxOpenItems = 1_000;

/** Counts the characters that one response holds back, so that an upstream cannot exhaust the memory. */
export class BufferLimit {
  #used = 0;

  reserve(size: number): void {
    this.check(size);
    this.#used += size;
  }

  /** @throws CcpError `buffer_full` if `size` more characters would exceed the limit. */
  check(size: number): void {
    if (this.#used + size > argumentBufferLimit)
      throw new CcpError('buffer_full', `The tool arguments exceed ${argumentBufferLimit / 1024 / 1024} MiB.`);
  }

  /** @throws CcpError `buffer_full` if one more unfinished item would exceed the limit. */
  checkItems(open: number): void {
    if (open >= maxOpenItems)
      throw new CcpError('buffer_full', `The response has more than ${maxOpenItems} unfinished output items.`);
  }

  release(size: number): void {
    this.#used -= size;
  }
}

export interface ToolCallOptions {
  readonly id: string;
  /** The tool's name in Claude Code. */
  readonly name: string;
  readonly schema: JsonObject;
  readonly outputs: Outputs;
  readonly limit: BufferLimit;
}

export class ToolCall {
  readonly id: string;
  readonly name: string;
  readonly live: boolean;
  readonly #schema: JsonObject;
  readonly #outputs: Outputs;
  readonly #limit: BufferLimit;
  readonly #parts: string[] = [];
  /** The last part that is not blank. */
  #lastPart = '';
  #length = 0;
  #opened = false;

  constructor(options: ToolCallOptions) {
    this.id = options.id;
    this.name = options.name;
    this.live = everyPropertyRequired(options.schema);
    this.#schema = options.schema;
    this.#outputs = options.outputs;
    this.#limit = options.limit;
  }

  /** True while a live block is open at Claude Code. */
  get isOpen(): boolean {
    return this.#opened && this.#outputs.open === 'tool_use';
  }

  /** True if no arguments have arrived yet. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Whether the final arguments, or those received so far, are a JSON object. */
  isComplete(finalArguments: string | undefined): boolean {
    // Most deltas end in the middle and need no parsing.
    if (!finalArguments && !/\}\s*$/.test(this.#lastPart)) return false;
    return isObject(parseJson(finalArguments || this.#parts.join('')));
  }

  /** Whether the arguments so far are these, or their beginning. */
  begins(text: string, finalArguments: string | undefined): boolean {
    const received = finalArguments || this.#parts.join('');
    if (text.startsWith(received)) return true;
    const value = parseJson(received);
    return isObject(value) && isSameValue(value, parseJson(text));
  }

  append(delta: string): void {
    this.#limit.reserve(delta.length);
    this.#parts.push(delta);
    if (/\S/.test(delta)) this.#lastPart = delta;
    this.#length += delta.length;
    if (!this.live) return;
    this.#openBlock();
    this.#outputs.toolInput(delta);
  }

  /**
   * Ends the call with the upstream's final arguments; `undefined` if the appended arguments are complete.
   * @returns JSON paths of the members that the repair removed.
   * @throws CcpError `broken_tool_call`. The block then remains open.
   */
  finish(finalArguments: string | undefined): readonly string[] {
    const appended = this.#parts.join('');
    this.#limit.release(this.#length);
    const text = finalArguments === undefined || finalArguments === '' ? appended : finalArguments;
    const value = parseJson(text.trim() === '' ? '{}' : text);
    if (!isObject(value)) throw this.#broken(`Its arguments are not a JSON object (${text.length} characters).`);
    if (maybeInfinite(text) && hasInfiniteNumber(value)) throw this.#broken('A number in its arguments is too large.');
    if (this.live) return this.#finishLive(appended, text);
    // Re-encoding would change numbers that JavaScript cannot represent exactly.
    const repair = hasExactNumbers(text) ? repairArguments(value, this.#schema, this.name) : { value, dropped: [] };
    // Encoded before the block opens, so that a failure leaves no open block.
    const input = repair.dropped.length > 0 ? this.#encode(repair.value) : text.trim() === '' ? '{}' : text;
    this.#openBlock();
    this.#outputs.toolInput(input);
    this.#outputs.close();
    return repair.dropped;
  }

  #finishLive(appended: string, text: string): readonly string[] {
    if (!text.startsWith(appended)) throw this.#broken('Its final arguments differ from what was streamed.');
    this.#openBlock();
    const rest = text.slice(appended.length);
    if (rest !== '') this.#outputs.toolInput(rest);
    this.#outputs.close();
    return [];
  }

  #encode(value: JsonObject): string {
    try {
      return JSON.stringify(value);
    } catch {
      throw this.#broken('Its arguments are nested too deep.');
    }
  }

  #openBlock(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#outputs.openTool(this.id, this.name);
  }

  #broken(reason: string): CcpError {
    return new CcpError('broken_tool_call', `The upstream sent an invalid call of ${this.name}. ${reason}`);
  }
}

/** A number beyond 1e308 has an exponent of at least two digits, or 300 digits. */
const maybeInfinite = (json: string): boolean => /[eE]\+?\d\d|\d{300}/.test(json);

const hasExactNumbers = (json: string): boolean => !/\d{16}|\d[eE]\+?\d{3}/.test(json);
