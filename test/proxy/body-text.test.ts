import { describe, expect, it } from 'vitest';
import { bodyText } from '../../src/proxy/body-text.ts';

let read = 0;
async function* body(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  read = 0;
  for (const chunk of chunks) {
    read += 1;
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}

describe('the body of an error response', () => {
  it('is put together, also where a character is divided', async () => {
    const bytes = Buffer.from('é');
    expect(await bodyText(body('a', bytes.subarray(0, 1), bytes.subarray(1), 'b'))).toBe('aéb');
    expect(await bodyText(body())).toBe('');
  });

  it('is read up to 256 KiB', async () => {
    const half = 'x'.repeat(128 * 1024);
    expect(await bodyText(body(half, half, half))).toHaveLength(256 * 1024);
    expect(read).toBe(2);
    expect(await bodyText(body(half, 'x', half, half))).toHaveLength(256 * 1024 + 1);
  });

  it('is read until the deadline', async () => {
    let pass: () => void = () => {};
    const deadline = new Promise<void>((resolve) => {
      pass = resolve;
    });
    async function* endless() {
      yield Buffer.from('a');
      pass();
      await new Promise(() => {});
    }
    expect(await bodyText(endless(), deadline)).toBe('a');
    expect(await bodyText(body('a', 'b'), new Promise(() => {}))).toBe('ab');
  });
});
