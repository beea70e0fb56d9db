/** A question about spending, on a fake clock: when it ends, and what the program that asked is told. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Confirmation } from '../../src/proxy/confirmation.ts';
import type { Question, SessionEvent } from '../../src/session/events.ts';
import { FakeClock } from '../support/fake-clock.ts';

const change = 'Switch main to openai/gpt-5.5';
let clock: FakeClock;
let confirmation: Confirmation;
let published: SessionEvent[];
const questions = () =>
  published.map((event): Question | undefined => (event.type === 'confirmation' ? event.question : undefined));
const ask = (signal = new AbortController().signal) => {
  const asked = confirmation.require(change, signal).then(
    () => 'allowed',
    (thrown: Error) => thrown.message,
  );
  return asked;
};

beforeEach(() => {
  clock = new FakeClock();
  published = [];
  confirmation = new Confirmation('ask', true, clock, (event) => published.push(event));
});

describe('a question about spending', () => {
  it('ends after five minutes', async () => {
    const asked = ask();
    clock.advance(5 * 60_000 - 1);
    expect(questions()).toEqual([{ id: 'question_1', text: change, isFromProgram: true }]);
    clock.advance(1);
    expect(await asked).toMatch(
      /^Switch main to openai\/gpt-5\.5: there was no answer on the session's screen\. To allow/,
    );
    expect(questions()).toEqual([{ id: 'question_1', text: change, isFromProgram: true }, undefined]);
  });

  it('is asked by one program at a time', async () => {
    const asked = ask();
    expect(await ask()).toMatch(/^Switch main to openai\/gpt-5\.5: another request already waits/);
    confirmation.answer('question_1', true);
    expect(await asked).toBe('allowed');
    expect(clock.pending).toBe(0);
  });

  it('is not asked for a program that has gone', async () => {
    const abort = new AbortController();
    abort.abort();
    expect(await ask(abort.signal)).toContain('there was no answer');
    expect(published).toEqual([]);
  });

  it('ends once, and a later disconnection does not end the next one', async () => {
    const abort = new AbortController();
    const first = ask(abort.signal);
    confirmation.answer('question_1', false);
    expect(await first).toContain('it was denied');
    const second = ask();
    abort.abort();
    expect(questions()).toEqual([
      { id: 'question_1', text: change, isFromProgram: true },
      undefined,
      { id: 'question_2', text: change, isFromProgram: true },
    ]);
    expect(() => confirmation.answer('question_1', true)).toThrow('no longer open');
    confirmation.answer('question_2', true);
    expect(await second).toBe('allowed');
    expect(() => confirmation.answer('question_2', true)).toThrow('no longer open');
    expect(published[0]).toMatchObject({ at: clock.now(), id: `confirmation_${clock.now()}` });
  });
});
