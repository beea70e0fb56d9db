/**
 * Writes the thinking, text and calls of one response in sequence. A call arrives complete, and is closed only when the
 * response is complete.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import { asObject, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import type { AnswerOptions } from '../../anthropic/answer-options.ts';
import { CallItems, type Tools } from '../../anthropic/call-items.ts';
import { sealReasoning } from '../../anthropic/envelope.ts';
import { argumentsText } from '../../anthropic/exact-json.ts';
import { BlockSequence } from '../../anthropic/sequence.ts';
import { StoppedText } from '../../anthropic/stop-scanner.ts';
import { BufferLimit } from '../../anthropic/tool-call.ts';
import type { Outputs } from '../../output.ts';

export interface OutputOptions extends AnswerOptions {
  readonly tools: Tools;
  readonly stopSequences: readonly string[];
  /** Claude Code displays thinking, so a signature can be sent in an empty block. */
  readonly thinkingWanted: boolean;
}

/** The signature belongs to the first call of the response. */
const signatureId = 'call';

export class GeminiOutput {
  readonly #options: OutputOptions;
  readonly #outputs: Outputs;
  readonly #limit = new BufferLimit();
  readonly #sequence = new BlockSequence(this.#limit);
  readonly #text: StoppedText;
  readonly calls: CallItems;
  /** The block being written: thinking or text. */
  #openBlock: { readonly kind: 'thinking' | 'text'; readonly key: string } | undefined;
  /** Sealed signatures of calls without a thinking block before them, by call key. */
  readonly #signatures = new Map<string, string>();
  /** Name and arguments of each call, by the upstream's id. */
  readonly #sentCalls = new Map<string, string>();
  #blockCount = 0;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#outputs = options.outputs;
    this.#text = new StoppedText(options.stopSequences, options.outputs);
    this.calls = new CallItems(options, this.#sequence, this.#limit, {
      cut: () => this.stopSequence !== undefined,
      opened: () => {},
    });
  }

  /** The stop sequence that ended the text. Nothing is written after it. */
  get stopSequence(): string | undefined {
    return this.#text.stopSequence;
  }

  take(part: JsonObject): void {
    const text = asString(part.text) ?? '';
    if (part.functionCall !== undefined) {
      if (text !== '' && part.thought !== true) this.#addText(text);
      this.#addCall(part.functionCall, asString(part.thoughtSignature));
    } else if (part.thought === true) this.#addThinking(text);
    else if (part.text !== undefined) this.#addText(text);
    else this.#omit(part);
  }

  /** Closes all calls of a complete response. */
  finishCalls(): void {
    this.#endBlock();
    // All calls are checked before any is closed: if one is invalid, none may run.
    const broken = this.calls.open.find(([key]) => !this.calls.isComplete(key));
    if (broken) throw new CcpError('broken_tool_call', `The upstream sent an invalid call of ${broken[1].call.name}.`);
    for (const [key, item] of this.calls.open) {
      const sealedSignature = this.#signatures.get(key);
      if (sealedSignature !== undefined)
        this.#sequence.write(key, sealedSignature.length, () => this.#signBlock(sealedSignature));
      this.calls.finish(key, item);
    }
  }

  /** Drops all calls of a truncated response, because the calls that were to follow may be missing. */
  dropCalls(): void {
    this.#endBlock();
    this.calls.dropOpen();
  }

  #addCall(call: unknown, signature: string | undefined): void {
    if (!isObject(call)) throw new CcpError('broken_tool_call', 'The upstream sent a tool call that is not an object.');
    if (call.willContinue === true || call.partialArgs !== undefined)
      throw new CcpError('broken_tool_call', 'The upstream sent a tool call in parts that cannot be combined.');
    const name = asString(call.name) ?? '';
    if (name === '') throw new CcpError('broken_tool_call', 'The upstream sent a tool call without a name.');
    const args = call.args ?? {};
    const text = argumentsText(args, name);
    // A call that is sent twice runs once.
    const id = asString(call.id) || undefined;
    if (id !== undefined && this.#sentCalls.get(id) === `${name} ${text}`) return;
    if (id !== undefined) this.#sentCalls.set(id, `${name} ${text}`);
    const key = `call ${this.#blockCount++}`;
    if (signature !== undefined) this.#sign(signature, key);
    this.#endBlock();
    this.calls.begin(key, { name, callId: id });
    this.calls.set(key, text);
  }

  /** Adds the signature to the thinking before the call, or to an empty block of its own when the call is written. */
  #sign(signature: string, key: string): void {
    const sealedSignature = sealReasoning({ ...this.#options.origin, id: signatureId, encrypted: signature });
    if (this.#openBlock?.kind === 'thinking')
      this.#write(sealedSignature.length, () => this.#outputs.signature(sealedSignature), 'thinking');
    else if (this.#options.thinkingWanted) this.#signatures.set(key, sealedSignature);
  }

  #signBlock(sealedSignature: string): void {
    if (this.stopSequence !== undefined) return;
    this.#outputs.signature(sealedSignature);
    this.#outputs.close();
  }

  #addThinking(text: string): void {
    if (text !== '') this.#write(text.length, () => this.#outputs.thinking(text), 'thinking');
  }

  #addText(text: string): void {
    if (text === '') return;
    this.#write(text.length, () => this.#text.write(text), 'text');
  }

  /** Warns about a part for which Claude Code has no block, such as a generated image or code that ran at the host. */
  #omit(part: JsonObject): void {
    const [kind = 'part'] = Object.keys(part).filter((name) => name !== 'thoughtSignature');
    if (Object.keys(asObject(part)).some((name) => name !== 'thoughtSignature'))
      this.#outputs.push({
        type: 'warning',
        message: `[${kind.slice(0, 40)} of ${this.#options.origin.upstream} omitted: Claude Code cannot display it]`,
      });
  }

  /** Writes to the open block if it has this kind, otherwise to a new block. */
  #write(size: number, write: () => void, kind: 'thinking' | 'text'): void {
    if (this.#openBlock?.kind !== kind) {
      this.#endBlock();
      this.#openBlock = { kind, key: `${kind} ${this.#blockCount++}` };
      this.#sequence.begin(this.#openBlock.key);
    }
    this.#sequence.write(this.#openBlock.key, size, write);
  }

  #endBlock(): void {
    const open = this.#openBlock;
    if (open === undefined) return;
    this.#openBlock = undefined;
    this.#sequence.write(open.key, 0, () => {
      if (open.kind === 'text') this.#text.end();
      if (this.#outputs.open === open.kind) this.#outputs.close();
    });
    this.#sequence.finish(open.key);
  }
}
