import { expect, it } from 'vitest';
import { QuestionGuard } from '../../src/session/question-guard.ts';

it('a question can be answered 700 ms after it appeared, and another one starts again', () => {
  const guard = new QuestionGuard();
  guard.update('Raise the budget', 1_000);
  expect(guard.isReadable(1_699)).toBe(false);
  guard.update('Raise the budget', 1_600);
  expect(guard.isReadable(1_700)).toBe(true);
  guard.update('Switch main to openai/gpt-5.5', 1_800);
  expect(guard.isReadable(2_499)).toBe(false);
  expect(guard.isReadable(2_500)).toBe(true);
});
