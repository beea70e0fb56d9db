import { deflateSync } from 'node:zlib';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { CachingCounter, countO200k } from '../../src/platform/o200k.ts';
import { tokenCounter } from '../../src/platform/token-counter.ts';
import { countable, roughTokens } from '../../src/translate/anthropic/count.ts';
import { imageSize } from '../../src/translate/anthropic/image-size.ts';
import { validateRequest } from '../../src/translate/anthropic/validate.ts';
import { FakeClock } from '../support/fake-clock.ts';

const worker = new URL('../../dist/token-worker.js', import.meta.url);
const code = 'export const add = (a: number, b: number): number => {\n  return a + b; // sum\n};\n'.repeat(400);
const prose = 'The heron stood in the shallow water and waited, as it had every morning that year. '.repeat(400);
const cjk = '青鷺は浅い水の中に立ち、毎朝のように待っていた。苍鹭站在浅水里等待着黎明的到来。'.repeat(300);
const json = JSON.stringify(
  Array.from({ length: 800 }, (_, id) => ({ id, name: `row ${id}`, ok: id % 2 === 0, at: 1e9 + id })),
);

const samples: Record<string, string> = { code, prose, CJK: cjk, JSON: json };

const parts = (content: unknown) => countable(validateRequest({ model: 'm', messages: [{ role: 'user', content }] }));

describe('the local token count', () => {
  it.each(Object.keys(samples))('is within 5 %% of o200k on %s', (name) => {
    const text = samples[name] ?? '';
    const exact = countTokens(text);
    expect(Math.abs(countO200k(text) - exact) / exact).toBeLessThan(0.05);
  });

  it.each(['a', ' ', '\n', '=', '漢', '👩'])(
    'handles 100,000 repetitions of %j within the time limit',
    (letter) => {
      expect(countO200k(letter.repeat(100_000))).toBeGreaterThan(100);
    },
    5_000,
  );

  it('counts text that looks like a control token as plain text', () => {
    expect(countO200k('<|endoftext|>')).toBeGreaterThan(1);
  });

  it('returns the same count for texts that were counted before', () => {
    const counter = new CachingCounter();
    expect(counter.count([prose, 'x'])).toBe(counter.count([prose, 'x']));
  });

  it('counts in a worker thread without blocking the event loop', async () => {
    const counter = tokenCounter(worker, systemClock);
    await counter.count(['warm']);
    const texts = ['a'.repeat(100_000), ...Object.values(samples).map((text) => text.repeat(20))];
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    const tokens = await counter.count(texts);
    clearInterval(turning);
    expect(tokens).toBe(texts.reduce((sum, text) => sum + countO200k(text), 0));
    // On this thread the timer would not have fired at all.
    expect(turns).toBeGreaterThan(3);
  });

  it('falls back to a rough estimate when the worker does not respond or fails', async () => {
    const clock = new FakeClock();
    const counting = tokenCounter(new URL('data:text/javascript,setInterval(()=>{},1000)'), clock).count([
      'some words',
    ]);
    clock.advance(15_000);
    expect(await counting).toBe(roughTokens(['some words']));
    const broken = tokenCounter(new URL('data:text/javascript,throw new Error("no")'), new FakeClock());
    expect(await broken.count(['some words'])).toBe(roughTokens(['some words']));
  });
});

describe('the count of content blocks', () => {
  it('never counts an image or a PDF as text', () => {
    const data = 'A'.repeat(400_000);
    const image = parts([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }]);
    expect(image.texts).toEqual([]);
    expect(image.fixed).toBeLessThan(2_000);
    const pdf = parts([{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data } }]);
    expect(pdf.texts).toEqual([]);
    expect(pdf.fixed).toBeLessThan(20_000);
  });

  it('counts an image by its pixels', () => {
    const image = (width: number, height: number) =>
      parts([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png(width, height) } }]).fixed;
    expect(image(300, 250)).toBe(104);
    expect(image(4_000, 4_000)).toBe(1_604);
  });

  it('reads the size of PNG, JPEG, GIF and WebP', () => {
    expect(imageSize(png(640, 480))).toEqual({ width: 640, height: 480 });
    expect(imageSize(bytes('GIF89a', [0x80, 2, 0xe0, 1]))).toEqual({ width: 640, height: 480 });
    const app0 = [0xff, 0xe0, 0, 4, 0, 0];
    expect(imageSize(bytes('', [0xff, 0xd8, ...app0, 0xff, 0xc0, 0, 17, 8, 1, 0xe0, 2, 0x80]))).toEqual({
      width: 640,
      height: 480,
    });
    expect(imageSize(bytes('RIFF....WEBPVP8X', [0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 2, 0, 0xdf, 1, 0]))).toEqual({
      width: 640,
      height: 480,
    });
    expect(imageSize('not base64 !')).toBeUndefined();
    expect(imageSize('AAAA')).toBeUndefined();
  });
});

const bytes = (text: string, more: number[]): string =>
  Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from(more), Buffer.alloc(64)]).toString('base64');

function png(width: number, height: number): string {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)]);
  };
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([magic, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(10)))]).toString('base64');
}
