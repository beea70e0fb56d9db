import type { ErrorBody } from '../wire/anthropic.ts';
import { filledHint, headlessRemedies, type RemedyWords } from './remedies.ts';
import { type ErrorCode, type ErrorRow, errorTable } from './table.ts';

export interface ErrorExtras {
  /** Seconds, as the upstream asked for. */
  readonly retryAfterSec?: number | undefined;
  /** Never sent to the client; for the log. */
  readonly cause?: unknown;
  /** Overrides the table where one code covers two outcomes (an upstream that says "do not retry"). */
  readonly retryable?: boolean | undefined;
  /** With `field_refused`: the optional field to leave out. */
  readonly field?: string | undefined;
  /** The upstream's own code; empty when it gave none. */
  readonly upstreamCode?: string | undefined;
  /** With `context_overflow`. */
  readonly overflow?: Overflow | undefined;
}

/** In tokens. */
export interface Overflow {
  /** `undefined` when the upstream did not say: it is counted then. */
  readonly used: number | undefined;
  readonly maximum: number;
}

/** The only error that crosses a layer. `message` never holds a secret or prompt text. */
export class CcpError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterSec: number | undefined;
  readonly retryable: boolean;
  readonly field: string | undefined;
  readonly upstreamCode: string;
  readonly overflow: Overflow | undefined;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, { cause: extras.cause });
    this.name = 'CcpError';
    this.code = code;
    this.retryAfterSec = extras.retryAfterSec;
    this.retryable = extras.retryable ?? errorTable[code].retryable;
    this.field = extras.field;
    this.upstreamCode = extras.upstreamCode ?? '';
    this.overflow = extras.overflow;
  }

  get row(): ErrorRow {
    return errorTable[this.code];
  }

  /** The sentence Claude Code shows. Context overflow stays bare: the client matches its exact words. */
  text(requestId: string, remedies: RemedyWords = headlessRemedies): string {
    if (this.code === 'context_overflow') return this.message;
    const hint = this.row.hint ? ` ${filledHint(this.row.hint, remedies)}` : '';
    return `${this.message}${hint} [${requestId}]`;
  }

  /** The same failure in other words. */
  withMessage(message: string): CcpError {
    return new CcpError(this.code, message, this);
  }

  /** The same failure, seen as another. */
  as(code: ErrorCode, field?: string): CcpError {
    const { message, upstreamCode, cause, retryAfterSec } = this;
    return new CcpError(code, message, { upstreamCode, cause, retryAfterSec, field });
  }

  body(requestId: string, inStream = false, remedies: RemedyWords = headlessRemedies): ErrorBody {
    return { type: inStream ? this.row.streamType : this.row.type, message: this.text(requestId, remedies) };
  }
}

/** Exactly the words Claude Code compacts on. */
export const overflowError = (overflow: Overflow): CcpError =>
  new CcpError(
    'context_overflow',
    `prompt is too long: ${overflow.used ?? overflow.maximum + 1} tokens > ${overflow.maximum} maximum`,
    { overflow },
  );

/** Turns anything thrown into a CcpError without leaking its text to the client. */
export function toCcpError(thrown: unknown): CcpError {
  if (thrown instanceof CcpError) return thrown;
  return new CcpError('internal', 'ccp failed on this request.', { cause: thrown });
}
