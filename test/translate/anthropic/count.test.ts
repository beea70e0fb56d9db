import { describe, expect, it } from 'vitest';
import { countable, roughTokens } from '../../../src/translate/anthropic/count.ts';
import { imageSize } from '../../../src/translate/anthropic/image-size.ts';
import { validateRequest } from '../../../src/translate/anthropic/validate.ts';

const countOf = (more: Record<string, unknown>) => {
  const { texts, fixed } = countable(
    validateRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...more }),
  );
  return { texts, fixed };
};
const blocks = (...content: unknown[]) => countOf({ messages: [{ role: 'user', content }] });

/** A file whose first bytes are these, followed by zeros. */
const file = (...head: (string | number[])[]): string =>
  Buffer.concat([
    ...head.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
    Buffer.alloc(64),
  ]).toString('base64');
const png = (width: number, height: number) => {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return file('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [...size]);
};
const image = (data: string) => ({ type: 'image', source: { type: 'base64', data } });

describe('the countable parts of a request', () => {
  it('are its texts in order, and four tokens a message', () => {
    expect(
      countOf({
        system: [{ type: 'text', text: 'system' }],
        messages: [
          { role: 'user', content: 'one' },
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'hm' },
              { type: 'text', text: 'two' },
            ],
          },
          { role: 'user', content: [{ type: 'text', text: '' }] },
        ],
        tools: [{ name: 'Bash' }],
      }),
    ).toEqual({ texts: ['system', 'one', 'hm', 'two', '{"name":"Bash"}'], fixed: 12 });
    expect(countOf({ system: 'system' }).texts).toEqual(['system', 'x']);
  });

  it('include calls and results of tools, and unknown blocks as JSON', () => {
    expect(
      blocks(
        { type: 'tool_use', id: 'a', name: 'Bash', input: { command: 'ls' } },
        { type: 'tool_use', id: 'b', name: 'Bash' },
        { type: 'tool_result', tool_use_id: 'a', content: 'files' },
        { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'more' }, image(png(75, 10))] },
        { type: 'tool_result', tool_use_id: 'c' },
        { type: 'future', x: 1 },
      ),
    ).toEqual({
      texts: ['Bash {"command":"ls"}', 'Bash {}', 'files', 'more', '{"type":"future","x":1}'],
      fixed: 5,
    });
  });

  it.each([
    [png(1, 1), 1],
    [png(0, 0), 1],
    [png(30, 25), 1],
    [png(30, 26), 2],
    [png(1_000, 1_200), 1_600],
    [png(1_000, 1_300), 1_600],
    ['', 1_600],
  ])('are tokens of images by their pixels', (data, tokens) => {
    expect(blocks(image(data)).fixed - 4).toBe(tokens);
  });

  it('are tokens of documents by their pages, or their text', () => {
    const document = (source: unknown) => blocks({ type: 'document', source });
    const pages = (length: number) => document({ type: 'base64', data: 'A'.repeat(length) }).fixed - 4;
    expect([0, 80_000, 80_001, 160_000].map(pages)).toEqual([2_000, 2_000, 4_000, 4_000]);
    expect(document({ type: 'url', url: 'https://x' })).toEqual({ texts: [], fixed: 2_004 });
    expect(document({ type: 'text', data: 'plain' })).toEqual({ texts: ['plain'], fixed: 4 });
    expect(document({ type: 'content', content: 'plain' })).toEqual({ texts: ['plain'], fixed: 4 });
    expect(document({ type: 'content', content: [{ type: 'text', text: 'a' }] })).toEqual({ texts: ['a'], fixed: 4 });
  });

  it('have a rough count by their length, each rounded up', () => {
    expect(roughTokens([])).toBe(0);
    expect(roughTokens(['a', 'x'.repeat(36), 'x'.repeat(37)])).toBe(1 + 10 + 11);
  });
});

describe('the size of an image', () => {
  const start = [0xff, 0xd8];
  const frame = (marker: number) => [0xff, marker, 0, 17, 8, 1, 0xe0, 2, 0x80];
  const segment = (marker: number, length: number) => [0xff, marker, 0, length, ...Array(length - 2).fill(0)];
  const size = { width: 640, height: 480 };

  it.each([
    ['PNG', png(640, 480)],
    ['GIF', file('GIF89a', [0x80, 2, 0xe0, 1])],
    ['JPEG', file(start, frame(0xc0))],
    ['a progressive JPEG', file(start, frame(0xc2))],
    ['the last kind of JPEG', file(start, frame(0xcf))],
    ['JPEG with segments before', file(start, segment(0xe0, 16), segment(0xfe, 4), frame(0xc0))],
    ['JPEG with tables before, whose markers are near', file(start, segment(0xc4, 8), segment(0xcc, 8), frame(0xc0))],
    ['JPEG with an extension before', file(start, segment(0xc8, 8), frame(0xc0))],
    ['lossy WebP', file('RIFF....WEBPVP8 ', Array(10).fill(0), [0x80, 0x42, 0xe0, 0x41])],
    ['lossless WebP', file('RIFF....WEBPVP8L', [0, 0, 0, 0, 0x2f, 0x7f, 0xc2, 0x77, 0])],
    ['extended WebP', file('RIFF....WEBPVP8X', Array(8).fill(0), [0x7f, 2, 0, 0xdf, 1, 0])],
  ])('is read from %s', (_name, data) => {
    expect(imageSize(data)).toEqual(size);
  });

  it('can be larger than 65535 in an extended WebP', () => {
    expect(imageSize(file('RIFF....WEBPVP8X', Array(8).fill(0), [0, 0, 1, 0, 0, 2]))).toEqual({
      width: 65_537,
      height: 131_073,
    });
  });

  it.each([
    ['no base64', 'not base64 !'],
    ['a truncated file', Buffer.from('\x89PNG\r\n\x1a\n').toString('base64')],
    ['29 bytes', Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(23)]).toString('base64')],
    ['another format', file('BM')],
    ['another WebP', file('RIFF....WEBPVP9 ')],
    ['a JPEG with a damaged segment', file(start, segment(0xe0, 4), [0x00, 0xc0, 0, 17, 8, 1, 0xe0, 2, 0x80])],
    ['a JPEG without a frame', file(start, segment(0xe0, 60))],
  ])('is unknown in %s', (_name, data) => {
    expect(imageSize(data)).toBeUndefined();
  });

  it('is read from 30 bytes, and from the beginning of a large file', () => {
    const head = Buffer.from(png(640, 480), 'base64');
    expect(imageSize(head.subarray(0, 30).toString('base64'))).toEqual(size);
    const large = Buffer.concat([head, Buffer.alloc(100_000)]).toString('base64');
    expect(imageSize(`${large.slice(0, 90_000)}!${large.slice(90_000)}`)).toEqual(size);
    // A length that is no multiple of four is rounded down.
    expect(imageSize(`${png(640, 480).replace(/=+$/, '')}`)).toEqual(size);
  });
});
