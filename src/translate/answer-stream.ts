/**
 * Wraps a dialect's step machine: returns the outputs of each step, turns a thrown CcpError into a `failure` output,
 * and returns nothing after the end.
 */
import { CcpError } from '../errors/ccp-error.ts';
import type { JsonObject } from '../wire/json.ts';
import type { Ending, Output, Outputs } from './output.ts';

/** Reads one upstream response. Pure: the same events yield the same outputs. */
export interface AnswerStream {
  /** @param event one parsed upstream event. */
  step(event: JsonObject): readonly Output[];
  /** Handles `[DONE]`, the last frame of a stream. */
  done(): readonly Output[];
  /** Handles the end of the byte stream. Without the dialect's terminal event this is a failure. */
  eof(): readonly Output[];
}

/** What a dialect implements. Each method may throw a CcpError, which becomes a `failure` output. */
export interface AnswerMachine {
  readonly ending: Ending | undefined;
  step(event: JsonObject): void;
  done(): void;
  eof(): void;
}

export function answerStream(machine: AnswerMachine, outputs: Outputs): AnswerStream {
  let hasEnded = false;
  const run = (action: () => void): readonly Output[] => {
    if (hasEnded) return [];
    try {
      action();
      if (machine.ending) {
        if (outputs.open === 'tool_use')
          throw new CcpError('incomplete_tool_call', 'The upstream ended the answer inside an unfinished tool call.');
        hasEnded = true;
        outputs.push({ type: 'end', ending: machine.ending });
      }
    } catch (thrown) {
      hasEnded = true;
      outputs.push({ type: 'failure', error: failureOf(thrown) });
    }
    return outputs.take();
  };
  return {
    step: (event) => run(() => machine.step(event)),
    done: () => run(() => machine.done()),
    eof: () => run(() => machine.eof()),
  };
}

function failureOf(thrown: unknown): CcpError {
  if (thrown instanceof CcpError) return thrown;
  // JSON that is nested too deep for functions that call themselves.
  if (thrown instanceof RangeError)
    return new CcpError('garbage', 'The upstream sent an event that is nested too deep.', { cause: thrown });
  throw thrown;
}
