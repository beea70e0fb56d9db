import { describe, expect, it } from 'vitest';
import { CcpError, overflowError, toCcpError } from '../../src/errors/ccp-error.ts';
import { filledHint, headlessRemedies, remedyWords } from '../../src/errors/remedies.ts';
import { errorTable } from '../../src/errors/table.ts';
import { UserError } from '../../src/errors/user-error.ts';

const cause = new Error('socket closed');
const extras = {
  cause,
  retryAfterSec: 7,
  retryable: false,
  final: true,
  field: 'thinking',
  upstreamCode: 'rate_limit',
  overflow: { used: 5, maximum: 4 },
};
/** `name`, `message` and `cause` are not enumerable. */
const membersOf = (error: CcpError) => ({
  ...error,
  name: error.name,
  message: error.message,
  cause: error.cause,
});

describe('an error of a request', () => {
  it('has the properties of its code unless they are given', () => {
    const plain = new CcpError('rate_limited', 'Too many.');
    expect(membersOf(plain)).toEqual({
      name: 'CcpError',
      code: 'rate_limited',
      message: 'Too many.',
      cause: undefined,
      retryAfterSec: undefined,
      retryable: true,
      final: false,
      field: undefined,
      upstreamCode: '',
      overflow: undefined,
    });
    expect(plain.row).toBe(errorTable.rate_limited);
    expect(plain).toBeInstanceOf(Error);
    expect(new CcpError('invalid_request', 'No.').retryable).toBe(false);
    expect(membersOf(new CcpError('rate_limited', 'Too many.', extras))).toEqual({
      name: 'CcpError',
      code: 'rate_limited',
      message: 'Too many.',
      ...extras,
    });
  });

  it('keeps its other properties with another message', () => {
    const error = new CcpError('rate_limited', 'Too many.', extras);
    expect(membersOf(error.withMessage('Slow down.'))).toEqual({ ...membersOf(error), message: 'Slow down.' });
  });

  it('has the retries of another code, and its field, when it is changed to that code', () => {
    const error = new CcpError('upstream_invalid', 'No such field.', extras).as('rate_limited', 'effort');
    expect(membersOf(error)).toEqual({
      name: 'CcpError',
      code: 'rate_limited',
      message: 'No such field.',
      cause,
      retryAfterSec: 7,
      retryable: true,
      final: false,
      field: 'effort',
      upstreamCode: 'rate_limit',
      overflow: undefined,
    });
  });

  it.each([
    [
      'with a hint',
      new CcpError('model_unavailable', 'Not in your plan.'),
      'Not in your plan. Switch the model (`ccp switch MODEL`). [req_1]',
    ],
    ['without a hint', new CcpError('invalid_request', 'No messages.'), 'No messages. [req_1]'],
  ])('has a text %s', (_name, error, wanted) => {
    expect(error.text('req_1')).toBe(wanted);
  });

  it('has a type for the response and another inside a stream', () => {
    const error = new CcpError('idle', 'It was silent.');
    const message = 'It was silent. Send the message again; if it persists, switch the model (`ccp switch MODEL`). [r]';
    expect(error.body('r')).toEqual({ type: 'timeout_error', message });
    expect(error.body('r', true)).toEqual({ type: 'overloaded_error', message });
    expect(error.body('r', false, remedyWords('Ctrl+\\')).message).toContain('switch the model (Ctrl+\\ s).');
  });

  it('is the exact text on which Claude Code compacts, when the prompt is too long', () => {
    const overflow = { used: 210_000, maximum: 200_000 };
    const error = overflowError(overflow);
    expect(error).toMatchObject({ code: 'context_overflow', overflow });
    expect(error.text('req_1')).toBe('prompt is too long: 210000 tokens > 200000 maximum');
    const unknown = overflowError({ used: undefined, maximum: 200_000 });
    const counted = overflowError({ used: 210_000, maximum: 200_000, isCounted: true });
    expect(counted.text('req_1')).toBe('prompt is too long: 210000 tokens > 200000 maximum (counted by ccp)');
    expect(unknown.text('req_1')).toBe('prompt is too long: the limit is 200000 tokens');
  });

  it('is made of any thrown value without showing its text', () => {
    const error = new CcpError('idle', 'It was silent.');
    expect(toCcpError(error)).toBe(error);
    const thrown = new Error('fake-secret');
    const internal = toCcpError(thrown);
    expect(internal).toMatchObject({ code: 'internal', cause: thrown });
    expect(internal.text('r')).toBe('ccp failed on this request. See `ccp logs`; please report it. [r]');
    expect(toCcpError('fake-secret').text('r')).not.toContain('fake-secret');
  });
});

describe('the remedies of a hint', () => {
  const hint = '{Switch} or {switch}. {allow}; {allow}.';

  it('name commands without a screen, and keys with one', () => {
    expect(remedyWords(undefined)).toBe(headlessRemedies);
    expect(filledHint(hint, remedyWords(undefined))).toBe(
      'Switch the model (`ccp switch MODEL`) or switch the model (`ccp switch MODEL`). Raise the budget (--budget, the setting budgets); Raise the budget (--budget, the setting budgets).',
    );
    expect(filledHint(hint, remedyWords('Ctrl+\\'))).toBe(
      'Switch the model (Ctrl+\\ s) or switch the model (Ctrl+\\ s). Allow as much again (Ctrl+\\ y), raise it (--budget, the setting budgets); Allow as much again (Ctrl+\\ y), raise it (--budget, the setting budgets).',
    );
  });

  it('are all filled in, for every code', () => {
    for (const { hint: text } of Object.values(errorTable))
      expect(filledHint(text, headlessRemedies)).not.toMatch(/[{}]/);
  });
});

describe('an error at the shell', () => {
  it('has the exit code 1, or 2 for wrong usage', () => {
    expect(new UserError('It failed.')).toMatchObject({ name: 'UserError', message: 'It failed.', exitCode: 1 });
    expect(new UserError('No such option.', 2).exitCode).toBe(2);
  });
});
