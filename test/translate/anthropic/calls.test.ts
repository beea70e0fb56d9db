/** The tool calls of a response: their arguments, their ids and their order. */
import { describe, expect, it } from 'vitest';
import { callIdOf } from '../../../src/translate/anthropic/call-id.ts';
import { CallItems } from '../../../src/translate/anthropic/call-items.ts';
import { BlockSequence } from '../../../src/translate/anthropic/sequence.ts';
import { argumentBufferLimit, BufferLimit, ToolCall } from '../../../src/translate/anthropic/tool-call.ts';
import { Outputs } from '../../../src/translate/output.ts';

const optional = { properties: { path: { type: 'string' }, pages: { type: 'string' } }, required: ['path'] };
const required = { properties: { path: { type: 'string' } }, required: ['path'] };

/** The outputs as short texts. */
const textOf = (outputs: Outputs): string[] =>
  outputs.take().map((output) => {
    if (output.type === 'tool_start') return `start ${output.id} ${output.name}`;
    if (output.type === 'tool_input') return `input ${output.json}`;
    if (output.type === 'tool_call') return `call ${output.tool}`;
    if (output.type === 'repaired') return `repaired ${output.tool} ${output.dropped.join()}`;
    return output.type;
  });

describe('one tool call', () => {
  const make = (schema: Record<string, unknown>) => {
    const outputs = new Outputs();
    const limit = new BufferLimit();
    const call = new ToolCall({ id: 'a', name: 'Read', schema, outputs, limit });
    return { call, outputs, limit };
  };

  it('whose schema leaves nothing to repair is streamed', () => {
    const { call, outputs } = make(required);
    expect([call.id, call.name, call.live, call.isOpen, call.isEmpty]).toEqual(['a', 'Read', true, false, true]);
    call.append('{"path":');
    expect([call.isOpen, call.isEmpty]).toEqual([true, false]);
    call.append('"x"}');
    expect(call.finish(undefined)).toEqual([]);
    expect(call.isOpen).toBe(false);
    expect(textOf(outputs)).toEqual(['start a Read', 'input {"path":', 'input "x"}', 'block_end']);
  });

  it('that was streamed gets the rest of its final arguments', () => {
    const { call, outputs } = make(required);
    call.append('{"path":');
    expect(call.finish('{"path":"x"}')).toEqual([]);
    expect(textOf(outputs)).toEqual(['start a Read', 'input {"path":', 'input "x"}', 'block_end']);
  });

  it('that was streamed is an error if its final arguments differ, and stays open', () => {
    const { call, outputs } = make(required);
    call.append('{"path":');
    expect(() => call.finish('{ "path":"x"}')).toThrow(
      'The upstream sent an invalid call of Read. Its final arguments differ from what was streamed.',
    );
    expect(textOf(outputs)).not.toContain('block_end');
    expect(call.isOpen).toBe(true);
  });

  it('with optional members is held back and repaired', () => {
    const { call, outputs } = make(optional);
    expect(call.live).toBe(false);
    call.append('{"path":"x",');
    call.append('"pages":""}');
    expect([call.isOpen, call.isEmpty]).toEqual([false, false]);
    expect(outputs.take()).toEqual([]);
    expect(call.finish(undefined)).toEqual(['$.pages']);
    expect(textOf(outputs)).toEqual(['start a Read', 'input {"path":"x"}', 'block_end']);
  });

  it.each([
    ['{"path": "x",  "pages": "1"}', '{"path": "x",  "pages": "1"}', []],
    ['', '{}', []],
    [' \n', '{}', []],
    ['{"path":1234567890123456,"pages":""}', '{"path":1234567890123456,"pages":""}', []],
    ['{"path":123456789012345,"pages":""}', '{"path":123456789012345}', ['$.pages']],
    ['{"path":1e308,"pages":""}', '{"path":1e308,"pages":""}', []],
    ['{"path":1E+308,"pages":""}', '{"path":1E+308,"pages":""}', []],
    ['{"path":1e40,"pages":""}', '{"path":1e+40}', ['$.pages']],
  ])('with the arguments %j sends %s', (args, sent, dropped) => {
    const { call, outputs } = make(optional);
    call.append(args);
    expect(call.finish('')).toEqual(dropped);
    expect(textOf(outputs)[1]).toBe(`input ${sent}`);
  });

  it.each(['[1]', '{"path":', '"x"', 'null'])('with the arguments %j is an error', (args) => {
    const { call, outputs } = make(optional);
    call.append(args);
    expect(() => call.finish(undefined)).toThrow(
      `The upstream sent an invalid call of Read. Its arguments are not a JSON object (${args.length} characters).`,
    );
    expect(outputs.take()).toEqual([]);
  });

  it.each(['{"path":1e400}', '{"path":1E+400}', '{"path":[{"a":-1e309}]}', `{"path":1${'0'.repeat(310)}}`])(
    'with a number that is too large is an error: %j',
    (args) => {
      for (const schema of [required, optional]) {
        const { call, outputs } = make(schema);
        expect(() => call.finish(args)).toThrow(
          'The upstream sent an invalid call of Read. A number in its arguments is too large.',
        );
        expect(outputs.take()).toEqual([]);
      }
    },
  );

  it('without arguments is an empty object, streamed or not', () => {
    for (const schema of [required, optional]) {
      const { call, outputs } = make(schema);
      expect(call.finish('{}')).toEqual([]);
      expect(textOf(outputs)).toEqual(['start a Read', 'input {}', 'block_end']);
    }
  });

  it.each([
    ['{"a":1}', undefined, true],
    ['{"a":1} \n', undefined, true],
    ['{"a":{}', undefined, false],
    ['[{}', undefined, false],
    ['{"a":1', undefined, false],
    ['', undefined, false],
    ['', '', false],
    ['{"a":1', '{"a":1}', true],
    ['{"a":1}', '[1]', false],
    ['{"a":1}', '', true],
  ])('with %j and the final arguments %j is complete: %s', (args, final, expected) => {
    const { call } = make(optional);
    for (const letter of args) call.append(letter);
    expect(call.isComplete(final)).toBe(expected);
  });

  it('uses the buffer until it is finished', () => {
    const { call, limit } = make(optional);
    call.append('{"path":"x"}');
    expect(() => limit.check(argumentBufferLimit - 11)).toThrow();
    call.finish(undefined);
    expect(() => limit.check(argumentBufferLimit)).not.toThrow();
    expect(() => limit.check(argumentBufferLimit + 1)).toThrow();
  });

  it('that is nested too deep to be written again is an error', () => {
    const { call, outputs } = make({ properties: { a: {}, b: { type: 'number' } } });
    const depth = 200_000;
    call.append(`{"b":"","a":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(() => call.finish(undefined)).toThrow(/invalid call of Read/);
    expect(textOf(outputs)).toEqual([]);
  });
});

describe('the calls of a response', () => {
  const make = ({ used = [], isCut = () => false }: { used?: string[]; isCut?: () => boolean } = {}) => {
    const outputs = new Outputs();
    const limit = new BufferLimit();
    const sequence = new BlockSequence(limit);
    const opened: string[] = [];
    let ids = 0;
    const calls = new CallItems(
      {
        outputs,
        tools: {
          clientName: (name) => name.replace('up_', ''),
          isKnown: () => true,
          schema: (name) => (name === 'Live' ? required : optional),
        },
        usedIds: new Set(used),
        newId: (prefix) => `${prefix}_new${ids++}`,
      },
      sequence,
      limit,
      { cut: isCut, opened: (key) => opened.push(key) },
    );
    return { calls, outputs, limit, sequence, opened, free: () => freeOf(limit) };
  };
  const freeOf = (limit: BufferLimit): number => {
    let low = 0;
    let high = argumentBufferLimit * 2;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      try {
        limit.check(middle);
        low = middle;
      } catch {
        high = middle - 1;
      }
    }
    return argumentBufferLimit - low;
  };
  const start = (name: string, callId: string | undefined = 'id') => ({ name, callId });

  it('are announced under the names of Claude Code, and counted when they are complete', () => {
    const { calls, outputs, opened } = make();
    calls.begin('k', start('up_Live'));
    expect(calls.open.map(([key]) => key)).toEqual(['k']);
    expect(opened).toEqual(['k']);
    calls.append('k', '{"path":"x"}');
    expect(calls.isComplete('k')).toBe(true);
    expect(calls.finished).toBe(0);
    calls.end('k', start('up_Live'), undefined);
    expect(calls.finished).toBe(1);
    expect(calls.open).toEqual([]);
    expect(textOf(outputs)).toEqual(['call Live', 'start id Live', 'input {"path":"x"}', 'block_end']);
  });

  it('begin once, whatever is announced again', () => {
    const { calls, outputs, opened } = make();
    const item = calls.begin('k', start('Live'));
    expect(calls.begin('k', start('Other'))).toBe(item);
    expect(opened).toEqual(['k']);
    expect(textOf(outputs)).toEqual(['call Live']);
  });

  it('without a name are an error', () => {
    expect(() => make().calls.begin('k', start('up_'))).toThrow('The upstream sent a tool call without a name.');
    expect(() => make().calls.begin('k', start(''))).toThrow(expect.objectContaining({ code: 'broken_tool_call' }));
  });

  it('are written in order, each in one piece', () => {
    const { calls, outputs } = make();
    calls.begin('a', start('Live', 'a'));
    calls.begin('b', start('Live', 'b'));
    calls.append('b', '{"path":"b"}');
    calls.append('a', '{"path":');
    calls.end('b', start('Live', 'b'), undefined);
    calls.append('a', '"a"}');
    calls.end('a', start('Live', 'a'), undefined);
    expect(textOf(outputs)).toEqual([
      'call Live',
      'call Live',
      'start a Live',
      'input {"path":',
      'input "a"}',
      'block_end',
      'start b Live',
      'input {"path":"b"}',
      'block_end',
    ]);
    expect(calls.finished).toBe(2);
  });

  it('report what was repaired', () => {
    const { calls, outputs } = make();
    calls.end('k', start('Read'), { path: 'x', pages: '' });
    expect(textOf(outputs)).toEqual([
      'call Read',
      'start id Read',
      'input {"path":"x"}',
      'block_end',
      'repaired Read $.pages',
    ]);
  });

  it('keep arguments that arrive before the name', () => {
    const { calls, outputs, free } = make();
    calls.append('k', '');
    calls.append('k', '{"path":');
    calls.append('k', '"x"}');
    calls.set('k', 'ignored after deltas');
    expect(free()).toBe(12);
    expect(calls.isComplete('k')).toBe(false);
    calls.end('k', start('Live'), undefined);
    expect(textOf(outputs)).toEqual(['call Live', 'start id Live', 'input {"path":', 'input "x"}', 'block_end']);
    expect(free()).toBe(0);
  });

  it('keep final arguments that arrive before the name', () => {
    const { calls, outputs } = make();
    calls.set('k', '{"path":"x"}');
    calls.set('other', { path: 'no string' });
    calls.end('k', start('Read'), undefined);
    calls.end('other', start('Read', 'id2'), undefined);
    expect(textOf(outputs).filter((text) => text.startsWith('input'))).toEqual(['input {"path":"x"}', 'input {}']);
  });

  it('of which a thousand have no name yet are an error', () => {
    const { calls } = make();
    for (let n = 0; n < 1_000; n++) calls.append(`k${n}`, 'x');
    calls.append('k0', 'x');
    expect(() => calls.append('more', 'x')).toThrow(expect.objectContaining({ code: 'buffer_full' }));
  });

  it('take the last final arguments, as text or as an object, and none for an empty value', () => {
    const { calls, outputs, free } = make();
    calls.begin('k', start('Read'));
    calls.append('k', '{"path":"appended"}');
    expect(free()).toBe(19);
    calls.set('k', '{"path":"first"}');
    expect(free()).toBe(19 + 16);
    calls.set('k', { path: 'last' });
    expect(free()).toBe(19 + 15);
    for (const empty of ['', null, undefined]) calls.set('k', empty);
    expect(calls.isComplete('k')).toBe(true);
    calls.end('k', start('Read'), null);
    expect(textOf(outputs).filter((text) => text.startsWith('input'))).toEqual(['input {"path":"last"}']);
    expect(free()).toBe(0);
  });

  it('that wait use the buffer for their final arguments', () => {
    const { calls, free, sequence } = make();
    calls.begin('a', start('Read', 'a'));
    calls.end('b', start('Read', 'b'), '{"path":"x"}');
    expect(free()).toBe(12);
    sequence.drop(['a']);
    expect(free()).toBe(0);
    expect(calls.finished).toBe(1);
  });

  it('that are finished take no more arguments', () => {
    const { calls, outputs } = make();
    calls.end('k', start('Read'), '{"path":"x"}');
    outputs.take();
    calls.append('k', 'late');
    expect(outputs.take()).toEqual([]);
  });

  it('that were cut have no final arguments', () => {
    const { calls } = make();
    calls.begin('k', start('Read')).finalArguments = '{"path":"x"}';
    calls.cut('k', start('Read'));
    expect(calls.isComplete('k')).toBe(false);
    expect(calls.open.map(([key]) => key)).toEqual(['k']);
    expect(calls.dropOpen()).toBeUndefined();
    expect(calls.open).toEqual([]);
  });

  it('that are unfinished are dropped together, unless the start of one was sent', () => {
    const { calls, outputs } = make();
    calls.end('done', start('Read', 'done'), { path: 'x' });
    calls.begin('a', start('Read', 'a'));
    calls.append('a', '{"path":');
    calls.begin('b', start('Live', 'b'));
    calls.append('b', '{"path":');
    outputs.take();
    expect(calls.dropOpen()).toBeUndefined();
    expect(calls.open).toEqual([]);
    expect(outputs.take()).toEqual([]);
    calls.begin('c', start('Live', 'c'));
    calls.begin('d', start('Read', 'd'));
    calls.append('c', '{"path":');
    expect(calls.dropOpen()).toBe('Live');
    expect(calls.open.map(([key]) => key)).toEqual(['c', 'd']);
    expect(textOf(outputs)).toEqual(['call Live', 'call Read', 'start c Live', 'input {"path":']);
    expect(calls.finished).toBe(1);
  });

  it('are not written after a stop sequence', () => {
    let isCut = false;
    const { calls, outputs } = make({ isCut: () => isCut });
    calls.begin('k', start('Live'));
    isCut = true;
    calls.append('k', '{"path":"x"}');
    calls.end('k', start('Live'), undefined);
    expect(textOf(outputs)).toEqual(['call Live']);
    expect(calls.finished).toBe(0);
  });

  it('have each id once', () => {
    const { calls, outputs } = make({ used: ['old'] });
    for (const [key, id] of Object.entries({ a: 'id', b: 'id', c: 'old', d: '', e: undefined, f: 'other' }))
      calls.end(key, { name: 'Read', callId: id }, undefined);
    expect(textOf(outputs).filter((text) => text.startsWith('start'))).toEqual([
      'start id Read',
      'start call_new0 Read',
      'start call_new1 Read',
      'start call_new2 Read',
      'start call_new3 Read',
      'start other Read',
    ]);
  });

  it('have their namespace in the id', () => {
    const { calls, outputs } = make();
    calls.end('k', { ...start('Read'), namespace: 'ns' }, undefined);
    const [, id] = (textOf(outputs)[1] ?? '').split(' ');
    expect(callIdOf(id ?? '')).toEqual({ callId: 'id', namespace: 'ns' });
  });
});
