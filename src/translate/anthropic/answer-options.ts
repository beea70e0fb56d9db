/** What the stream of every dialect needs to translate one answer. */
import type { CcpError } from '../../errors/ccp-error.ts';
import type { FailureContext } from '../failures/errors.ts';
import type { Outputs } from '../output.ts';
import type { ReasoningOrigin } from './envelope.ts';

export interface AnswerOptions {
  readonly outputs: Outputs;
  /** Returns a unique id that starts with the prefix. */
  readonly newId: (prefix: string) => string;
  /** Call ids of earlier responses; a call that repeats one gets a new id. */
  readonly usedIds: ReadonlySet<string>;
  /** Stored in the signature of reasoning, which is replayed only to its origin. */
  readonly origin: ReasoningOrigin;
  readonly failure: FailureContext;
  /** Makes an error more specific by comparing it with the request. */
  readonly refineError: (error: CcpError) => CcpError;
}
