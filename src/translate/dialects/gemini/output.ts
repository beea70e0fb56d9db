/**
 * What one answer says: thinking, text and calls, written in turn. A call arrives whole, and is closed only when the
 * answer has ended well.
 */
import { CcpError } from '../../../errors/ccp-error.ts';
import { asObject, asString, isObject, type JsonObject } from '../../../wire/json.ts';
import { CallItems, type Tools } from '../../anthropic/call-items.ts';
import { sealReasoning } from '../../anthropic/envelope.ts';
import { BlockSequence } from '../../anthropic/sequence.ts';
import { StopScanner } from '../../anthropic/stop-scanner.ts';
import { BufferLimit } from '../../anthropic/tool-call.ts';
import type { Outputs } from '../../output.ts';

export interface OutputOptions {
  readonly outputs: Outputs;
  readonly tools: Tools;
  /** Call ids of earlier answers. */
  readonly usedIds: ReadonlySet<string>;
  readonly stopSequences: readonly string[];
  /** Signs thinking: only its maker may see it again. */
  readonly maker: { readonly upstream: string; readonly model: string; readonly account: string };
  /** Claude Code shows thinking, so a signature may stand in an empty block. */
  readonly thinkingWanted: boolean;
  readonly newId: (prefix: string) => string;
}

/** The signature belongs to the first call of the answer. */
const signatureId = 'call';

export class GeminiOutput {
  readonly #options: OutputOptions;
  readonly #outputs: Outputs;
  readonly #limit = new BufferLimit();
  readonly #sequence = new BlockSequence(this.#limit);
  readonly #scanner: StopScanner;
  readonly calls: CallItems;
  /** The block that goes on: thinking or text. */
  #open: { readonly kind: 'thinking' | 'text'; readonly key: string } | undefined;
  /** Of calls that no thinking stands before. */
  readonly #signatures = new Map<string, string>();
  #blocks = 0;
  #stopSequence: string | undefined;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#outputs = options.outputs;
    this.#scanner = new StopScanner(options.stopSequences);
    this.calls = new CallItems(options, this.#sequence, this.#limit, {
      cut: () => this.#stopSequence !== undefined,
      opened: () => {},
    });
  }

  /** The stop sequence that ended the text; nothing is written after it. */
  get stopSequence(): string | undefined {
    return this.#stopSequence;
  }

  take(part: JsonObject): void {
    const text = asString(part.text) ?? '';
    if (isObject(part.functionCall)) this.#call(part.functionCall, asString(part.thoughtSignature));
    else if (part.thought === true) this.#think(text);
    else if (part.text !== undefined) this.#say(text);
    else this.#leaveOut(part);
  }

  /** The answer ended well: every call is whole. */
  finishCalls(): void {
    this.#endBlock();
    for (const [key, item] of this.calls.open) {
      const sealed = this.#signatures.get(key);
      if (sealed !== undefined) this.#sequence.write(key, sealed.length, () => this.#signBlock(sealed));
      this.calls.finish(key, item);
    }
  }

  /** The answer was cut: what was called may lack what was to follow. */
  dropCalls(): void {
    this.#endBlock();
    for (const [key] of this.calls.open) this.calls.drop(key);
  }

  #call(call: JsonObject, signature: string | undefined): void {
    if (call.willContinue === true || call.partialArgs !== undefined)
      throw new CcpError('broken_tool_call', 'The upstream sent a tool call in parts that cannot be combined.');
    const name = asString(call.name) ?? '';
    if (name === '') throw new CcpError('broken_tool_call', 'The upstream sent a tool call without a name.');
    const key = `call ${this.#blocks++}`;
    if (signature !== undefined) this.#sign(signature, key);
    this.#endBlock();
    this.calls.begin(key, { name, callId: asString(call.id) || undefined });
    this.calls.set(key, JSON.stringify(call.args === undefined || call.args === null ? {} : call.args));
  }

  /** Into the thinking that led to the call; else into an empty block of its own, once the call is written. */
  #sign(signature: string, key: string): void {
    const sealed = sealReasoning({ ...this.#options.maker, id: signatureId, encrypted: signature });
    if (this.#open?.kind === 'thinking') this.#write(sealed.length, () => this.#outputs.signature(sealed), 'thinking');
    else if (this.#options.thinkingWanted) this.#signatures.set(key, sealed);
  }

  #signBlock(sealed: string): void {
    if (this.#stopSequence !== undefined) return;
    this.#outputs.signature(sealed);
    this.#outputs.close();
  }

  #think(text: string): void {
    if (text !== '') this.#write(text.length, () => this.#outputs.thinking(text), 'thinking');
  }

  #say(text: string): void {
    if (text === '') return;
    this.#write(
      text.length,
      () => {
        if (this.#stopSequence !== undefined) return;
        const out = this.#scanner.push(text);
        if (out !== '') this.#outputs.text(out);
        this.#stopSequence = this.#scanner.hit;
      },
      'text',
    );
  }

  /** Generated images, code that ran at the host: Claude Code has no block for them. */
  #leaveOut(part: JsonObject): void {
    const [kind = 'part'] = Object.keys(part).filter((name) => name !== 'thoughtSignature');
    if (Object.keys(asObject(part)).some((name) => name !== 'thoughtSignature'))
      this.#outputs.push({
        type: 'warning',
        message: `[${kind.slice(0, 40)} of ${this.#options.maker.upstream} left out: Claude Code cannot show it]`,
      });
  }

  /** Writes into the open block of this kind, or into a new one. */
  #write(size: number, write: () => void, kind: 'thinking' | 'text'): void {
    if (this.#open?.kind !== kind) {
      this.#endBlock();
      this.#open = { kind, key: `${kind} ${this.#blocks++}` };
      this.#sequence.begin(this.#open.key);
    }
    this.#sequence.write(this.#open.key, size, write);
  }

  #endBlock(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#sequence.write(open.key, 0, () => {
      if (open.kind === 'text' && this.#stopSequence === undefined) {
        const rest = this.#scanner.flush();
        if (rest !== '') this.#outputs.text(rest);
      }
      if (this.#outputs.open === open.kind) this.#outputs.close();
    });
    this.#sequence.finish(open.key);
  }
}
