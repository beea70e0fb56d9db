/** Gemini streams that hosts send against the protocol. No call may be lost, run twice or run after a truncation. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../../support/grammar.ts';
import { bytes, replay, whole } from '../../../support/replay.ts';
import { upstreamNamed } from '../../../support/upstreams.ts';

const gemini = upstreamNamed('gemini');
const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 2 };

const chunk = (parts: unknown, finishReason?: string) => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...(finishReason ? { finishReason } : {}) }],
  usageMetadata,
});
const call = (args: unknown, id = 'c1', name = 'Write') => ({ functionCall: { id, name, args } });
const file = (path: string) => ({ file_path: path, content: 'x' });
const frame = (event: unknown) => `data: ${JSON.stringify(event)}\n\n`;

function translated(stream: string) {
  const { text, error } = replay(whole(bytes(stream)), undefined, gemini);
  const seen = judge(text);
  expect(seen.faults).toEqual([]);
  const calls = seen.blocks.filter(({ type, closed }) => type === 'tool_use' && closed);
  return { ...seen, calls, failure: error };
}
const translatedChunks = (...chunks: unknown[]) => translated(chunks.map(frame).join(''));

describe('Gemini calls', () => {
  it('with the same id, name and arguments run once', () => {
    const repeated = translatedChunks(chunk([call(file('/a')), call(file('/a'))]), chunk([call(file('/a'))], 'STOP'));
    expect(repeated.calls).toHaveLength(1);
    expect(repeated.stopReason).toBe('tool_use');
    const different = translatedChunks(chunk([call(file('/a')), call(file('/b'))], 'STOP'));
    expect(different.calls).toHaveLength(2);
  });

  it('are all withheld when one of them is invalid', () => {
    const { calls, failure } = translatedChunks(chunk([call(file('/a')), call('{"x', 'c2')], 'STOP'));
    expect(calls).toEqual([]);
    expect(failure?.code).toBe('broken_tool_call');
  });

  it.each([
    ['a list', chunk([{ functionCall: [call(file('/a')).functionCall] }], 'STOP'), 'broken_tool_call'],
    ['text', chunk([{ functionCall: 'Write' }], 'STOP'), 'broken_tool_call'],
    ['outside of a list of parts', chunk(call(file('/a')), 'STOP'), 'garbage'],
    ['with a number that is not exact', chunk([call({ n: 2 ** 60 })], 'STOP'), 'broken_tool_call'],
  ])('as %s are an error, and never lost', (_name, event, code) => {
    const { calls, failure } = translatedChunks(event);
    expect(calls).toEqual([]);
    expect(failure?.code).toBe(code);
  });

  it('keep the text of a part that contains both', () => {
    const seen = translatedChunks(chunk([{ text: 'First. ', ...call(file('/a')) }], 'STOP'));
    expect(seen.blocks.map(({ type }) => type)).toEqual(['text', 'tool_use']);
  });
});

describe('the end of a Gemini stream', () => {
  it('inside an event is a truncation, although a finish reason came before', () => {
    const cut = `${frame(chunk([call(file('/a'))], 'STOP'))}data: {"candidates":[{"content":{"parts":[{"functionCall`;
    const { calls, failure } = translated(cut);
    expect(calls).toEqual([]);
    expect(failure?.code).toBe('truncated');
  });

  it('without the last blank line is complete when the event is', () => {
    const { stopReason } = translated(`data: ${JSON.stringify(chunk([{ text: 'Yes.' }], 'STOP'))}`);
    expect(stopReason).toBe('end_turn');
  });

  it('after an unspecified block reason is a truncation', () => {
    for (const blockReason of ['', 'BLOCK_REASON_UNSPECIFIED'])
      expect(translatedChunks({ promptFeedback: { blockReason } }).failure?.code).toBe('truncated');
    expect(translatedChunks({ promptFeedback: { blockReason: 'SAFETY' } }).failure).toBeUndefined();
  });

  it('keeps content that follows a preliminary finish reason', () => {
    const seen = translatedChunks(chunk([{ text: 'One ' }], 'STOP'), chunk([{ text: 'two.' }], 'STOP'));
    expect(seen.blocks.map(({ text }) => text)).toEqual(['One two.']);
    expect(seen.stopReason).toBe('end_turn');
  });
});

describe('Gemini errors inside a stream', () => {
  const exhausted = {
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: 'You exceeded your current quota, please check your plan and billing details.',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3s' }],
    },
  };

  it('are limits that pass after the delay that they name, also as a list', () => {
    for (const event of [exhausted, [exhausted]]) {
      const { failure } = translatedChunks(event);
      expect(failure).toMatchObject({ code: 'rate_limited', retryAfterSec: 3 });
    }
  });

  it('are absent when the member is null', () => {
    const seen = translatedChunks({ ...chunk([{ text: 'Yes.' }], 'STOP'), error: null });
    expect(seen.stopReason).toBe('end_turn');
  });

  it('of a daily quota name no reset after a few seconds', () => {
    const violations = [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }];
    const details = [...exhausted.error.details, { violations }];
    const { failure } = translatedChunks({ error: { ...exhausted.error, details } });
    expect(failure).toMatchObject({ code: 'plan_limit', retryAfterSec: undefined });
  });
});
