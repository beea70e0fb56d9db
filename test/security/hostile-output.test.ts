/** Output of a program in the pane must not keep ccp from handling keys, frames and signals. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Emulator } from '../../src/terminal/emulator.ts';
import { SlicedFeed } from '../../src/terminal/sliced-feed.ts';
import { hostileOutput } from '../support/hostile-output.ts';

/** Without limits one of these sequences takes minutes; with them a slice takes some milliseconds. */
const farTooLongMs = 3_000;
const noFlow = { pause: () => {}, resume: () => {} };

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

describe('the emulator', () => {
  it.each([...'@LMPSTXZIb'])('limits the number of CSI 999999999 %s to the screen', (final) => {
    const emulator = new Emulator({ cols: 120, rows: 40, scrollback: 1_000 });
    emulator.feed('text\r\n'.repeat(60));
    for (const introducer of ['\x1b[', '\u009b'])
      expect(timed(() => emulator.feed(`${introducer}999999999${final}`))).toBeLessThan(farTooLongMs);
  });

  it.each([
    ['\x1b[999S', ''],
    ['\x1b[1;1H\x1b[999Mx', 'x'],
    ['\x1b[1;1H\x1b[999@x', 'x'],
    ['\x1b[1;1Hab\x1b[1;1H\x1b[999P', ''],
    ['\x1b[999;999Hx\x1b[1;1Hy', 'yirst'],
  ])('%j has the same result as with the size of the screen', (text, wanted) => {
    const emulator = new Emulator({ cols: 20, rows: 4, scrollback: 10 });
    emulator.feed('first\r\n');
    emulator.feed(text);
    expect(emulator.text()[0]).toBe(wanted);
  });

  it('keeps the numbers of colours and modes', () => {
    const emulator = new Emulator({ cols: 20, rows: 4, scrollback: 10 });
    emulator.feed('\x1b[?2004h\x1b[38;2;250;251;252mx');
    expect(emulator.terminal.modes.bracketedPasteMode).toBe(true);
    expect((emulator.line(0)?._data[1] ?? 0) & 0xffffff).toBe(0xfafbfc);
  });
});

describe('sliced output', () => {
  it('of 100,000 hostile sequences never occupies the event loop for long, and ends', async () => {
    const emulator = new Emulator({ cols: 120, rows: 40, scrollback: 1_000 });
    let longestMs = 0;
    const output = new SlicedFeed(
      (piece) => {
        longestMs = Math.max(
          longestMs,
          timed(() => emulator.feed(piece)),
        );
      },
      () => {},
    );
    output.attach(noFlow);
    let isParsed = true;
    let chunk = '';
    for (const sequence of hostileOutput(100_000)) {
      chunk += sequence;
      if (chunk.length < 4_000) continue;
      isParsed = output.push(Buffer.from(chunk));
      chunk = '';
      while (!isParsed) {
        await turn();
        isParsed = output.push(Buffer.alloc(0));
      }
    }
    expect(longestMs).toBeLessThan(farTooLongMs);
    emulator.feed('\x18\x1b\\\x1bcThe end');
    expect(emulator.text()[0]).toBe('The end');
  }, 60_000);

  it('lets the source wait while too much output is waiting, keeps the order, and continues', async () => {
    const [calls, received]: [string[], Buffer[]] = [[], []];
    const output = new SlicedFeed(
      (piece) => {
        received.push(Buffer.from(piece));
        // An expensive piece.
        const end = performance.now() + 0.2;
        while (performance.now() < end);
      },
      () => {},
    );
    output.attach({ pause: () => calls.push('pause'), resume: () => calls.push('resume') });
    const sent = Buffer.from(Array.from({ length: 1_200_000 }, (_, n) => n % 251));
    expect(output.push(sent)).toBe(false);
    expect(calls).toEqual(['pause']);
    while (calls.length < 2) await turn();
    output.flush(60_000);
    expect(calls).toEqual(['pause', 'resume']);
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });

  it('is parsed at once when it is cheap', () => {
    const received: number[] = [];
    const output = new SlicedFeed(
      (piece) => received.push(piece.length),
      () => {},
    );
    expect(output.push(Buffer.alloc(600))).toBe(true);
    expect(received).toEqual([256, 256, 88]);
  });
});
