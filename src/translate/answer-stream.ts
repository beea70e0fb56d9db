/** The frame around a dialect's step machine: outputs are returned, failures are outputs, and nothing follows an end. */
import { CcpError } from '../errors/ccp-error.ts';
import type { JsonObject } from '../wire/json.ts';
import type { Ending, Output, Outputs } from './output.ts';

/** Reads one upstream answer. Pure: the same events yield the same outputs. */
export interface AnswerStream {
  /** @param event one parsed event of the upstream. */
  step(event: JsonObject): readonly Output[];
  /** `[DONE]`: nothing follows. */
  done(): readonly Output[];
  /** The bytes ended. Without the dialect's terminal event this is a failure. */
  eof(): readonly Output[];
}

/** What a dialect implements. Each method may throw a CcpError: it becomes a `failure` output. */
export interface AnswerMachine {
  readonly ending: Ending | undefined;
  step(event: JsonObject): void;
  done(): void;
  eof(): void;
}

export function answerStream(machine: AnswerMachine, outputs: Outputs): AnswerStream {
  let isOver = false;
  const run = (action: () => void): readonly Output[] => {
    if (isOver) return [];
    try {
      action();
      if (machine.ending) {
        isOver = true;
        outputs.push({ type: 'end', ending: machine.ending });
      }
    } catch (thrown) {
      if (!(thrown instanceof CcpError)) throw thrown;
      isOver = true;
      outputs.push({ type: 'failure', error: thrown });
    }
    return outputs.take();
  };
  return {
    step: (event) => run(() => machine.step(event)),
    done: () => run(() => machine.done()),
    eof: () => run(() => machine.eof()),
  };
}
