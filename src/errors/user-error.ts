import { cleanLines } from '../wire/clean-text.ts';

const maxLineLength = 4_000;

/** An error message for the user at the shell, with its exit code: 2 for usage errors, 1 for all others. */
export class UserError extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(cleanLines(message, maxLineLength));
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}
