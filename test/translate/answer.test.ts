/** The answer of an upstream as a stream of outputs, independent of its dialect. */
import { describe, expect, it } from 'vitest';
import { CcpError } from '../../src/errors/ccp-error.ts';
import { AnswerReader } from '../../src/translate/answer-reader.ts';
import { type AnswerMachine, answerStream } from '../../src/translate/answer-stream.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { dialectNames, dialects, isDialectName } from '../../src/translate/dialects.ts';
import { type Ending, isBlockOutput, type Output, Outputs } from '../../src/translate/output.ts';
import { translate } from '../../src/translate/translate.ts';
import { noUsage } from '../../src/wire/anthropic.ts';
import { prepareOptions } from '../support/upstreams.ts';

const ending: Ending = {
  end: { stopReason: 'end_turn', stopSequence: null, usage: noUsage },
  abort: false,
  measured: true,
};

/** A machine whose events say what it does. */
function machine(outputs: Outputs): AnswerMachine {
  let reached: Ending | undefined;
  return {
    get ending() {
      return reached;
    },
    step: ({ text, end, fail }) => {
      if (typeof text === 'string') outputs.text(text);
      if (end === true) reached = ending;
      if (fail === 'known') throw new CcpError('garbage', 'known');
      if (fail === 'unknown') throw new TypeError('unknown');
    },
    done: () => {
      outputs.text('done');
      reached = ending;
    },
    eof: () => {
      throw new CcpError('truncated', 'eof');
    },
  };
}
const makeStream = () => {
  const outputs = new Outputs();
  return answerStream(machine(outputs), outputs);
};
const failure = (message: string) => ({ type: 'failure', error: expect.objectContaining({ message }) });

describe('the stream of an answer', () => {
  it('gives the outputs of each step, and its end once', () => {
    const stream = makeStream();
    expect(stream.step({ text: 'a' })).toEqual([{ type: 'text', text: 'a' }]);
    expect(stream.step({})).toEqual([]);
    expect(stream.step({ text: 'b', end: true })).toEqual([
      { type: 'text', text: 'b' },
      { type: 'end', ending },
    ]);
    expect(stream.step({ text: 'c' })).toEqual([]);
    expect(stream.done()).toEqual([]);
    expect(stream.eof()).toEqual([]);
  });

  it('ends with an error of the dialect, after the outputs before it', () => {
    const stream = makeStream();
    expect(stream.step({ text: 'a', fail: 'known' })).toEqual([{ type: 'text', text: 'a' }, failure('known')]);
    expect(stream.step({ text: 'b' })).toEqual([]);
    expect(makeStream().eof()).toEqual([failure('eof')]);
    expect(makeStream().done()).toMatchObject([{ text: 'done' }, { type: 'end' }]);
  });

  it('does not hide an error of ccp itself', () => {
    expect(() => makeStream().step({ fail: 'unknown' })).toThrow(TypeError);
  });
});

