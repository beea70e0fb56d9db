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
});
