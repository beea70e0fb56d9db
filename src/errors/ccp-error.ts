import type { ErrorBody } from '../wire/anthropic.ts';
import { cleanText } from '../wire/clean-text.ts';
import { filledHint, headlessRemedies, type RemedyWords } from './remedies.ts';
import { type ErrorCode, type ErrorRow, errorTable } from './table.ts';

export interface ErrorExtras {
  /** Seconds to wait before a retry, as requested by the upstream. */
  readonly retryAfterSec?: number | undefined;
  /** Written to the log, never sent to the client. */
  readonly cause?: unknown;
  /** Overrides the table when one code covers two outcomes (an upstream that forbids a retry, for example). */
  readonly retryable?: boolean | undefined;
  /** Overrides the table: Claude Code must not send the request again. */
  readonly final?: boolean | undefined;
  /** With `field_refused`: the optional field to omit. */
  readonly field?: string | undefined;
  /** The error code of the upstream; empty when it sent none. */
  readonly upstreamCode?: string | undefined;
  /** Set with `context_overflow`. */
  readonly overflow?: Overflow | undefined;
}

/** Prompt size and limit, in tokens. */
export interface Overflow {
  /** `undefined` when the upstream did not report it. */
  readonly used: number | undefined;
  readonly maximum: number;
  /** `used` is ccp's count, not the upstream's. */
  readonly isCounted?: true;
}

/** Messages may contain an upstream's words, which are cut shorter before. */
const maxMessageLength = 2_000;

/** The only error that crosses layers. `message` never contains a secret, prompt text or a control character. */
export class CcpError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterSec: number | undefined;
  readonly retryable: boolean;
  readonly final: boolean;
  readonly field: string | undefined;
  readonly upstreamCode: string;
  readonly overflow: Overflow | undefined;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(cleanText(message, maxMessageLength), { cause: extras.cause });
    this.name = 'CcpError';
    this.code = code;
    this.retryAfterSec = extras.retryAfterSec;
    this.retryable = extras.retryable ?? errorTable[code].retryable;
    this.final = extras.final ?? errorTable[code].final;
    this.field = extras.field;
    this.upstreamCode = cleanText(extras.upstreamCode ?? '');
    this.overflow = extras.overflow;
  }

  get row(): ErrorRow {
    return errorTable[this.code];
  }

  /** The message that Claude Code shows. A context overflow has no hint or id: the client matches its exact text. */
  text(requestId: string, remedies: RemedyWords = headlessRemedies): string {
    if (this.code === 'context_overflow') return this.message;
    const hint = this.row.hint ? ` ${filledHint(this.row.hint, remedies)}` : '';
    return `${this.message}${hint} [${requestId}]`;
  }

  /** Returns a copy with another message. */
  withMessage(message: string): CcpError {
    return new CcpError(this.code, message, this);
  }

  /** Returns a copy with the time after which a retry can succeed. */
  withRetryAfter(retryAfterSec: number): CcpError {
    return new CcpError(this.code, this.message, { ...this, cause: this.cause, retryAfterSec });
  }

  /** Returns a copy with another code. */
  as(code: ErrorCode, field?: string): CcpError {
    const { message, upstreamCode, cause, retryAfterSec } = this;
    return new CcpError(code, message, { upstreamCode, cause, retryAfterSec, field });
  }

  /** Returns a copy that Claude Code does not send again, with the words added to its message. */
  asFinal(words: string): CcpError {
    return new CcpError(this.code, `${this.message} ${words}`, { ...this, final: true, retryable: false });
  }

  body(requestId: string, inStream = false, remedies: RemedyWords = headlessRemedies): ErrorBody {
    // Newer clients continue a response after `overloaded_error`.
    const streamType = this.final && !this.row.final ? 'invalid_request_error' : this.row.streamType;
    return { type: inStream ? streamType : this.row.type, message: this.text(requestId, remedies) };
  }
}

/** The error with the exact text on which Claude Code compacts. */
export const overflowError = (overflow: Overflow): CcpError =>
  new CcpError(
    'context_overflow',
    overflow.used === undefined
      ? `prompt is too long: the limit is ${overflow.maximum} tokens`
      : `prompt is too long: ${overflow.used} tokens > ${overflow.maximum} maximum${overflow.isCounted ? ' (counted by ccp)' : ''}`,
    { overflow },
  );

/** Converts any thrown value into a CcpError without exposing its text to the client. */
export function toCcpError(thrown: unknown): CcpError {
  if (thrown instanceof CcpError) return thrown;
  return new CcpError('internal', 'ccp failed on this request.', { cause: thrown });
}