describe('the reader of an answer', () => {
  const make = () => {
    let events = 0;
    const reader = new AnswerReader(makeStream(), 'codex', () => {
      events += 1;
    });
    return {
      push: (text: string) => reader.push(Buffer.from(text)),
      eof: () => reader.eof(),
      events: () => events,
    };
  };
  const frame = (event: unknown) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`;
  const text = (one: string): Output => ({ type: 'text', text: one });

  it('gives the outputs of the events that are complete', () => {
    const reader = make();
    const whole = frame({ text: 'a' }) + frame({ text: 'b' });
    expect(reader.push(whole.slice(0, -5))).toEqual([text('a')]);
    expect(reader.push(whole.slice(-5))).toEqual([text('b')]);
    expect(reader.push(': keep-alive\n\n')).toEqual([]);
    expect(reader.events()).toBe(2);
  });

  it('ends with [DONE], and ignores what follows', () => {
    const reader = make();
    expect(reader.push(frame('[DONE]') + frame({ text: 'late' }))).toMatchObject([{ text: 'done' }, { type: 'end' }]);
    expect(reader.push(frame({ text: 'later' }))).toEqual([]);
    expect(reader.events()).toBe(2);
    expect(reader.eof()).toEqual([]);
  });

  it('takes an event in a list of one', () => {
    const reader = make();
    expect(reader.push(frame([{ text: 'a' }]))).toEqual([text('a')]);
    expect(reader.push(frame([{ text: 'a' }, { text: 'b' }]))).toEqual([failure('codex sent a truncated event.')]);
  });

  it('takes an event without the blank line at the end', () => {
    const reader = make();
    expect(reader.push('data: {"text":"a","end":true}')).toEqual([]);
    expect(reader.eof()).toMatchObject([{ text: 'a' }, { type: 'end' }]);
  });

  it.each(['data: {"text":"a', 'data: {"text":"a\n', 'data: 5'])('that ends with %j is cut', (rest) => {
    const reader = make();
    reader.push(rest);
    expect(reader.eof()).toEqual([
      failure('codex ended the stream before the answer was complete: the last event is cut.'),
    ]);
  });

  it('asks the dialect about an end between two events', () => {
    const reader = make();
    reader.push(frame({ text: 'a' }));
    expect(reader.eof()).toEqual([failure('eof')]);
  });

  it.each(['{"text":', '  [1'])('fails at the broken event %j', (data) => {
    const reader = make();
    expect(reader.push(frame(data) + frame({ text: 'late' }))).toEqual([failure('codex sent a truncated event.')]);
    expect(reader.push(frame({ text: 'later' }))).toEqual([]);
  });

  it('ignores twenty frames that are not JSON, and any number of blank ones', () => {
    const reader = make();
    for (let n = 0; n < 30; n++) expect(reader.push(frame(' '))).toEqual([]);
    for (let n = 0; n < 20; n++) expect(reader.push(frame('ping'))).toEqual([]);
    expect(reader.push(frame({ text: 'a' }))).toEqual([text('a')]);
    expect(reader.push(frame('ping'))).toEqual([failure('codex sent frames that are not JSON.')]);
  });

  it('fails at an event that is too large', () => {
    const reader = make();
    const part = `data: ${'x'.repeat(8 * 1024 * 1024)}\n`;
    let outputs: readonly Output[] = [];
    for (let n = 0; n < 40 && outputs.length === 0; n++) outputs = reader.push(part);
    expect(outputs).toEqual([{ type: 'failure', error: expect.objectContaining({ code: 'garbage' }) }]);
    expect(outputs[0]).toMatchObject({ error: { message: expect.stringMatching(/^codex: .+\.$/) } });
  });
});

describe('the outputs of a step', () => {
  it('are taken once, in order, and the open block is known', () => {
    const outputs = new Outputs();
    const citation = {
      type: 'web_search_result_location' as const,
      url: 'u',
      title: 't',
      cited_text: 'c',
      encrypted_index: '',
    };
    const open: unknown[] = [outputs.open];
    const act = (action: () => void) => {
      action();
      open.push(outputs.open);
    };
    act(() => outputs.text('a'));
    act(() => outputs.citation(citation));
    act(() => outputs.thinking('b'));
    act(() => outputs.close());
    act(() => outputs.signature('s'));
    act(() => outputs.openTool('id', 'Bash'));
    act(() => outputs.toolInput('{}'));
    act(() => outputs.close());
    act(() => outputs.serverTool('id', 'web_search', {}));
    act(() => outputs.foreign({ type: 'x' }));
    act(() => outputs.foreignDelta({ type: 'y' }));
    act(() => outputs.searchResult('id', []));
    act(() => outputs.push({ type: 'settled' }));
    expect(open).toEqual([
      undefined,
      'text',
      'text',
      'thinking',
      undefined,
      'thinking',
      'tool_use',
      'tool_use',
      undefined,
      undefined,
      'foreign',
      'foreign',
      undefined,
      undefined,
    ]);
    const taken = outputs.take();
    expect(taken).toEqual([
      { type: 'text', text: 'a' },
      { type: 'citation', citation },
      { type: 'thinking', text: 'b' },
      { type: 'block_end' },
      { type: 'signature', signature: 's' },
      { type: 'tool_start', id: 'id', name: 'Bash' },
      { type: 'tool_input', json: '{}' },
      { type: 'block_end' },
      { type: 'server_tool', id: 'id', name: 'web_search', input: {} },
      { type: 'foreign_start', block: { type: 'x' } },
      { type: 'foreign_delta', delta: { type: 'y' } },
      { type: 'search_result', toolUseId: 'id', content: [] },
      { type: 'settled' },
    ]);
    expect(taken.map(isBlockOutput)).toEqual([...Array(12).fill(true), false]);
    expect(outputs.take()).toEqual([]);
  });

  it.each<[string, (outputs: Outputs) => void]>([
    ['text', (outputs) => outputs.text('a')],
    ['thinking', (outputs) => outputs.thinking('a')],
    ['a signature', (outputs) => outputs.signature('s')],
    ['another call', (outputs) => outputs.openTool('id2', 'Bash')],
    ['a hosted search', (outputs) => outputs.serverTool('id2', 'web_search', {})],
    ['the results of a search', (outputs) => outputs.searchResult('id2', [])],
    ['a foreign block', (outputs) => outputs.foreign({ type: 'x' })],
  ])('are an error for %s inside an open call', (_name, act) => {
    const outputs = new Outputs();
    outputs.openTool('id', 'Bash');
    expect(() => act(outputs)).toThrow(expect.objectContaining({ code: 'garbage' }));
    expect(outputs.open).toBe('tool_use');
    expect(outputs.take()).toEqual([{ type: 'tool_start', id: 'id', name: 'Bash' }]);
    outputs.close();
    expect(() => act(outputs)).not.toThrow();
  });
});

it('a dialect is known by its own name only', () => {
  expect(dialectNames).toEqual(['responses', 'chat', 'messages', 'gemini']);
  expect(['chat', 'toString', '', 5, undefined].map(isDialectName)).toEqual([true, false, false, false, false]);
});

describe('the dialects', () => {
  const host = {
    name: 'nest',
    failures: {},
    credentialHint: '',
    modelHint: undefined,
    forwardedHeaders: 'none' as const,
  };

  it('use the profile of the upstream, or the plain one', () => {
    const row = dialects.gemini;
    expect(row.translator(host, {}).countsTokens).toBe(true);
    expect(row.translator(host, { gemini: { modelsPath: '/', counts: false } }).countsTokens).toBe(false);
  });

  describe('translate a recorded answer', () => {
    const upstream = { name: 'nest', translator: dialects.chat.translator(host, {}) };
    const request = validateRequest({
      model: 'asked',
      messages: [{ role: 'user', content: 'x' }],
      tools: [{ name: 'Read' }],
    });
    const frame = (delta: object, finish_reason?: string) =>
      Buffer.from(`data: ${JSON.stringify({ choices: [{ delta, finish_reason }] })}\n\n`);
    const types = ({ events }: ReturnType<typeof translate>) => events.map(({ type }) => type);

    it('to events, outputs and an ending', () => {
      const call = (index: number) => ({ index, function: { name: 'Read', arguments: '{}' } });
      const translation = translate(
        upstream,
        request,
        [frame({ content: 'a' }), frame({ tool_calls: [call(0), call(1)] }, 'stop')],
        prepareOptions(),
      );
      expect(types(translation)).toEqual([
        'message_start',
        ...['content_block_start', 'content_block_delta', 'content_block_stop'],
        ...['content_block_start', 'content_block_delta', 'content_block_stop'],
        ...['content_block_start', 'content_block_delta', 'content_block_stop'],
        'message_delta',
        'message_stop',
      ]);
      expect(translation.events[0]).toMatchObject({ message: { id: 'msg_replay', model: 'asked' } });
      expect(translation.events[4]).toMatchObject({ content_block: { id: 'call_replay0' } });
      expect(translation.events[7]).toMatchObject({ content_block: { id: 'call_replay1' } });
      expect(translation.outputs.at(-1)).toEqual({ type: 'end', ending: translation.ending });
      expect(translation.ending).toMatchObject({ end: { stopReason: 'tool_use' } });
      expect(translation.failure).toBeUndefined();
    });

    it('to an error event after the end of the open text, and to no event before content', () => {
      const cut = translate(upstream, request, [frame({ content: 'a' })], prepareOptions(), 'req_1');
      expect(cut.failure).toMatchObject({ code: 'truncated' });
      expect(cut.ending).toBeUndefined();
      expect(types(cut)).toEqual([
        'message_start',
        'content_block_start',
        'content_block_delta',
        'content_block_stop',
        'error',
      ]);
      expect(cut.events.at(-1)).toEqual({ type: 'error', error: cut.failure?.body('req_1', true) });
      const unnamed = translate(upstream, request, [frame({ content: 'a' })], prepareOptions());
      expect(unnamed.events.at(-1)).toEqual({ type: 'error', error: unnamed.failure?.body('req_replay', true) });
      expect(unnamed.outputs.map(({ type }) => type)).toEqual(['text', 'failure']);
      const empty = translate(upstream, request, [], prepareOptions());
      expect(empty.failure).toMatchObject({ code: 'truncated' });
      expect(empty.events).toEqual([]);
    });
  });
});
