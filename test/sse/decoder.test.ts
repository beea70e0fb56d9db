import { describe, expect, it } from 'vitest';
import { SseDecoder } from '../../src/sse/decoder.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

describe('the SSE decoder', () => {
  it('limits one unfinished event, in one line or in many', () => {
    const long = new SseDecoder(() => {}, 100);
    long.push(bytes(`data: ${'x'.repeat(60)}`));
    expect(() => long.push(bytes('x'.repeat(60)))).toThrow(/exceeds/);
    const many = new SseDecoder(() => {}, 100);
    expect(() => {
      for (let n = 0; n < 20; n++) many.push(bytes(`data: ${'x'.repeat(10)}\n`));
    }).toThrow(/exceeds/);
  });

  it('does not limit a stream of many small events', () => {
    const data: string[] = [];
    const decoder = new SseDecoder((text) => data.push(text), 100);
    for (let n = 0; n < 100; n++) decoder.push(bytes(`event: ping\ndata: ${'x'.repeat(50)}\n\n`));
    expect(data).toHaveLength(100);
  });

  it('rejects bytes that are not UTF-8, and joins characters split across chunks', () => {
    const data: string[] = [];
    const decoder = new SseDecoder((text) => data.push(text));
    for (const byte of bytes('data: 漢👩‍💻\n\n')) decoder.push(Uint8Array.of(byte));
    expect(data).toEqual(['漢👩‍💻']);
    expect(() => decoder.push(Uint8Array.of(0xff))).toThrow(/UTF-8/);
  });

  it('delivers the data and the name of each event, and ignores other lines', () => {
    const events: unknown[] = [];
    const decoder = new SseDecoder((data, name) => events.push([name, data]));
    decoder.push(bytes(': note\nretry: never\nunknown: x\nevent: ping\ndata: a\ndata: b\n\ndata: c\n\n'));
    expect(events).toEqual([
      ['ping', 'a\nb'],
      [undefined, 'c'],
    ]);
  });

  it.each([
    ['without its blank line', 'data: a\n\ndata: b', ['a', 'b']],
    ['without its second line break', 'data: a\n', ['a']],
    ['that was delivered already', 'data: a\n\n', ['a']],
    ['of an empty stream', '', []],
  ])('delivers at the end of the bytes an event %s', (_name, text, wanted) => {
    const data: string[] = [];
    const decoder = new SseDecoder((event) => data.push(event));
    decoder.push(bytes(text));
    decoder.end();
    expect(data).toEqual(wanted);
  });

  it('rejects a stream that ends inside a character', () => {
    const decoder = new SseDecoder(() => {});
    decoder.push(bytes('data: 漢').subarray(0, -1));
    expect(() => decoder.end()).toThrow(new RangeError('the stream is not valid UTF-8'));
  });

  it('delivers nothing more after an event that is too large', () => {
    const data: string[] = [];
    const decoder = new SseDecoder((event) => data.push(event), 100);
    expect(() => decoder.push(bytes(`data: ${'x'.repeat(200)}`))).toThrow(RangeError);
    expect(() => decoder.end()).not.toThrow();
    expect(data).toEqual([]);
  });
});
